"""A company's certificates: added, signing, running out, retired; and their secrets, which are nowhere to be seen."""

import base64
import json
import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from audit.models import AuditEntry
from companies import alerts
from companies.models import AlertMail, Membership
from companies.roles import Role
from core import clock
from core.crypto import decrypt
from core.errors import Forbidden, RuleRefused, WorkflowError
from core.logs import JsonFormatter
from core.tenancy import NoActiveCompany, all_companies, company_context
from sri import jobs, keys, workflow
from sri.certificates import CertificateRefused
from sri.models import Certificate
from tests.factories import actor, make_company, make_user, own_company
from tests.reservations.factories import NOW
from tests.sri import certs

pytestmark = pytest.mark.django_db

OWNER = actor(Role.OWNER)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now():
    keys.forget_all()
    with clock.at(NOW):
        yield


@pytest.fixture
def company():
    with own_company() as made:
        yield made


def add(company, data: bytes | None = None, **options) -> Certificate:
    values = {"ruc": company.ruc, "actor": OWNER} | options
    return workflow.add_certificate(data or certs.cached_p12(), certs.PASSWORD, **values)


def another(name: str, **options) -> bytes:
    return certs.p12(certs.certificate(certs.key(name), **options), certs.key(name))


def code_of(step, *args, **values) -> str:
    with pytest.raises(WorkflowError) as refused:
        step(*args, **values)
    return refused.value.code


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


# Adding


def test_a_certificate_is_kept_sealed_and_told_in_the_log(company):
    added = add(company)
    stored = Certificate.objects.get()
    assert (stored.holder, stored.ruc, stored.valid_until) == ("ANA MARÍA TORRES", "", certs.UNTIL)
    assert (stored.uploaded_at, stored.next_alarm_at) == (NOW, certs.UNTIL - 60 * DAY)
    assert base64.b64decode(decrypt(stored.sealed_p12)) == certs.cached_p12()
    assert decrypt(stored.sealed_password) == certs.PASSWORD
    entry = AuditEntry.objects.get(action="certificate.added")
    assert entry.object_id == added.pk
    assert set(entry.after) == {"holder", "issuer", "serial", "valid_until"}


def test_the_company_s_ruc_is_checked_and_kept_where_the_certificate_has_it(company):
    assert add(company, another("a", ruc=company.ruc)).ruc == company.ruc
    assert code_of(add, company, another("b", ruc="0990000000001")) == "certificate_of_another_ruc"
    assert code_of(add, company, ruc="") == "ruc_missing"


@pytest.mark.parametrize(
    ("data", "password", "code", "field"),
    [
        (certs.cached_p12(), "otra", "p12_password_wrong", "password"),
        (b"hola", certs.PASSWORD, "p12_invalid", "file"),
        (b"x" * 300_000, certs.PASSWORD, "p12_too_large", "file"),
        (another("c", until=NOW), certs.PASSWORD, "certificate_expired", "file"),
        (another("c", usage=("key_encipherment",)), certs.PASSWORD, "certificate_not_for_signing", "file"),
    ],
)
def test_a_file_that_cannot_sign_is_refused_beside_its_field_and_changes_nothing(company, data, password, code, field):
    with pytest.raises(RuleRefused) as refused:
        workflow.add_certificate(data, password, ruc=company.ruc, actor=OWNER)
    assert (refused.value.code, refused.value.fields[0]["field"]) == (code, field)
    assert not Certificate.objects.exists()
    assert "certificate.added" not in actions()


def test_the_same_certificate_is_not_in_use_twice(company):
    first = add(company)
    assert code_of(add, company) == "certificate_exists"
    workflow.retire_certificate(first.pk, actor=OWNER)
    assert add(company).pk != first.pk


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OWNER, Role.ADMINISTRATOR)])
def test_only_owner_and_administrators_add_and_retire(company, role):
    added = add(company)
    with pytest.raises(Forbidden):
        add(company, actor=actor(role))
    with pytest.raises(Forbidden):
        workflow.retire_certificate(added.pk, actor=actor(role))


# Signing


def test_the_newest_in_force_signs_and_two_may_be_in_use(company):
    older = add(company)
    assert workflow.signer(ruc=company.ruc)[1] == older.pk
    newer = add(company, another("a", since=certs.FROM + DAY))
    signer, pk = workflow.signer(ruc=company.ruc)
    assert pk == newer.pk
    assert signer.key.public_key() == certs.key("a").public_key()
    workflow.retire_certificate(newer.pk, actor=OWNER)
    assert workflow.signer(ruc=company.ruc)[1] == older.pk


