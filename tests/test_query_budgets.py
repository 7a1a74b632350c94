"""How many queries each page takes of its own, whatever it shows: one row or many (templates never start a query).

A new page adds a line to `PAGES`. What everybody pays for the session, the membership and the menu is not counted;
raising a budget is a decision to be seen in the diff.
"""

from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing import letters, workflow
from desk import imports, tasks
from desk.models import Import
from sri import workflow as certificates
from tests.factories import (
    SYSTEM,
    give_back,
    line,
    make_billable,
    make_customer,
    make_draft,
    make_invoice,
    make_product,
    make_user,
    own_company,
    pay,
)
from tests.notes import amount, draft_note, issue_note, make_note_series
from tests.sri import certs
from tests.sri_stub import approved, rejected

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.shell_urls")]

FEW, MANY = 1, 7
ROWS = {"headers": {"HX-Request": "true", "HX-Target": "results"}}
FRAGMENT = {"headers": {"HX-Request": "true"}}


class Budget(NamedTuple):
    """A page's address (with ids of what `fill` makes), its own queries, and how it is asked for."""

    path: str
    queries: int
    asked: dict = {}


PAGES = [
    Budget("/", 19),
    Budget("/buscar/?q=cliente", 12, FRAGMENT),
    Budget("/facturas/", 2),
    Budget("/facturas/?search=cliente&status=issued", 3, ROWS),
    Budget("/facturas/totales/", 8, FRAGMENT),
    Budget("/facturas/{invoice}/", 16),
    Budget("/facturas/{invoice}/?tab=auditoria", 16),
    Budget("/facturas/{draft}/editar/", 14),
    Budget("/facturas/{invoice}/anular/", 4),
    Budget("/facturas/nueva/?customer={customer}&all=1", 11),
    Budget("/facturas/pendientes/?customer={customer}", 1, FRAGMENT),
    Budget("/tareas/", 2),
    Budget("/tareas/?state=running", 2, ROWS),
    Budget("/tareas/totales/", 6, FRAGMENT),
    Budget("/tareas/bandeja/", 1, FRAGMENT),
    Budget("/tareas/{task}/", 3),
    Budget("/tareas/elementos/?task={task}", 2),
    Budget("/cuenta/avisos/", 1),
    Budget("/vistas/", 2),
    Budget("/vistas/nueva/billing:invoices/?status=issued", 0),
    Budget("/facturas/{invoice}/correo/", 2),
    Budget("/correos/", 2),
    Budget("/correos/?search=cliente&state=pending", 3, ROWS),
    Budget("/correos/totales/", 6, FRAGMENT),
    Budget("/correos/{letter}/reenviar/", 1),
    Budget("/facturas/{invoice}/nota-de-credito/", 8),
    Budget("/notas-de-credito/", 2),
    Budget("/notas-de-credito/?search=cliente&status=issued", 3, ROWS),
    Budget("/notas-de-credito/totales/", 5, FRAGMENT),
    Budget("/notas-de-credito/{note}/", 15),
    Budget("/notas-de-credito/{note}/anular/", 2),
    Budget("/cobros/devoluciones/", 3),
    Budget("/cobros/devoluciones/?search=cliente", 4, ROWS),
    Budget("/cobros/devoluciones/totales/", 5, FRAGMENT),
    Budget("/cobros/devoluciones/{refund}/", 3),
    Budget("/cobros/antiguedad/", 1),
    Budget("/cobros/estado/{customer}/?from=2026-01-01&to=2026-12-31", 7),
    Budget("/pendientes/?status=waiting", 3),
    Budget("/pendientes/totales/?status=waiting", 7, FRAGMENT),
    Budget("/clientes/", 3),
    Budget("/clientes/opciones/?customer_text=cliente", 2, FRAGMENT),
    Budget("/clientes/{customer}/", 11),
    Budget("/clientes/{customer}/editar/", 3),
    Budget("/clientes/duplicados/", 4),
    Budget("/clientes/{customer}/unir/?other={twin}", 13),
    Budget("/importaciones/", 2),
    Budget("/importaciones/totales/", 5, FRAGMENT),
    Budget("/importaciones/nueva/", 0),
    Budget("/importaciones/filas/?source={import}", 2),
    Budget("/importaciones/filas/totales/?source={import}", 6, FRAGMENT),
    Budget("/importaciones/{import}/", 3),
    Budget("/importaciones/{import}/columnas/", 2),
    Budget("/importaciones/{import}/aplicar/", 2),
    Budget("/importaciones/{import}/deshacer/", 2),
    Budget("/productos/", 2),
    Budget("/productos/opciones/?product_text=producto", 2, FRAGMENT),
    Budget("/productos/{product}/", 1),
    Budget("/empresa/sri/certificados/", 3),
    Budget("/empresa/series/", 6),
    Budget("/empresa/cierres/", 2),
    Budget("/empresa/plantillas/", 1),
    Budget("/clientes/clases/", 1),
    Budget("/venta/", 6),
    Budget("/empresa/cierres/cerrar/", 4),
    Budget("/empresa/impuestos/", 2),
]


