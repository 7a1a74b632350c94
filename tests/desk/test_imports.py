"""Bringing a file: read, judged, applied, taken up again after a kill, and undone."""

from collections.abc import Iterator
from datetime import date, datetime, time

import pytest

from audit.models import AuditEntry
from audit.queries import verify
from billing import customer_import, customers
from billing.models import Customer
from core.actor import Actor
from core.errors import Forbidden, RuleRefused, WorkflowError
from desk import import_batches, import_files, imports, tasks
from desk.import_batches import tally
from desk.models import Import, ImportRow, ImportState, TaskState
from tests.desk.importing import applied, checked, csv_of, figures, said, undone, verdicts, worked, xlsx_of
from tests.factories import actor, make_user, own_company

pytestmark = pytest.mark.django_db

ANA, LUIS = ("1710034065", "Ana Vera", "ana@x.test"), ("1713175071", "Luis Paz", "luis@x.test")


@pytest.fixture
def boss() -> Iterator[Actor]:
    with own_company() as company:
        yield actor(user_id=make_user(company).pk)


def refusal(content: bytes, boss: Actor, **options) -> str:
    with pytest.raises(RuleRefused) as refused:
        imports.start("customers", "x.csv", content, actor=boss, **options)
    assert not Import.objects.exists()
    return refused.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_csv_is_read_whatever_country_wrote_it(encoding, delimiter):
    text = f'Cédula{delimiter}Razón Social\r\n1710034065{delimiter}"Muñoz{delimiter} ""El\nGrande"""\r\n\r\n'
    table = import_files.read("a.csv", text.encode(encoding))
    assert table.headings == ["Cédula", "Razón Social"]
    assert table.rows == [(2, ["1710034065", f'Muñoz{delimiter} "El\nGrande"'])]


def test_what_excel_says_of_the_delimiter_is_no_row_and_its_apostrophe_no_text():
    table = import_files.read("a.csv", b"sep=,\nnombre,telefono\nAna,'+593991\n")
    assert (table.headings, table.rows) == (["nombre", "telefono"], [(2, ["Ana", "+593991"])])


def test_a_workbook_gives_typed_cells_as_people_write_them_and_runs_no_formula():
    moment = datetime.combine(date(2026, 11, 21), time(9, 5))
    typed = (1710034065, 1790012345001.0, 1234.5, 1.234, True, date(2026, 11, 21), moment, None)
    content = xlsx_of([typed, ("=1+1", *[None] * 7), ("fin", *[None] * 7)], [f"c{n}" for n in range(8)])
    rows = import_files.read("a.xlsx", content).rows
    assert rows[0][1] == [
        "1710034065",
        "1790012345001",
        "1234,50",
        "1,2340",
        "sí",
        "21/11/2026",
        "21/11/2026 09:05",
        "",
    ]
    assert [number for number, _cells in rows] == [2, 4]  # a formula that no spreadsheet has worked out says nothing


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"identificacion;nombre\n\n", "file_empty"),
        (b"%PDF-1.7\n\0\0", "file_unreadable"),
        (b"PK\x03\x04 no workbook", "file_unreadable"),
        (b"\xd0\xcf\x11\xe0 an old one", "file_unreadable"),
        (b"a;b\n1;2\n", "columns_missing"),
        (b"x" * (import_files.MAX_BYTES + 1), "file_too_large"),
        (b"identificacion;nombre\n" + b"1;2\n" * (import_files.MOST_ROWS + 1), "too_many_rows"),
    ],
)
def test_a_wrong_file_is_refused_and_leaves_nothing(boss, content, code):
    assert refusal(content, boss) == code


def test_what_is_missing_is_named(boss):
    with pytest.raises(RuleRefused) as refused:
        imports.start("customers", "x.csv", b"nombre;ciudad\nAna;Quito\n", actor=boss)
    assert refused.value.extra == {"missing": ["identificacion"], "headings": ["nombre", "ciudad"]}
    assert "identificacion" in refused.value.message


def test_who_may_not_import_or_not_change_customers_is_refused(boss):
    for role in ("frontdesk", "auditor"):
        with pytest.raises(Forbidden):
            imports.start("customers", "x.csv", csv_of([ANA]), actor=actor(role))


def test_nothing_is_written_before_a_person_applies_it(boss):
    imported = checked(csv_of([ANA, LUIS]), boss)
    assert imported.state == ImportState.CHECKED
    assert verdicts(imported) == {2: ("create", "", ""), 3: ("create", "", "")}
    assert not Customer.objects.filter(identification=ANA[0]).exists()


def test_the_same_file_again_changes_nothing(boss):
    applied(csv_of([ANA, LUIS]), boss)
    before = AuditEntry.objects.filter(object_type="billing.customer").count()
    again = checked(csv_of([ANA, LUIS]), boss)
    assert figures(tally(again), "same", "create", "update", "error") == [2, 0, 0, 0]
    with pytest.raises(RuleRefused) as refused:
        imports.apply(again.pk, actor=boss)
    assert refused.value.code == "nothing_to_apply"
    assert AuditEntry.objects.filter(object_type="billing.customer").count() == before == 2