def test_a_successor_that_expires_first_leaves_the_older_to_sign(company):
    older = add(company)
    add(company, another("a", since=certs.FROM + DAY, until=NOW + DAY))
    with clock.at(NOW + 2 * DAY):
        assert workflow.signer(ruc=company.ruc)[1] == older.pk


def test_without_one_in_force_nothing_signs_and_the_reason_is_told(company):
    assert code_of(workflow.signer, ruc=company.ruc) == "certificate_missing"
    added = add(company)
    with clock.at(certs.UNTIL):
        with pytest.raises(RuleRefused) as refused:
            workflow.signer(ruc=company.ruc)
        assert refused.value.code == "certificate_expired"
        assert "31/12/2027" in refused.value.message
    with clock.at(certs.FROM - DAY):
        assert code_of(workflow.signer, ruc=company.ruc) == "certificate_not_yet_valid"
    workflow.retire_certificate(added.pk, actor=OWNER)
    assert code_of(workflow.signer, ruc=company.ruc) == "certificate_missing"


def test_a_certificate_of_the_ruc_the_company_had_before_does_not_sign(company):
    add(company, another("a", ruc=company.ruc))
    assert code_of(workflow.signer, ruc="1790016919001") == "certificate_missing"


def test_the_file_is_opened_once_and_a_retired_key_is_dropped(company, monkeypatch):
    opened = []
    reopen = keys.reopen
    monkeypatch.setattr(keys, "reopen", lambda *args, **options: opened.append(1) or reopen(*args, **options))
    added = add(company)
    assert workflow.signer(ruc=company.ruc)[0] is workflow.signer(ruc=company.ruc)[0]
    assert len(opened) == 1
    workflow.retire_certificate(added.pk, actor=OWNER)
    assert not keys._signers


def test_signing_takes_one_query_once_the_key_is_there(company, django_assert_num_queries):
    add(company)
    workflow.signer(ruc=company.ruc)
    with django_assert_num_queries(1):
        workflow.signer(ruc=company.ruc)


def test_keys_that_are_not_used_make_room(company, monkeypatch):
    monkeypatch.setattr(keys, "KEPT", 1)
    first = add(company)
    workflow.signer(ruc=company.ruc)
    second = add(company, another("a", since=certs.FROM + DAY))
    workflow.signer(ruc=company.ruc)
    assert [place[1] for place in keys._signers] == [second.pk]
    assert first.pk != second.pk


def test_a_company_s_key_is_no_other_s():
    """Also where another company's row is handed to it: its place in the memory is another, its file sealed anew."""
    ours, theirs = make_company(), make_company()
    with company_context(theirs.pk):
        kept = add(theirs)
        workflow.signer(ruc=theirs.ruc)
    with company_context(ours.pk):
        assert code_of(workflow.signer, ruc=theirs.ruc) == "certificate_missing"
        with pytest.raises(Certificate.DoesNotExist):
            workflow.check(kept.pk, actor=OWNER)
        assert all(place[0] == theirs.pk for place in keys._signers)
    with pytest.raises(NoActiveCompany):
        keys.of(kept)


def test_a_key_under_which_nothing_opens_any_more_is_told_and_not_an_error(company, settings):
    added = add(company)
    settings.FIELD_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    assert code_of(workflow.signer, ruc=company.ruc) == "certificate_unreadable"
    checked = workflow.check(added.pk, actor=OWNER)
    assert (checked.state, checked.problem_code) == ("active", "certificate_unreadable")


def test_a_check_says_state_and_days(company):
    added = add(company)
    checked = workflow.check(added.pk, actor=OWNER)
    assert (checked.state, checked.days_left, checked.problem) == ("active", (certs.UNTIL - NOW).days + 1, "")
    with clock.at(certs.UNTIL - timedelta(hours=1)):
        assert workflow.check(added.pk, actor=OWNER).days_left == 1
    with clock.at(certs.UNTIL):
        checked = workflow.check(added.pk, actor=OWNER)
        assert (checked.state, checked.days_left) == ("expired", 0)
    workflow.retire_certificate(added.pk, actor=OWNER)
    assert workflow.check(added.pk, actor=OWNER).state == "retired"
    stored = Certificate.objects.get(pk=added.pk)
    assert (stored.sealed_p12, stored.sealed_password) == ("", "")
    assert code_of(workflow.retire_certificate, added.pk, actor=OWNER) == "certificate_retired"


