"""A backup holds everything, is restored whole or not at all, and old ones make room."""

import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connection, connections

from companies.models import ApiKey, Company
from core import backup
from core.tenancy import all_companies, company_context

# Who may do what with which table, and which rows each policy shows: what a restore must not lose.
RIGHTS = """
SELECT c.relname, c.relrowsecurity, pg_get_userbyid(c.relowner), array_agg(DISTINCT p.polname::text),
       array_agg(DISTINCT has_table_privilege('cuadre_app', c.oid, a.privilege)::text || ' ' || a.privilege)
FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid,
     unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS a(privilege)
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
GROUP BY c.oid ORDER BY c.relname
"""
TRIGGERS = (
    "SELECT tgrelid::regclass::text, tgname::text, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"
)

DATABASES = "SELECT datname FROM pg_database WHERE starts_with(datname, current_database()) ORDER BY 1"


def _ask(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.fixture
def company(committing, settings, tmp_path: Path) -> Company:
    """A company with a key and a logo, in a copy of the program that writes to a folder of the test's own."""
    settings.VAR_DIR = tmp_path
    settings.FILES_DIR.mkdir()
    (settings.FILES_DIR / "logos").mkdir()
    (settings.FILES_DIR / "logos" / "club.png").write_bytes(b"picture")
    (settings.FILES_DIR / "1" / "pdf").mkdir(parents=True)
    (settings.FILES_DIR / "1" / "pdf" / "made-again.pdf").write_bytes(b"cache")
    with all_companies():
        made = Company.objects.create(environment="1", legal_name="Club Ñandú S.A.")
    with company_context(made.pk):
        ApiKey.objects.create(name="tienda", secret_hash="x")
    return made


def test_a_rehearsed_restore_brings_back_rows_files_rights_and_triggers(company: Company, settings) -> None:
    rights, triggers = _ask(RIGHTS), _ask(TRIGGERS)
    made = backup.make()
    with company_context(company.pk):
        ApiKey.objects.create(name="added after the backup", secret_hash="y")
    (settings.FILES_DIR / "logos" / "club.png").unlink()

    backup.restore(made)

    with company_context(company.pk):
        assert [key.name for key in ApiKey.objects.all()] == ["tienda"]
        assert Company.objects.get(pk=company.pk).legal_name == "Club Ñandú S.A."
    assert (settings.FILES_DIR / "logos" / "club.png").read_bytes() == b"picture"
    assert _ask(RIGHTS) == rights
    assert _ask(TRIGGERS) == triggers


def test_an_older_servers_ignorance_of_one_setting_is_no_failure_but_everything_else_is() -> None:
    unknown = """pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"
Command was: SET transaction_timeout = 0;
pg_restore: warning: errors ignored on restore: 1
"""  # noqa: E501
    other = 'pg_restore: error: COPY failed for table "sri_submission": ERROR:  invalid input syntax for type xml\n'
    assert backup.all_name(backup.UNKNOWN_SETTING, unknown)
    assert not backup.all_name(backup.UNKNOWN_SETTING, unknown + other)
    assert not backup.all_name(backup.UNKNOWN_SETTING, "killed")


def test_the_database_before_is_kept_under_another_name(company: Company) -> None:
    made = backup.make()
    before = backup.restore(made)
    assert _ask(f"SELECT datname FROM pg_database WHERE datname = '{before}'") == [(before,)]


def test_a_backup_holds_attachments_but_not_what_is_made_again(company: Company) -> None:
    with zipfile.ZipFile(backup.make()) as archive:
        assert archive.namelist() == ["database.dump", "files/logos/club.png"]


def test_a_backup_is_its_owners_alone(company: Company) -> None:
    made = backup.make()
    assert (made.stat().st_mode & 0o777, made.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert list(made.parent.iterdir()) == [made]


def test_restoring_while_the_program_runs_is_refused_and_changes_nothing(company: Company) -> None:
    made = backup.make()
    running = connections.create_connection("default")
    try:
        running.connect()
        before = _ask(DATABASES)
        with pytest.raises(CommandError, match="make stop"):
            backup.restore(made)
        assert _ask(DATABASES) == before
    finally:
        running.close()
    with company_context(company.pk):
        assert ApiKey.objects.count() == 1


def test_a_file_that_is_no_backup_changes_nothing(company: Company, tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.zip"
    nonsense.write_bytes(b"no")
    with pytest.raises(CommandError, match="is not a backup"):
        backup.restore(nonsense)


def test_a_backup_with_a_broken_dump_changes_nothing(company: Company, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("database.dump", b"PGDMP and then nothing")
    databases = _ask(DATABASES)
    with pytest.raises(CommandError, match="pg_restore failed"):
        backup.restore(broken)
    assert _ask(DATABASES) == databases


def _named(*moments: datetime) -> list[Path]:
    return [Path(f"cuadre-{moment:%Y%m%d-%H%M%S}.zip") for moment in moments]


def test_a_year_of_nights_keeps_seven_days_four_weeks_and_twelve_months() -> None:
    last = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)  # a Wednesday
    kept = backup.kept(_named(*(last - timedelta(days=days) for days in range(500))))
    assert sorted(path.stem.removeprefix("cuadre-")[:8] for path in kept) == [
        *("20250430", "20250531", "20250630", "20250731", "20250831", "20250930"),
        *("20251031", "20251130", "20251231", "20260131", "20260228"),  # ends of months
        *("20260301", "20260308"),  # ends of weeks
        *("20260312", "20260313", "20260314", "20260315", "20260316", "20260317", "20260318"),  # the last seven days
    ]


def test_of_two_backups_of_a_day_the_later_is_kept_and_both_until_a_day_has_passed() -> None:
    early, late = _named(datetime(2026, 3, 18, 2, 30, tzinfo=UTC), datetime(2026, 3, 18, 18, 0, tzinfo=UTC))
    (next_night,) = _named(datetime(2026, 3, 19, 2, 30, tzinfo=UTC))
    assert backup.kept([late, early]) == {early, late}
    assert backup.kept([late, next_night, early]) == {late, next_night}


def test_backups_that_need_not_be_kept_are_removed(company: Company) -> None:
    old = _named(*(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=days) for days in range(40)))
    for path in old:
        (backup.folder() / path.name).touch()
    made = backup.make()
    assert (
        [path.stem.removeprefix("cuadre-")[:8] for path in backup.all_made()]
        == [
            *("20200126", "20200131", "20200202"),  # ends of a week, a month, a week
            *("20200204", "20200205", "20200206", "20200207", "20200208", "20200209"),
            made.stem.removeprefix("cuadre-")[:8],
        ]
    )
