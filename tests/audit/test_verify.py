"""Whoever edits the log, with whatever rights, is found out: `verify` names each broken entry (law 8)."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from audit import heads, jobs
from audit.log import record
from audit.models import AccessEntry, AuditEntry, AuditHead, AuditSeal
from audit.queries import Verdict, verify
from core import clock
from core.tenancy import all_companies, company_context
from tests.factories import SYSTEM, own_company

LENGTH = 6

REWRITE = """
DO $$
DECLARE
    link record; previous bytea := ''::bytea;
BEGIN
    FOR link IN SELECT s.id, s.position, e AS entry FROM audit_auditseal s JOIN audit_auditentry e ON e.id = s.entry_id
                WHERE s.company_id = {company} ORDER BY s.position LOOP
        previous := audit_digest(previous, link.entry);
        UPDATE audit_auditseal SET hash = previous WHERE id = link.id;
        UPDATE audit_audithead SET hash = previous, position = link.position WHERE company_id = {company};
    END LOOP;
END $$
"""


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def company(committing):
    with own_company() as company:
        for number in range(LENGTH):
            record("customer.updated", company, actor=SYSTEM, after={"number": number}, public={"number": number})
    return company


def verdict_of(company) -> Verdict:
    with company_context(company.pk):
        return verify()


def entry_at(company, back: int) -> AuditEntry:
    """Return the entry `back` places before the last one."""
    with all_companies():
        return AuditSeal.objects.filter(company=company).order_by("-position").select_related("entry")[back].entry


def codes(verdict: Verdict) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.entry_id) for problem in verdict.problems]


def test_an_untouched_log_is_intact(company):
    verdict = verdict_of(company)
    with all_companies():
        head = AuditHead.objects.get(company=company)
    assert verdict.intact
    assert (verdict.length, verdict.head) == (head.position, bytes(head.hash).hex())


@pytest.mark.parametrize(
    "change",
    [
        "after = '{\"number\": 999}'",
        "actor_label = 'otra persona'",
        "at = at - interval '1 day'",
        "reason = 'otro motivo'",
        "public = NULL",
        "document_id = 1",
    ],
)
def test_a_row_changed_by_a_superuser_is_named(company, as_superuser, change):
    changed = entry_at(company, 3)
    as_superuser(f"UPDATE audit_auditentry SET {change} WHERE id = %s", [changed.pk])
    verdict = verdict_of(company)
    assert codes(verdict) == [("altered", changed.pk)]
    assert f"La entrada {changed.pk} (posición {verdict.length - 3}) fue alterada" in verdict.problems[0].message
    assert "customer.updated" in verdict.problems[0].message


def test_a_removed_row_is_named(company, as_superuser):
    removed = entry_at(company, 2)
    as_superuser("DELETE FROM audit_auditentry WHERE id = %s", [removed.pk])
    assert codes(verdict_of(company)) == [("missing_entry", removed.pk)]


def test_a_row_removed_with_its_seal_leaves_a_gap(company, as_superuser):
    removed, follower = entry_at(company, 2), entry_at(company, 1)
    as_superuser("DELETE FROM audit_auditseal WHERE entry_id = %s", [removed.pk])
    as_superuser("DELETE FROM audit_auditentry WHERE id = %s", [removed.pk])
    assert codes(verdict_of(company)) == [("missing_position", follower.pk)]


def test_a_removed_tail_contradicts_the_head(company, as_superuser):
    for _ in range(2):
        last = entry_at(company, 0)
        as_superuser("DELETE FROM audit_auditseal WHERE entry_id = %s", [last.pk])
        as_superuser("DELETE FROM audit_auditentry WHERE id = %s", [last.pk])
    assert [problem.code for problem in verdict_of(company).problems] == ["head"]


def test_a_row_slipped_in_has_no_seal(company, as_superuser):
    entry = entry_at(company, 0)
    names = ", ".join(field.column for field in AuditEntry._meta.fields if field.column != "id")
    [(slipped,)] = as_superuser(
        f"INSERT INTO audit_auditentry ({names}) SELECT {names} FROM audit_auditentry WHERE id = %s RETURNING id",
        [entry.pk],
    )
    assert codes(verdict_of(company)) == [("unsealed", slipped)]


def test_two_rows_that_changed_places_are_both_named(company, as_superuser):
    one, other = entry_at(company, 3), entry_at(company, 2)
    as_superuser(
        "UPDATE audit_auditentry e SET after = o.after FROM audit_auditentry o "
        "WHERE (e.id, o.id) IN ((%s, %s), (%s, %s))",
        [one.pk, other.pk, other.pk, one.pk],
    )
    assert codes(verdict_of(company)) == [("altered", one.pk), ("altered", other.pk)]


def test_a_chain_rewritten_as_a_whole_is_accused_by_the_published_head(company, as_superuser):
    with company_context(company.pk):
        heads.publish(verify())
    as_superuser("UPDATE audit_auditentry SET after = '{}' WHERE id = %s", [entry_at(company, 3).pk])
    as_superuser(REWRITE.format(company=company.pk))
    assert verdict_of(company).intact  # the database alone tells nothing any more
    with company_context(company.pk):
        verdict = heads.verify_against_published()
    assert [problem.code for problem in verdict.problems] == ["published"]
    assert verdict.published == verdict.length


def test_a_log_cut_off_with_its_head_is_accused_by_the_published_head(company, as_superuser):
    with company_context(company.pk):
        heads.publish(verify())
    as_superuser("DELETE FROM audit_auditseal WHERE company_id = %s", [company.pk])
    as_superuser("DELETE FROM audit_audithead WHERE company_id = %s", [company.pk])
    as_superuser("DELETE FROM audit_auditentry WHERE company_id = %s", [company.pk])
    assert verdict_of(company).intact
    with company_context(company.pk):
        assert [problem.code for problem in heads.verify_against_published().problems] == ["published"]


def test_the_night_publishes_a_head_for_each_company(company):
    jobs_of(company)
    with company_context(company.pk):
        published, verdict = heads.last_published(), verify()
    assert (published.position, published.hash) == (verdict.length, verdict.head)
    path = heads.folder() / f"{published.day}.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [json.loads(line)["company"] for line in path.read_text().splitlines()] == [company.pk]


def test_publishing_twice_only_appends(company):
    jobs_of(company)
    [before] = [path.read_text() for path in heads.folder().iterdir()]
    jobs_of(company)
    [after] = [path.read_text() for path in heads.folder().iterdir()]
    assert after.startswith(before)
    assert len(after.splitlines()) == 2


def test_a_broken_chain_gets_no_new_head_and_the_job_fails(company, as_superuser):
    jobs_of(company)
    before = last_head(company)
    as_superuser("UPDATE audit_auditentry SET reason = 'x' WHERE id = %s", [entry_at(company, 1).pk])
    with company_context(company.pk):
        record("customer.updated", company, actor=SYSTEM)
    with pytest.raises(jobs.LogDamaged, match="fue alterada"):
        jobs_of(company)
    assert last_head(company) == before


def test_every_company_is_queued_also_one_whose_log_was_emptied(company, as_superuser, monkeypatch):
    as_superuser("DELETE FROM audit_audithead WHERE company_id = %s", [company.pk])
    queued = []
    monkeypatch.setattr(jobs, "enqueue", lambda path, company_id: queued.append((path, company_id)))
    jobs.publish_heads()
    assert queued == [("audit.jobs.publish_head", company.pk)]


def test_the_command_says_that_all_is_well(company):
    out = StringIO()
    call_command("audit_verify", stdout=out)
    assert f"company {company.pk}: intact" in out.getvalue()


def test_the_command_names_the_broken_entry_and_ends_with_one(company, as_superuser):
    changed = entry_at(company, 1)
    as_superuser("UPDATE audit_auditentry SET reason = 'x' WHERE id = %s", [changed.pk])
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("audit_verify", company=company.pk, stdout=out)
    assert ended.value.code == 1
    assert "BROKEN" in out.getvalue()
    assert f"La entrada {changed.pk} " in out.getvalue()


def test_the_access_log_is_kept_thirteen_months(company):
    now = clock.now()
    with company_context(company.pk):
        for days in (0, 395, 397, 800):
            read = AccessEntry(
                company=company, kind="read", door="page", path=f"/{days}", at=now - timedelta(days=days)
            )
            read.save()
    with all_companies():
        AccessEntry.unscoped.create(kind="sign_in_failed", door="page", path="/x", at=now - timedelta(days=397))
    jobs.thin_access_log()
    with all_companies():
        assert sorted(AccessEntry.unscoped.values_list("path", flat=True)) == ["/0", "/395"]


def jobs_of(company) -> None:
    with company_context(company.pk):
        jobs.publish_head()


def last_head(company) -> heads.PublishedHead:
    with company_context(company.pk):
        return heads.last_published()