def test_a_row_is_never_deleted(company):
    added = add(company)
    with pytest.raises(DatabaseError), transaction.atomic():
        added.delete()


# Alarms


def told() -> list[int]:
    rows = AuditEntry.objects.filter(action="certificate.expiring").order_by("id")
    return [entry.after["days"] for entry in rows]


def sweep_and_work(company) -> None:
    """Do what the clock and a worker do."""
    jobs.sweep_certificate_alarms()
    for row in Certificate.objects.filter(retired_at=None):
        jobs.alarm(row.pk)
        jobs.alarm(row.pk)


def test_every_alarm_is_given_once(company, monkeypatch):
    monkeypatch.setattr("core.jobs.enqueue", lambda *args, **options: None)
    add(company)
    for days in range(70, -3, -1):
        with clock.at(certs.UNTIL - days * DAY + timedelta(minutes=1)):
            sweep_and_work(company)
    assert told() == [60, 30, 15, 7, 1]
    assert Certificate.objects.get().next_alarm_at is None


def test_the_sweep_queues_what_is_due_and_puts_it_off(company, monkeypatch):
    queued = []
    monkeypatch.setattr("core.jobs.enqueue", lambda path, *args, **options: queued.append((path, args, options)))
    added = add(company)
    assert jobs.sweep_certificate_alarms() == 0
    with clock.at(certs.UNTIL - 60 * DAY):
        assert jobs.sweep_certificate_alarms() == 1
        assert jobs.sweep_certificate_alarms() == 0
    assert queued == [("sri.jobs.alarm", (added.pk,), {"company_id": company.pk})]
    with clock.at(certs.UNTIL - 60 * DAY + timedelta(minutes=6)):
        assert jobs.sweep_certificate_alarms() == 1  # the job was lost: the bell rings again
        jobs.alarm(added.pk)
        assert jobs.sweep_certificate_alarms() == 0
    assert told() == [60]


def test_an_alarm_before_its_time_or_of_a_retired_one_says_nothing(company):
    added = add(company)
    jobs.alarm(added.pk)
    workflow.retire_certificate(added.pk, actor=OWNER)
    with clock.at(certs.UNTIL - 60 * DAY):
        jobs.alarm(added.pk)
    assert told() == []


def test_alarms_missed_while_nothing_ran_are_one(company):
    added = add(company)
    with clock.at(certs.UNTIL - 10 * DAY):
        jobs.alarm(added.pk)
        assert told() == [10]
        assert Certificate.objects.get().next_alarm_at == certs.UNTIL - 7 * DAY


def test_what_has_a_successor_expires_silently(company):
    added = add(company)
    add(company, another("a", until=certs.UNTIL + DAY))
    with clock.at(certs.UNTIL - 60 * DAY):
        jobs.alarm(added.pk)
    assert told() == []
    assert Certificate.objects.get(pk=added.pk).next_alarm_at == certs.UNTIL - 30 * DAY


# Mails


@pytest.fixture
def expiring(company) -> AuditEntry:
    added = add(company)
    with clock.at(certs.UNTIL - 30 * DAY):
        jobs.alarm(added.pk)
    return AuditEntry.objects.get(action="certificate.expiring")


def deliver(entry: AuditEntry) -> None:
    """Do what the workers do with an entry that people are told of."""
    alerts.tell_administrators(entry.pk)
    for row in AlertMail.objects.filter(next_attempt_at__isnull=False).order_by("pk"):
        alerts.send(row.pk)


def test_owner_and_administrators_are_told_by_mail(company, expiring, settings):
    settings.BASE_URL = "https://cuadre.test"
    people = [make_user(company, role) for role in Role]
    ended = make_user(company, Role.OWNER)
    Membership.objects.filter(user=ended).update(ended_at=NOW)
    make_user(make_company(), Role.OWNER)
    deliver(expiring)
    assert sorted(message.to[0] for message in mail.outbox) == sorted(each.email for each in people[:2])
    message = mail.outbox[0]
    assert message.subject == f"El certificado de firma de {company} caduca pronto"
    html = str(message.alternatives[0][0])
    for text in (message.body, html):
        assert "ANA MARÍA TORRES" in text
        assert "31/12/2027 19:00" in text
        assert "https://cuadre.test/empresa/sri/certificados/" in text
        assert "PRUEBAS" in text
    assert "Días que quedan: 30" in message.body