def test_a_person_says_which_column_is_which(boss):
    content = csv_of([ANA], ("codigo", "quien", "correo"))
    imported = imports.start("customers", "x.csv", content, ask=True, actor=boss)
    assert (imported.state, imported.task, imports.is_stopped(imported)) == (ImportState.CHECKING, None, True)
    with pytest.raises(RuleRefused) as refused:
        imports.choose_columns(imported.pk, {"codigo": "identificacion", "quien": "identificacion"}, actor=boss)
    assert refused.value.code == "columns_invalid"
    with pytest.raises(WorkflowError) as refused:
        imports.apply(imported.pk, actor=boss)
    assert refused.value.code == "import_not_checked"
    chosen = {"codigo": "identificacion", "quien": "nombre", "correo": ""}
    imported = worked(imports.choose_columns(imported.pk, chosen, actor=boss))
    assert verdicts(imported) == {2: ("create", "", "")}
    worked(imports.apply(imported.pk, actor=boss))
    assert Customer.objects.get(identification=ANA[0]).email == ""


def test_what_came_between_check_and_apply_is_seen(boss):
    imported = checked(csv_of([ANA, LUIS]), boss)
    customers.create(
        {"identification_type": "05", "identification": ANA[0], "name": "Ana Vera", "email": ANA[2]}, actor=boss
    )
    imported = worked(imports.apply(imported.pk, actor=boss))
    assert [verdict for verdict, *_ in verdicts(imported).values()] == ["same", "create"]
    assert figures(tally(imported), "applied", "same", "create") == [1, 1, 1]


class Killed(BaseException):
    """What a dying worker looks like from inside."""


def test_a_worker_killed_while_applying_goes_on_where_it_stood(boss, monkeypatch):
    monkeypatch.setattr(import_batches, "BATCH", 2)
    monkeypatch.setattr(imports, "BATCH", 2)
    rows = [(f"P-{n}", f"Cliente {n}", "") for n in range(5)]
    imported = checked(csv_of(rows), boss)
    imported = imports.apply(imported.pk, actor=boss)
    write, calls = customer_import._create, []

    def dying(plans, who):
        calls.append(len(plans))
        write(plans, who)
        if len(calls) == 2:
            raise Killed

    monkeypatch.setattr(customer_import, "_create", dying)
    with pytest.raises(Killed):
        tasks.advance(imported.task_id)
    assert Customer.objects.filter(identification__startswith="P-").count() == 2
    imported = worked(imported)
    assert Customer.objects.filter(identification__startswith="P-").count() == 5
    assert (imported.state, calls) == (ImportState.APPLIED, [2, 2, 2, 1])
    assert AuditEntry.objects.filter(action="customer.created").count() == 5


def test_what_was_stopped_is_taken_up_again(boss):
    imported = imports.apply(checked(csv_of([ANA]), boss).pk, actor=boss)
    with pytest.raises(WorkflowError) as refused:
        imports.apply(imported.pk, actor=boss)
    assert refused.value.code == "import_under_way"
    tasks.cancel(imported.task_id, actor=boss)
    assert worked(imported).state == ImportState.APPLYING
    assert worked(imports.apply(imported.pk, actor=boss)).state == ImportState.APPLIED
    assert Customer.objects.filter(identification=ANA[0]).exists()


def test_who_lost_the_permission_meanwhile_writes_nothing(boss):
    from companies.models import Membership

    imported = imports.apply(checked(csv_of([ANA]), boss).pk, actor=boss)
    Membership.objects.update(role="auditor")
    assert worked(imported).task.state == TaskState.FAILED
    assert not Customer.objects.filter(identification=ANA[0]).exists()


def test_undo_takes_back_what_was_made_and_what_was_changed(boss):
    old = customers.create(
        {"identification_type": "05", "identification": ANA[0], "name": "Ana", "credit_limit": None}, actor=boss
    ).customer
    imported = applied(csv_of([ANA, LUIS]), boss)
    old.refresh_from_db()
    assert (old.name, old.email, old.version) == (ANA[1], ANA[2], 2)
    imported = undone(imported, boss)
    old.refresh_from_db()
    assert (old.name, old.email, old.version, old.deleted_at) == ("Ana", "", 3, None)
    assert not Customer.objects.live().filter(identification=LUIS[0]).exists()
    assert (imported.state, figures(tally(imported), "undone", "kept")) == (ImportState.UNDONE, [2, 0])
    with pytest.raises(WorkflowError) as refused:
        imports.undo(imported.pk, actor=boss)
    assert refused.value.code == "import_undone"
    assert applied(csv_of([LUIS]), boss).state == ImportState.APPLIED  # and it may come again


def test_each_step_and_each_customer_leaves_its_sealed_entry(boss):
    from django.db import connection

    imported = undone(applied(csv_of([ANA, LUIS]), boss), boss)
    told = AuditEntry.objects.filter(object_type="desk.import").order_by("pk").values_list("action", flat=True)
    assert list(told) == [
        "import.received", "import.checked", "import.apply_started", "import.applied", "import.undo_started",
        "import.undone",
    ]  # fmt: skip
    hidden = AuditEntry.objects.filter(action="customer.hidden")
    assert {entry.reason for entry in hidden} == {f"Se deshizo la importación {imported.pk}"}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert verify().problems == ()


def test_two_rows_about_the_same_are_not_guessed_at(boss):
    imported = checked(csv_of([ANA, LUIS, ("171003406-5", "Otra Ana", "")]), boss)
    assert verdicts(imported)[4] == ("error", "row_repeated", "identificacion")
    assert said(imported, 4) == "Repite lo de la fila 2: deje una sola."
    assert ImportRow.objects.filter(source=imported, verdict="create").count() == 2
