"""Importing customers: what a row means, what it may not do, and what undo leaves to others."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from audit.models import AuditEntry
from billing import customer_rows, customers
from billing.customer_rows import COLUMNS
from billing.models import Customer, CustomerContact, CustomerKind
from core import clock
from core.actor import Actor
from desk.import_batches import tally
from desk.models import Comment, ImportRow
from tests.desk.importing import applied, checked, csv_of, figures, said, undone, verdicts, xlsx_of
from tests.factories import SYSTEM, actor, make_billable, make_customer, make_invoice, make_user, own_company
from tests.reservations.factories import NOW, book, make_priced_court

pytestmark = pytest.mark.django_db

ALL = tuple(column.field for column in COLUMNS)
WHOLE = (
    "RUC", "1790012345001", "Andina S.A.", "Andina", "pagos@andina.ec", "0991234567", "Quito", "Sociedad", "socio",
    "30", "1.500,00", "Paga los viernes", "María Vélez", "maria@andina.ec", "022345678", "Contadora", "sí",
)  # fmt: skip


@pytest.fixture
def boss() -> Iterator[Actor]:
    with clock.at(NOW), own_company() as company:
        yield actor(user_id=make_user(company).pk)


def one(cells: dict[str, object], boss: Actor) -> tuple[str, str, str]:
    """Judge a file of one row."""
    return verdicts(checked(csv_of([cells.values()], cells.keys()), boss))[2]


def test_a_whole_row_becomes_a_customer_with_a_contact_that_can_be_found(boss):
    kind = CustomerKind.objects.create(name="Socio")
    applied(csv_of([WHOLE], ALL), boss)
    row = Customer.objects.get(identification="1790012345001")
    assert {name: getattr(row, name) for name in customers.EDITABLE} == {
        "identification_type": "04", "identification": "1790012345001", "name": "Andina S.A.", "trade_name": "Andina",
        "email": "pagos@andina.ec", "phone": "0991234567", "address": "Quito", "fiscal_status": "company",
        "kind": kind, "payment_days": 30, "credit_limit": Decimal("1500.00"), "notes": "Paga los viernes",
    }  # fmt: skip
    assert list(row.contacts.values(*customers.CONTACT_FIELDS)) == [
        {"name": "María Vélez", "email": "maria@andina.ec", "phone": "022345678", "position": "Contadora",
         "receives_documents": True}
    ]  # fmt: skip
    assert list(Customer.objects.search("andína")) == [row]
    entry = AuditEntry.objects.get(action="customer.created")
    assert (entry.object_id, entry.after["contacts"][0]["name"], entry.after["kind"]) == (
        row.pk,
        "María Vélez",
        "Socio",
    )


def test_blanks_never_overwrite(boss):
    CustomerKind.objects.create(name="Socio")
    applied(csv_of([WHOLE], ALL), boss)
    blank = ("", "1790012345001", *[""] * (len(ALL) - 2))
    assert one(dict(zip(ALL, blank, strict=True)), boss) == ("same", "", "")


def test_the_type_is_derived_where_none_is_said(boss):
    rows = [("1710034065", "Cédula"), ("1790012345001", "RUC"), ("AB-1234", "Pasaporte")]
    applied(csv_of(rows, ("ruc", "cliente")), boss)
    made = Customer.objects.exclude(identification_type="07")
    assert [row.get_identification_type_display() for row in made.order_by("pk")] == ["Cédula", "RUC", "Pasaporte"]
    assert [row.name for row in made.order_by("pk")] == ["Cédula", "RUC", "Pasaporte"]


@pytest.mark.parametrize(
    ("cells", "code", "field"),
    [
        ({"identificacion": "", "nombre": "Ana"}, "identification_required", "identificacion"),
        ({"identificacion": "1.71E+09", "nombre": "Ana"}, "scientific_notation", "identificacion"),
        ({"identificacion": "9999999999999", "nombre": "Ana"}, "final_consumer_is_built_in", "identificacion"),
        ({"identificacion": "1790012345002", "nombre": "A"}, "identification_invalid", "identificacion"),
        ({"identificacion": "1710034065", "nombre": ""}, "name_required", "nombre"),
        ({"identificacion": "P1", "nombre": "A", "correo": "ana@"}, "invalid_text", "correo"),
        ({"identificacion": "P1", "nombre": "A" * 301}, "invalid_text", "nombre"),
        ({"identificacion": "P1", "nombre": "A", "clase": "Vip"}, "customer_kind_unknown", "clase"),
        ({"identificacion": "P1", "nombre": "A", "tipo_contribuyente": "X"}, "fiscal_status_unknown",
         "tipo_contribuyente"),
        ({"identificacion": "P1", "nombre": "A", "tipo_identificacion": "X"}, "identification_type_unknown",
         "tipo_identificacion"),
        ({"identificacion": "P1", "nombre": "A", "dias_plazo": "30,5"}, "invalid_number", "dias_plazo"),
        ({"identificacion": "P1", "nombre": "A", "dias_plazo": "99999"}, "invalid_number", "dias_plazo"),
        ({"identificacion": "P1", "nombre": "A", "limite_credito": "1.234"}, "ambiguous_amount", "limite_credito"),
        ({"identificacion": "P1", "nombre": "A", "limite_credito": "-1"}, "invalid_amount", "limite_credito"),
        ({"identificacion": "P1", "nombre": "A", "notas": "#N/A"}, "cell_error", "notas"),
        ({"identificacion": "P1", "nombre": "A", "contacto_cargo": "Jefe"}, "contact_name_required", "contacto"),
        ({"identificacion": "P1", "nombre": "A", "contacto": "B", "recibe_documentos": "quizás"}, "invalid_yes_no",
         "recibe_documentos"),
        ({"identificacion": "P1", "nombre": "A", "contacto": "B", "recibe_documentos": "sí"},
         "contact_email_required", "contacto_correo"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_an_error_of_its_row_and_names_the_column(boss, cells, code, field):
    CustomerKind.objects.create(name="Socio")
    assert one(cells, boss) == ("error", code, field)


def test_an_unknown_kind_lists_those_there_are(boss):
    for name in ("Socio", "Estudiante"):
        CustomerKind.objects.create(name=name)
    imported = checked(csv_of([("P1", "A", "Vip")], ("identificacion", "nombre", "clase")), boss)
    assert said(imported, 2) == "«Vip» no está en la lista: escriba uno de Estudiante, Socio."


@pytest.mark.parametrize(("typed", "stored"), [(912345675, "0912345675"), (912345675001, "0912345675001")])
def test_the_zero_a_spreadsheet_dropped_is_put_back_with_a_word(boss, typed, stored):
    imported = applied(xlsx_of([(typed, "Ana", "")]), boss)
    assert said(imported, 2) == f"Se le devolvió el cero inicial que quitó la hoja de cálculo: {stored}."
    assert Customer.objects.get(identification=stored).name == "Ana"


def test_a_check_digit_only_warns(boss):
    imported = checked(csv_of([("1710034060", "Ana", "")]), boss)
    assert (verdicts(imported)[2][0], "verificador" in said(imported, 2)) == ("create", True)
    assert figures(tally(imported), "warned", "error") == [1, 0]


def test_a_contact_is_added_or_changed_and_never_taken_away(boss):
    row = customers.create(
        {"identification_type": "06", "identification": "P1", "name": "A", "contacts": [
            {"name": "Bea", "email": "bea@x.test"}, {"name": "Caro", "phone": "1"}]}, actor=boss,
    ).customer  # fmt: skip
    headings = ("identificacion", "nombre", "contacto", "contacto_correo", "contacto_telefono", "recibe_documentos")
    imported = applied(csv_of([("P1", "", "Bea Ruiz", "BEA@x.test", "2", "si")], headings), boss)
    assert list(row.contacts.values_list("name", "email", "phone", "receives_documents")) == [
        ("Bea Ruiz", "BEA@x.test", "2", True),
        ("Caro", "", "1", False),
    ]
    entry = AuditEntry.objects.filter(action="customer.updated").get()
    assert [each["name"] for each in entry.before["contacts"]] == ["Bea", "Caro"]
    undone(imported, boss)
    assert list(row.contacts.values_list("name", flat=True)) == ["Bea", "Caro"]
    added = applied(csv_of([("P1", "", "Dora", "", "", "no")], headings), boss)
    assert row.contacts.count() == 3
    undone(added, boss)
    assert list(row.contacts.values_list("name", flat=True)) == ["Bea", "Caro"]


def test_what_is_written_out_comes_back_and_changes_nothing(boss):
    kind = CustomerKind.objects.create(name="Socio antiguo", active=False)
    customers.create(
        {"identification_type": "08", "identification": "X 1", "name": '=Ana; "La"  Vera', "phone": "+593 99",
         "notes": "una\r\ndos", "credit_limit": Decimal("1234.50"), "payment_days": 0, "kind": kind,
         "fiscal_status": "person_with_accounts",
         "contacts": [{"name": "Bea", "email": "b@x.test", "receives_documents": True}, {"name": "Caro"}]},
        actor=boss,
    )  # fmt: skip
    make_customer(identification_type="05", identification="0912345675")
    rows = [customer_rows.texts_of(row) for row in Customer.objects.exclude(identification_type="07")]
    assert list(rows[0]) == list(ALL)
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row.values()] for row in rows]
    for content in (csv_of(quoted, ALL), xlsx_of([row.values() for row in rows], ALL)):
        assert figures(tally(checked(content, boss)), "same", "create", "update", "error") == [2, 0, 0, 0]


def test_undo_leaves_exactly_what_others_touched(boss):
    names = ("quieto", "editado", "facturado", "pendiente", "reservado", "unido", "anotado", "retirado", "otro")
    imported = applied(csv_of([(f"P-{n}", name, "") for n, name in enumerate(names)]), boss)
    people = {row.name: row for row in Customer.objects.filter(identification__startswith="P-")}
    customers.update(people["editado"].pk, {"phone": "1"}, actor=SYSTEM)
    make_invoice(customer_id=people["facturado"].pk)
    make_billable(people["pendiente"])
    book(make_priced_court(), "09:00", "10:00", customer_id=people["reservado"].pk)
    Customer.objects.filter(pk=people["unido"].pk).update(deleted_at=clock.now(), merged_into=people["quieto"])
    Comment.objects.create(object_type="customer", object_id=people["anotado"].pk, text="Llamar", author_name="A")
    customers.hide(people["retirado"].pk, actor=SYSTEM)
    imported = undone(imported, boss)
    kept = dict(ImportRow.objects.filter(source=imported).exclude(kept="").values_list("cells__1", "kept"))
    assert {name: why.split(":")[0] for name, why in kept.items()} == {
        "editado": "Alguien cambió el cliente después de la importación.",
        "facturado": "Ya se usó",
        "pendiente": "Ya se usó",
        "reservado": "Ya se usó",
        "unido": "Se unió a otro cliente.",
        "anotado": "Ya se usó",
        "retirado": "Ya se retiró de las listas.",
        "quieto": "Otro cliente se unió a este.",
    }
    live = set(Customer.objects.live().filter(identification__startswith="P-").values_list("name", flat=True))
    assert live == {"quieto", "editado", "facturado", "pendiente", "reservado", "anotado"}
    assert figures(tally(imported), "undone", "kept") == [1, 8]


def test_undo_of_a_change_looks_only_at_what_came_after_it(boss):
    row = make_customer(identification="P1", name="Ana")
    make_invoice(customer_id=row.pk)
    with clock.at(clock.now() + timedelta(minutes=1)):
        imported = applied(csv_of([("P1", "Ana Vera", "")]), boss)
        with clock.at(clock.now() + timedelta(minutes=1)):
            undone(imported, boss)
    row.refresh_from_db()
    assert row.name == "Ana"


def test_a_few_hundred_come_twice_and_the_second_time_say_nothing(boss):
    content = csv_of([(f"P-{n}", f"Cliente {n}", f"c{n}@x.test") for n in range(700)])
    assert figures(tally(applied(content, boss)), "create", "applied") == [700, 700]
    entries = AuditEntry.objects.filter(object_type="billing.customer")
    assert entries.count() == 700
    assert figures(tally(checked(content, boss)), "same", "update", "create") == [700, 0, 0]
    assert entries.count() == 700
    assert CustomerContact.objects.count() == 0