def test_each_person_is_told_once_however_often_the_job_runs(company, expiring):
    make_user(company, Role.OWNER), make_user(company, Role.ADMINISTRATOR)
    deliver(expiring)
    deliver(expiring)
    ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert (len(ids), len(set(ids))) == (2, 2)


def test_an_address_that_refuses_is_tried_again_and_does_not_keep_the_others_from_hearing(
    company, expiring, monkeypatch
):
    first, second = make_user(company, Role.OWNER), make_user(company, Role.ADMINISTRATOR)
    send = EmailBackend.send_messages
    refuses = [True]

    def refusing(self, messages):
        if messages[0].to == [first.email] and refuses.pop():
            raise ConnectionRefusedError("no one listens")
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refusing)
    deliver(expiring)
    assert [message.to for message in mail.outbox] == [[second.email]]
    waiting = AlertMail.objects.get(address=first.email)
    assert (waiting.problem, waiting.attempts, waiting.next_attempt_at > clock.now()) == ("no one listens", 1, True)
    refuses.append(False)
    alerts.send(waiting.pk)
    assert [message.to for message in mail.outbox] == [[second.email], [first.email]]


def test_every_alert_is_subscribed_and_can_be_said(company, expiring):
    from audit import log

    for action, alert in alerts.ALERTS.items():
        assert "companies.alerts.tell_administrators" in log._subscribers[action]
        expiring.action = action
        assert alerts.letter(expiring, company, "a@b.test").body
        assert alert.text


# Secrets


def secrets() -> list[str]:
    """Return what must be seen nowhere, in the forms in which it could be."""
    data = certs.cached_p12()
    private = certs.key().private_numbers()
    numbers = [str(private.p), f"{private.d:x}"]
    return [certs.PASSWORD, base64.b64encode(data).decode()[:80], data.hex()[:80], str(data)[:80], *numbers]


def test_secrets_are_not_in_the_database_in_clear(company):
    add(company)
    workflow.signer(ruc=company.ruc)
    with all_companies(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            (content,) = cursor.fetchone()
            for secret in secrets():
                assert secret not in content, table


def _everything_failing(monkeypatch, error: Exception) -> None:
    def fail(*args, **options):
        raise error

    monkeypatch.setattr("sri.certificates._pairs", fail)


def test_secrets_are_not_in_logs(company, monkeypatch, caplog):
    with caplog.at_level(logging.DEBUG):
        added = add(company)
        workflow.signer(ruc=company.ruc)
        code_of(workflow.add_certificate, certs.cached_p12(), "otra-clave-9", ruc=company.ruc, actor=OWNER)
        _everything_failing(monkeypatch, MemoryError(certs.PASSWORD))
        assert code_of(add, company) == "certificate_unreadable"
        _everything_failing(monkeypatch, CertificateRefused("certificate_unreadable"))
        keys.forget_all()
        assert code_of(workflow.signer, ruc=company.ruc) == "certificate_unreadable"
    said = "\n".join(JsonFormatter().format(each) + json.dumps(vars(each), default=str) for each in caplog.records)
    assert "MemoryError" in said
    assert str(added.pk) in said
    for secret in [*secrets(), "otra-clave-9"]:
        assert secret not in said


def test_secrets_are_not_in_reports_of_errors(company, monkeypatch, settings):
    """What Django would mail or show of an unforeseen error: every frame with its variables."""
    settings.DEBUG = False

    def fail(*args, **options):
        raise ZeroDivisionError

    monkeypatch.setattr("sri.workflow.encrypt", fail)
    request = RequestFactory().get("/")
    try:
        add(company)
    except ZeroDivisionError as error:
        reporter = ExceptionReporter(request, type(error), error, error.__traceback__)
    reporter.filter = SafeExceptionReporterFilter()
    shown = reporter.get_traceback_html() + reporter.get_traceback_text()
    assert "add_certificate" in shown
    for secret in secrets():
        assert secret not in shown