# Of a company that invoices electronically; its shell takes one query more, for the notices over every page.
ELECTRONIC = [
    Budget("/", 21),
    Budget("/facturas/?sri=pending", 2),
    Budget("/facturas/totales/?sri=rejected", 10, FRAGMENT),
    Budget("/facturas/{refused}/", 18),
    Budget("/facturas/{authorized}/", 19),
    Budget("/documentos/{refused}/sri/", 3, FRAGMENT),
    Budget("/documentos/{refused}/sri/corregir/", 2),
    Budget("/documentos/{refused}/sri/corregir/lineas/", 11),
    Budget("/documentos/{refused}/sri/reemplazar/", 2),
    Budget("/documentos/{refused}/sri/intentos/", 3),
    Budget("/empresa/sri/estado/", 7),
    Budget("/empresa/sri/estado/?sri=rejected", 2, ROWS),
    Budget("/empresa/sri/estado/totales/", 6, FRAGMENT),
    Budget("/empresa/avisos/", 1, FRAGMENT),
]


def fill(count: int) -> dict[str, int]:
    """Make `count` of everything, all of one customer, and return the ids of the last ones."""
    customer, product = make_customer(), make_product()
    for number in range(count):
        more = certs.p12(certs.certificate(since=certs.FROM + timedelta(days=number)))
        certificates.add_certificate(more, certs.PASSWORD, ruc="1790012345001", actor=SYSTEM)
        billable = make_billable(customer)
        invoice = make_invoice(customer_id=customer.pk, billable_ids=(billable.pk,))
        pay(invoice, "1.00")
        refund = give_back(make_customer())
        voided = make_invoice(customer_id=customer.pk)
        workflow.void(voided.pk, reason="Equivocada", actor=SYSTEM)
        make_billable(customer)
        make_customer()
        make_product()
        customer.contacts.create(name="Contacto")
    make_note_series()
    credited = make_invoice(*[line() for _ in range(count)], customer_id=customer.pk)
    pay(credited, str(credited.total))
    for _ in range(count):
        note = issue_note(credited, amount("1.00"))
        draft_note(credited, amount("1.00"))
    many = [line(product_id=product.pk) for _ in range(count)]
    draft = make_draft(*many, customer_id=customer.pk)
    issued = make_invoice(*many, customer_id=customer.pk)
    for _ in range(count):
        pay(issued, "1.00")
        workflow.duplicate(issued.pk, actor=SYSTEM)
        letter = letters.send_again(issued.pk, recipients=["pagos@x.test"], actor=SYSTEM)
    rows = "\n".join(f"P-{customer.pk}-{number};Ana;{customer.name}" for number in range(count))
    file = f"identificacion;nombre;correo\n{rows}\n".encode()
    return {
        "customer": customer.pk,
        "twin": make_customer(name=customer.name).pk,
        "import": advanced(imports.start("customers", "a.csv", file, actor=SYSTEM)),
        "product": product.pk,
        "draft": draft.pk,
        "invoice": issued.pk,
        "note": note.pk,
        "letter": letter.pk,
        "refund": refund.pk,
        "task": tasks.start("billing.files", [(issued.pk, "Factura")], actor=SYSTEM).pk,
    }


def advanced(imported: Import) -> int:
    """Have an import judged."""
    tasks.advance(imported.task_id or 0)
    return imported.pk


def queries_of(client: Client, path: str, asked: dict) -> int:
    """Ask for a page and count its statements."""
    with CaptureQueriesContext(connection) as taken:
        answer = client.get(path, **asked)
    assert answer.status_code == 200, path
    return len(taken)


def own_queries(client: Client, budget: Budget, ids: dict[str, int]) -> int:
    """Count a page's statements beyond those of the shell it stands in, or of a bare request for a fragment."""
    around = "/_nothing/" if budget.asked else "/_shell/"
    return queries_of(client, budget.path.format(**ids), budget.asked) - queries_of(client, around, budget.asked)


def _count_all(rows: int) -> list[int]:
    with own_company() as company:
        ids, client = fill(rows), Client()
        client.force_login(make_user(company), backend="allauth.account.auth_backends.AuthenticationBackend")
        return [own_queries(client, budget, ids) for budget in PAGES]


def test_every_page_keeps_its_budget_with_a_little_and_with_a_lot_to_show():
    counted = zip(PAGES, _count_all(FEW), _count_all(MANY), strict=True)
    taken = {budget.path: (few, many) for budget, few, many in counted if {few, many} != {budget.queries}}
    assert taken == {}


def fill_electronic(count: int) -> dict[str, int]:
    """Have SRI refuse, authorize and keep waiting `count` invoices each, and return the ids of the last ones."""
    for _ in range(count):
        waiting, done = make_invoice(), approved(make_invoice())
        refused = rejected(rejected(make_invoice(*[line() for _ in range(count)])))
    return {"waiting": waiting.pk, "authorized": done.pk, "refused": refused.pk}


def _count_electronic(rows: int) -> list[int]:
    with own_company(e_invoicing=True) as company:
        ids, client = fill_electronic(rows), Client()
        client.force_login(make_user(company), backend="allauth.account.auth_backends.AuthenticationBackend")
        return [own_queries(client, budget, ids) for budget in ELECTRONIC]


def test_so_does_every_page_about_sri():
    counted = zip(ELECTRONIC, _count_electronic(FEW), _count_electronic(MANY), strict=True)
    taken = {budget.path: (few, many) for budget, few, many in counted if {few, many} != {budget.queries}}
    assert taken == {}


def test_the_notices_take_one_query_of_every_page_and_none_without_e_invoicing():
    shells = []
    for electronic in (False, True):
        with own_company(e_invoicing=electronic) as company:
            client = Client()
            client.force_login(make_user(company), backend="allauth.account.auth_backends.AuthenticationBackend")
            shells.append(queries_of(client, "/_shell/", {}))
    assert shells[1] - shells[0] == 1
