"""One workflow, two doors: a page and the API, from the same state, leave the same rows or give the same refusal.

A new action adds a line to `ACTS`; a new way for an action to be refused adds a line to `REFUSALS`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing import billables, closing, customers, products, workflow
from billing.drafts import DraftInput
from billing.models import Customer
from companies.models import Company
from core import clock
from core.tenancy import current_company_id
from payments import refunds
from payments import workflow as payments
from reservations import closures, deposits, feeds, waiting
from reservations import workflow as reservations
from reservations.deposits import DepositInput
from tests.api_client import Api
from tests.bodies import booking
from tests.factories import SYSTEM, actor, line, make_customer, make_draft, make_invoice, pay
from tests.notes import issue_note
from tests.pages import errors_of, filled
from tests.reservations.factories import MONDAY, at, confirmed
from tests.same import effect
from tests.sri import certs
from tests.world import World, at_work, make_world, rows, undone

pytestmark = pytest.mark.django_db

Values = Callable[[World], dict[str, Any]]


def nothing(world: World) -> dict[str, Any]:
    """Fill in nothing."""
    return {}


@dataclass(frozen=True)
class Act:
    """One action through both doors.

    `page`: the path that is posted to, and what is typed there; what the page's own form holds comes along when
    `form` says where it is. `api`: method, path, and body. `{name}` in a path is a thing of the world.
    """

    name: str
    page: str
    api: str
    typed: Values = nothing
    body: Values = nothing
    form: str | None = None
    arrange: Callable[[World], Any] = nothing
    role: str = "owner"
    code: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def own_form(name: str, page: str, api: str, typed: Values, body: Values, **options: Any) -> Act:
    """Make an act whose page shows its form at the address it is sent to."""
    return Act(name, page, api, typed, body, form=page, **options)


def given(**values: Any) -> Values:
    """Return the same values in every world."""
    return lambda world: values


REASON = given(reason="Pedido por error")
PERSON = {"identification_type": "05", "identification": "1710034065", "name": "Ana Torres", "email": "ana@x.test"}
EVERY_DAY = [{"weekday": day, "opens": "06:00", "closes": "23:00"} for day in range(7)]
WEEKLY = {"first_on": "2026-11-18", "starts": "18:00", "ends": "19:00", "count": "2"}
PRODUCT = {"code": "AG-1", "name": "Agua", "tax_category": "general"}


# Billing


def typed_invoice(world: World) -> dict[str, Any]:
    return {
        "customer": world["customer"], "series": world["series"], "billables": [world["billable"]],
        "lines-0-product": world["product"], "lines-0-quantity": "2", "lines-0-unit_price": "12,50",
        "lines-0-price_includes_tax": "yes", "lines-0-discount": "10", "lines-0-discount_kind": "percent",
        "discount": "1,00", "discount_kind": "amount", "notes": "Gracias",
    }  # fmt: skip


def sent_invoice(world: World) -> dict[str, Any]:
    product = {"product": world["product"], "quantity": 2, "unit_price": "12.50", "price_includes_tax": True,
               "discount_percent": "10", "tax_category": "general"}  # fmt: skip
    return {"customer": world["customer"], "series": world["series"], "billables": [world["billable"]],
            "lines": [product], "discount": "1.00", "notes": "Gracias"}  # fmt: skip


def paid_in_full(world: World) -> None:
    pay(_document(world, "invoice"), "115.00")


def _document(world: World, name: str) -> Any:
    from billing.models import Document

    return Document.objects.get(pk=world[name])


def limited() -> None:
    Company.objects.filter(pk=current_company_id()).update(discount_limit=50)


def with_final_consumer_draft(world: World) -> None:
    final = Customer.objects.get(identification_type="07")
    world.ids["draft"] = make_draft(line("100.00"), customer_id=final.pk).pk


def hidden(world: World) -> None:
    world.ids["hidden_customer"] = customers.hide(world["lonely_customer"], actor=SYSTEM).pk
    world.ids["hidden_product"] = products.hide(world["product"], actor=SYSTEM).pk


def hidden_and_replaced(world: World) -> None:
    hidden(world)
    gone = Customer.objects.get(pk=world["hidden_customer"])
    make_customer(identification_type=gone.identification_type, identification=gone.identification)


def drafted_billable(world: World) -> None:
    workflow.draft(DraftInput(customer_id=world["customer"], billable_ids=(world["billable"],)), actor=SYSTEM)


def cancelled_billable(world: World) -> None:
    billables.cancel(world["billable"], reason="Error", actor=SYSTEM)


def voided_payment(world: World) -> None:
    payments.void(world["payment"], reason="Error", actor=SYSTEM)


def own_payment(world: World) -> None:
    invoice = make_invoice(customer_id=world["customer"])
    world.ids["payment"] = pay(invoice, "20.00", actor=actor(user_id=world.owner.pk)).pk


def credit_for(world: World) -> None:
    world.ids["fresh"] = make_invoice(customer_id=world["customer"]).pk


NOTE_FORM = "/facturas/{invoice}/nota-de-credito/"
REFUND_FORM = "/cobros/devoluciones/nueva/?customer={rich_customer}"


def all_credited(world: World) -> None:
    issue_note(_document(world, "credited"))


def spent_note(world: World) -> None:
    invoice = make_invoice(customer_id=world["customer"])
    pay(invoice, "115.00")
    world.ids["note"] = issue_note(invoice).pk
    payments.apply_credit(world["invoice"], Decimal("115.00"), actor=SYSTEM)


def typed_payment(**values: Any) -> Values:
    def typed(world: World) -> dict[str, Any]:
        proposed = f"{world['customer']} {Decimal(values['amount'].replace(',', '.'))}"
        named = {"customer": world["customer"], "method": world["method"], "proposed_for": proposed}
        rest = {key: value for key, value in values.items() if key != "apply"}
        return named | rest | {f"apply-{world['invoice']}": values.get("apply", values["amount"])}

    return typed


def sent_payment(**values: Any) -> Values:
    def sent(world: World) -> dict[str, Any]:
        applied = [{"invoice": world["invoice"], "amount": values.get("apply", values["amount"])}]
        rest = {key: value for key, value in values.items() if key != "apply"}
        return {"customer": world["customer"], "method": world["method"], "allocations": applied} | rest

    return sent


# Reservations


def typed_booking(then: str) -> Values:
    def typed(world: World) -> dict[str, Any]:
        return {
            "court": world["court"], "customer": world["customer"], "day": "2026-11-16", "slots": "1", "then": then,
            "starts_at": at("15:00").isoformat(), "method": world["method"], "notes": "Con luz",
            "lines-0-product": world["product"], "lines-0-quantity": "2",
        }  # fmt: skip

    return typed


def sent_booking(**values: Any) -> Values:
    def sent(world: World) -> dict[str, Any]:
        extras = [{"product": world["product"], "quantity": 2}]
        body = booking(world) | {"customer": world["customer"], "extras": extras, "notes": "Con luz"} | values
        return body | ({"charge": {"method": world["method"]}} if values.get("charge") else {})

    return sent


def certificate_file(password: str) -> Values:
    def sent(world: World) -> dict[str, Any]:
        return {"file": SimpleUploadedFile("firma.p12", certs.cached_p12()), "password": password}

    return sent


def typed_slot(world: World) -> dict[str, Any]:
    return typed_booking("hold")(world) | {"customer_name": "Ana"}


def sent_slot(world: World) -> dict[str, Any]:
    body = {name: value for name, value in booking(world).items() if name != "extras"}
    return body | {"customer": world["customer"], "customer_name": "Ana"}


def with_deposit(world: World) -> None:
    entered = DepositInput(world["method"], Decimal("5.00"))
    deposits.deposit(world["confirmed"], entered, actor=SYSTEM)


def taken_slot(world: World) -> None:
    from reservations.models import Court

    confirmed(Court.objects.get(pk=world["court"]), "15:00", "16:00")


def step(*names: str) -> Callable[[World], None]:
    """Take a confirmed booking some steps further."""

    def arrange(world: World) -> None:
        for name in names:
            extra = {"reason": "Llueve"} if name == "cancel" else {}
            getattr(reservations, name)(world["confirmed"], actor=SYSTEM, **extra)

    return arrange


def customers_file(world: World) -> dict[str, Any]:
    content = "cédula;nombre\n1710034065;Ana\n1.7E+09;Luis\n".encode()
    return {"kind": "customers", "file": SimpleUploadedFile("clientes.csv", content)}


ACTS = [
    own_form("add a customer", "/clientes/nuevo/", "POST customers/",
             given(**PERSON, payment_days="15", credit_limit="1.500,00"),
             given(**PERSON, payment_days=15, credit_limit="1500.00")),
    own_form("change a customer", "/clientes/{customer}/editar/", "PATCH customers/{customer}/",
             given(phone="099 123"), given(phone="099 123")),
    Act("hide a customer", "/clientes/{lonely_customer}/retirar/", "DELETE customers/{lonely_customer}/"),
    Act("join two customers", "/clientes/{customer}/unir/?other={lonely_customer}", "POST customers/{customer}/merge/",
        given(**{"pick-identification": "other"}),
        lambda world: {"other": world["lonely_customer"], "choices": {"identification": "other"}},
        form="/clientes/{customer}/unir/?other={lonely_customer}"),
    Act("say which columns a file has", "/importaciones/{import}/columnas/", "POST imports/{import}/columns/",
        given(**{"heading-0": "identificacion", "heading-1": "nombre", "heading-2": ""}),
        given(columns={"identificacion": "identificacion", "nombre": "nombre"})),
    Act("apply an import", "/importaciones/{import}/aplicar/", "POST imports/{import}/apply/"),
    Act("take an import back", "/importaciones/{applied_import}/deshacer/", "POST imports/{applied_import}/undo/"),
    own_form("add a product", "/productos/nuevo/", "POST products/",
             given(**PRODUCT, unit_price="1,25", price_includes_tax="on"),
             given(**PRODUCT, unit_price="1.25", price_includes_tax=True)),
    own_form("change a product", "/productos/{product}/editar/", "PATCH products/{product}/",
             given(name="Agua fría"), given(name="Agua fría")),
    Act("put a hidden customer back", "/clientes/{hidden_customer}/restaurar/",
        "POST customers/{hidden_customer}/restore/", arrange=hidden),
    Act("put a hidden product back", "/productos/{hidden_product}/restaurar/",
        "POST products/{hidden_product}/restore/", arrange=hidden),
    Act("bring a file", "/importaciones/nueva/?kind=customers", "POST imports/", customers_file, customers_file),
    Act("write a note", "/notas/sobre/customer/{customer}/agregar/", "POST comments/", given(text="Paga los viernes"),
        lambda world: {"object_type": "customer", "object_id": world["customer"], "text": "Paga los viernes"}),
    Act("take a note back", "/notas/{comment}/retirar/", "POST comments/{comment}/withdraw/"),
    own_form("choose no mails", "/cuenta/avisos/", "PATCH me/mails/", given(mails_mentions=""),
             given(mails_mentions=False), role="cashier"),
    Act("take a file off", "/adjuntos/{attachment}/retirar/", "POST attachments/{attachment}/withdraw/"),
    Act("hide a product", "/productos/{product}/retirar/", "DELETE products/{product}/"),
    own_form("open an establishment", "/empresa/series/establecimientos/nuevo/", "POST establishments/",
             given(code="003", name="Norte", address="Quito"), given(code="003", name="Norte", address="Quito")),
    own_form("change an establishment", "/empresa/series/establecimientos/{establishment}/",
             "PATCH establishments/{establishment}/", given(name="Sur"), given(name="Sur")),
    own_form("open an emission point", "/empresa/series/puntos/nuevo/", "POST emission-points/",
             lambda world: {"establishment": world["establishment"], "code": "007", "name": "Caja"},
             lambda world: {"establishment": world["establishment"], "code": "007", "name": "Caja"}),
    own_form("open a series", "/empresa/series/nueva/", "POST receipt-books/",
             lambda world: {"emission_point": world["bare_point"], "start_number": "501", "limit_number": "900"},
             lambda world: {"emission_point": world["bare_point"], "start_number": 501, "limit_number": 900}),
    own_form("limit a series", "/empresa/series/{series}/", "PATCH receipt-books/{series}/",
             given(limit_number="900"), given(limit_number=900)),
    own_form("add a kind of customer", "/clientes/clases/nueva/", "POST customer-kinds/",
             given(name="Estudiante"), given(name="Estudiante")),
    own_form("change a kind of customer", "/clientes/clases/{customer_kind}/", "PATCH customer-kinds/{customer_kind}/",
             given(name="Convenio"), given(name="Convenio")),
    own_form("keep a template", "/empresa/plantillas/nueva/", "POST line-templates/",
             lambda world: {"name": "Mes", "lines-0-product": world["product"], "lines-0-quantity": "2"},
             lambda world: {"name": "Mes", "lines": [{"product": world["product"], "quantity": 2}]}),
    own_form("change a template", "/empresa/plantillas/{template}/", "PATCH line-templates/{template}/",
             given(name="Mensual"), given(name="Mensual")),
    own_form("keep a document's lines", "/facturas/{invoice}/plantilla/", "POST line-templates/from-invoice/",
             given(name="Como esa"), lambda world: {"name": "Como esa", "invoice": world["invoice"]}),
    own_form("sell at the counter", "/venta/", "POST quick-sales/",
             lambda world: {"charge": "1", "add_product": "", "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0",
                            "lines-0-product": world["product"], "lines-0-quantity": "2", "method": world["method"],
                            "identification": "1710034065", "name": "Ana", "tendered": "50"},
             lambda world: {"lines": [{"product": world["product"], "quantity": 2}], "method": world["method"],
                            "buyer": {"identification": "1710034065", "name": "Ana"}, "tendered": "50"},
             role="frontdesk"),
    own_form("close a month", "/empresa/cierres/cerrar/", "POST period-closes/",
             given(closed_until="2026-10-31", reason="Declarado"), given(closed_until="2026-10-31", reason="Declarado"),
             role="accountant"),
    own_form("reopen a month", "/empresa/cierres/reabrir/", "POST period-closes/reopen/",
             given(closed_until="", reason="Faltaba una"), given(reason="Faltaba una")),
    own_form("draft an invoice", "/facturas/nueva/", "POST invoices/", typed_invoice, sent_invoice),
    own_form("draft and issue at once", "/facturas/nueva/", "POST invoices/",
             lambda world: typed_invoice(world) | {"issue": "1"}, lambda world: sent_invoice(world) | {"issue": True}),
    own_form("change a draft", "/facturas/{draft}/editar/", "PATCH invoices/{draft}/",
             given(notes="Otra nota", discount="5", discount_kind="percent"),
             given(notes="Otra nota", discount_percent=5)),
    Act("issue a draft", "/facturas/{draft}/emitir/", "POST invoices/{draft}/issue/"),
    Act("discard a draft", "/facturas/{draft}/descartar/", "DELETE invoices/{draft}/"),
    Act("duplicate an invoice", "/facturas/{invoice}/duplicar/", "POST invoices/{invoice}/duplicate/"),
    Act("send a document to SRI again", "/documentos/{waiting}/sri/reenviar/", "POST invoices/{waiting}/retry/"),
    Act("ask SRI now", "/documentos/{waiting}/sri/consultar/", "POST invoices/{waiting}/check/"),
    own_form("correct what SRI refused", "/documentos/{refused}/sri/corregir/", "POST invoices/{refused}/correct/",
             nothing, nothing),
    own_form("correct the lines of what SRI refused", "/documentos/{refused}/sri/corregir/lineas/",
             "POST invoices/{refused}/correct/", given(notes="Corregida", discount="5", discount_kind="percent"),
             given(notes="Corregida", discount_percent=5)),
    Act("replace what SRI refused", "/documentos/{refused}/sri/reemplazar/", "POST invoices/{refused}/replace/",
        REASON, REASON),
    Act("send many to SRI again", "/tareas/nueva/billing:sri/retry/", "POST invoices/bulk/",
        lambda world: {"_start": "1", "pk": [world["waiting"], world["refused"]]},
        lambda world: {"action": "retry", "ids": [world["waiting"], world["refused"]]}),
    Act("void an invoice", "/facturas/{invoice}/anular/", "POST invoices/{invoice}/void/", REASON, REASON),
    Act("void an invoice, keeping the money", "/facturas/{part_paid}/anular/", "POST invoices/{part_paid}/void/",
        given(reason="Error", money="credit"), given(reason="Error")),
    Act("void an invoice and its payments", "/facturas/{part_paid}/anular/", "POST invoices/{part_paid}/void/",
        given(reason="Error", money="void"), given(reason="Error", void_payments=True)),
    own_form("credit an invoice", NOTE_FORM, "POST credit-notes/",
             given(motive="Devolución", issue="1"),
             lambda world: {"invoice": world["invoice"], "motive": "Devolución", "issue": True}),
    own_form("draft a note by amount", NOTE_FORM, "POST invoices/{invoice}/credit-notes/",
             given(mode="amount", amount="10,50", motive="Rebaja"),
             given(mode="amount", amount="10.50", motive="Rebaja")),
    own_form("credit lines", NOTE_FORM, "POST credit-notes/",
             lambda world: {"mode": "lines", f"line-{world['line']}": "0,5", "motive": "Falla", "issue": "1"},
             lambda world: {"invoice": world["invoice"], "mode": "lines", "motive": "Falla", "issue": True,
                            "lines": [{"line": world["line"], "quantity": "0.5"}]}),
    Act("issue a note", "/notas-de-credito/{draft_note}/emitir/", "POST credit-notes/{draft_note}/issue/"),
    Act("discard a note", "/notas-de-credito/{draft_note}/descartar/", "DELETE credit-notes/{draft_note}/"),
    Act("void a note", "/notas-de-credito/{note}/anular/", "POST credit-notes/{note}/void/", REASON, REASON),
    Act("void a note whose money was spent", "/notas-de-credito/{note}/anular/", "POST credit-notes/{note}/void/",
        REASON, REASON, arrange=spent_note),
    Act("void many", "/tareas/nueva/billing:invoices/void/", "POST invoices/bulk/",
        lambda world: {"_start": "1", "pk": [world["invoice"], world["part_paid"]], "reason": "Error"},
        lambda world: {"action": "void", "ids": [world["invoice"], world["part_paid"]],
                       "parameters": {"reason": "Error"}}),
    Act("mail many notes", "/tareas/nueva/billing:credit_notes/mail/", "POST credit-notes/bulk/",
        lambda world: {"_start": "1", "pk": [world["note"], world["draft_note"]]},
        lambda world: {"action": "mail", "ids": [world["note"], world["draft_note"]]}),
    Act("stop a task", "/tareas/{task}/detener/", "POST jobs/{task}/cancel/"),
    Act("try again what a task could not do", "/tareas/{done_task}/repetir/", "POST jobs/{done_task}/retry/"),
    Act("ask for a zip", "/tareas/nueva/billing:invoices/download/", "POST invoices/bulk/",
        lambda world: {"_start": "1", "pk": [world["invoice"], world["part_paid"]]},
        lambda world: {"action": "download", "ids": [world["invoice"], world["part_paid"]]}),
    Act("mail an invoice", "/facturas/{invoice}/correo/", "POST invoices/{invoice}/send-email/",
        given(recipients="uno@x.test, dos@x.test"), given(recipients=["uno@x.test", "dos@x.test"])),
    Act("send a letter again", "/correos/{letter}/reenviar/", "POST letters/{letter}/send-again/",
        given(recipients="uno@x.test"), given(recipients=["uno@x.test"])),
    Act("cancel a billable", "/pendientes/{billable}/cancelar/", "DELETE billables/{billable}/?reason=Pedido+por+error",
        REASON),
    Act("take the cancellation of a billable back", "/pendientes/{billable}/restaurar/",
        "POST billables/{billable}/restore/", arrange=cancelled_billable),
    own_form("add a payment method", "/cobros/metodos/nuevo/", "POST payment-methods/",
             given(name="Depósito", sri_code="20", reference_rule="required", reference_kind="transfer", active="on"),
             given(name="Depósito", sri_code="20", reference_rule="required", reference_kind="transfer")),
    own_form("change a payment method", "/cobros/metodos/{method}/", "PATCH payment-methods/{method}/",
             given(name="Efectivo en caja"), given(name="Efectivo en caja")),
    own_form("pay in part", "/cobros/nuevo/", "POST payments/",
             typed_payment(amount="60,00", notes="Caja 1"), sent_payment(amount="60.00", notes="Caja 1")),
    own_form("pay more and keep the rest", "/cobros/nuevo/", "POST payments/",
             typed_payment(amount="120,00", apply="115,00", leave_credit="5,00"),
             sent_payment(amount="120.00", apply="115.00", leave_credit=True)),
    Act("void a payment", "/cobros/{payment}/anular/", "POST payments/{payment}/void/", REASON, REASON),
    own_form("pay by two methods", "/cobros/nuevo/", "POST receipts/",
             lambda world: typed_payment(amount="60,00", tendered="80,00")(world)
             | {"parts-TOTAL_FORMS": "1", "parts-INITIAL_FORMS": "0", "parts-0-method": world["method"],
                "parts-0-amount": "20,00", "parts-0-reference": "A1"},
             lambda world: {"customer": world["customer"],
                            "allocations": [{"invoice": world["invoice"], "amount": "60.00"}],
                            "parts": [{"method": world["method"], "amount": "40.00", "tendered": "80.00"},
                                      {"method": world["method"], "amount": "20.00", "reference": "A1"}]}),
    Act("void a receipt", "/cobros/recibos/{receipt}/anular/", "POST receipts/{receipt}/void/", REASON, REASON),
    own_form("give credit back", REFUND_FORM, "POST refunds/",
             lambda world: {"method": world["method"], "amount": "7,50", "reason": "Se muda"},
             lambda world: {"customer": world["rich_customer"], "method": world["method"], "amount": "7.50",
                            "reason": "Se muda"}),
    own_form("give back to who paid", "/cobros/devoluciones/nueva/?customer={customer}",
             "POST payments/{payment}/refund/",
             lambda world: {"method": world["method"], "amount": "7,50", "reason": "Se muda"},
             lambda world: {"method": world["method"], "amount": "7.50", "reason": "Se muda"}),
    Act("void a refund", "/cobros/devoluciones/{refund}/anular/", "POST refunds/{refund}/void/", REASON, REASON),
    Act("mail a statement", "/cobros/estado/{customer}/correo/?from=2026-11-01&to=2026-11-10",
        "POST customers/{customer}/statement/send-email/", given(recipients="uno@x.test"),
        given(recipients=["uno@x.test"], to="2026-11-10", **{"from": "2026-11-01"})),
    Act("apply credit", "/cobros/saldos/aplicar/{fresh}/", "POST invoices/{fresh}/apply-credit/",
        given(amount="50,00"), given(amount="50.00"), arrange=credit_for),
    own_form("book a court", "/reservas/nueva/", "POST reservations/",
             typed_booking("request"), sent_booking(confirm=False)),
    own_form("book and confirm", "/reservas/nueva/", "POST reservations/",
             typed_booking("confirm"), sent_booking(confirm=True)),
    own_form("book and charge", "/reservas/nueva/", "POST reservations/",
             typed_booking("charge"), sent_booking(confirm=True, charge=True)),
    own_form("change a booking", "/reservas/{reservation}/editar/", "PATCH reservations/{reservation}/",
             lambda world: {"notes": "Trae balón", "lines-0-product": world["product"], "lines-0-quantity": "1"},
             lambda world: {"notes": "Trae balón", "extras": [{"product": world["product"]}]}),
    Act("confirm a booking", "/reservas/{reservation}/confirmar/", "POST reservations/{reservation}/confirm/"),
    Act("check in", "/reservas/{confirmed}/llegada/", "POST reservations/{confirmed}/check-in/"),
    Act("complete a booking", "/reservas/{confirmed}/completar/", "POST reservations/{confirmed}/complete/",
        arrange=step("check_in")),
    Act("note a no-show", "/reservas/{confirmed}/no-asistio/", "POST reservations/{confirmed}/no-show/"),
    own_form("hold a slot", "/reservas/nueva/", "POST reservations/hold/", typed_slot, sent_slot),
    own_form("book what was held", "/reservas/{held_slot}/reservar/", "POST reservations/{held_slot}/take/",
             lambda world: {"customer": world["customer"], "notes": "Trae red", "then": "confirm",
                            "customer_name": "", "customer_phone": ""},
             lambda world: {"customer": world["customer"], "notes": "Trae red", "confirm": True}),
    own_form("move a booking", "/reservas/{confirmed}/mover/", "POST reservations/{confirmed}/move/",
             given(day="2026-11-17", starts="15:00"),
             lambda world: {"resource": world["court"], "starts_at": at("39:00").isoformat()}),
    own_form("agree on a price", "/reservas/{confirmed}/precio/", "POST reservations/{confirmed}/price/",
             given(total="18,50", reason="Cliente de años"), given(total="18.50", reason="Cliente de años")),
    own_form("take a deposit", "/reservas/{confirmed}/deposito/", "POST reservations/{confirmed}/deposit/",
             lambda world: {"method": world["method"], "amount": "5,00"},
             lambda world: {"method": world["method"], "amount": "5.00"}),
    Act("let go of a deposit", "/reservas/{confirmed}/liberar-deposito/",
        "POST reservations/{confirmed}/release-deposit/", REASON, REASON, arrange=with_deposit),
    Act("cancel and waive the fee", "/reservas/{confirmed}/cancelar/", "POST reservations/{confirmed}/cancel/",
        given(reason="Llueve", waive="Fue la lluvia"), given(reason="Llueve", waive="Fue la lluvia")),
    own_form("block a court", "/reservas/bloqueos/nuevo/", "POST blackouts/",
             lambda world: {"court": world["court"], "first_day": "2026-11-17", "starts": "12:00",
                            "last_day": "2026-11-17", "ends": "14:00", "reason": "Torneo"},
             lambda world: {"resource": world["court"], "starts_at": at("36:00").isoformat(),
                            "ends_at": at("38:00").isoformat(), "reason": "Torneo"}),
    Act("take a blackout back", "/reservas/bloqueos/{blackout}/quitar/", "POST blackouts/{blackout}/cancel/"),
    own_form("add a holiday", "/reservas/feriados/nuevo/", "POST holidays/",
             given(day="2026-12-25", name="Navidad", closed="on"),
             given(day="2026-12-25", name="Navidad", closed=True)),
    own_form("change a holiday", "/reservas/feriados/{holiday}/", "PATCH holidays/{holiday}/",
             given(name="Nochebuena"), given(name="Nochebuena")),
    Act("remove a holiday", "/reservas/feriados/{holiday}/quitar/", "DELETE holidays/{holiday}/"),
    own_form("put rules in force", "/reservas/reglas/", "POST booking-policy/",
             given(hold_minutes="30", no_show_percent="50",
                   **{"lines-0-hours_before": "12", "lines-0-percent": "12,5"}),
             given(hold_minutes=30, no_show_percent="50", tiers=[{"hours_before": 12, "percent": "12.5"}])),
    Act("cancel a booking", "/reservas/{confirmed}/cancelar/", "POST reservations/{confirmed}/cancel/", REASON, REASON),
    Act("invoice a booking", "/reservas/{confirmed}/facturar/", "POST reservations/{confirmed}/invoice/"),
    own_form("charge a booking", "/reservas/{confirmed}/cobrar/", "POST reservations/{confirmed}/charge/",
             lambda world: {"method": world["method"], "amount": "20,00"},
             lambda world: {"method": world["method"], "amount": "20.00"}),
    own_form("divide an account", "/reservas/{confirmed}/dividir/", "POST reservations/{confirmed}/split/",
             lambda world: {"lines-0-customer": world["customer"], "lines-1-customer": world["lonely_customer"]},
             lambda world: {"shares": [{"customer": world["customer"]}, {"customer": world["lonely_customer"]}]}),
    Act("put an account back to one", "/reservas/{divided}/juntar/", "POST reservations/{divided}/join/"),
    own_form("charge a part", "/reservas/partes/{share}/cobrar/", "POST reservation-shares/{share}/charge/",
             lambda world: {"method": world["method"], "amount": "4,00"},
             lambda world: {"method": world["method"], "amount": "4.00"}),
    Act("invoice a part", "/reservas/partes/{share}/facturar/", "POST reservation-shares/{share}/invoice/"),
    Act("put bookings on one invoice", "/reservas/lista/facturar/", "POST reservations/group-invoice/",
        lambda world: {"pk": world["confirmed"]}, lambda world: {"reservations": [world["confirmed"]]}),
    own_form("begin a weekly booking", "/reservas/repetidas/nueva/", "POST repetitions/",
             lambda world: WEEKLY | {"court": world["court"], "customer": world["customer"], "book": "1"},
             lambda world: WEEKLY | {"resource": world["court"], "customer": world["customer"]}),
    own_form("change the rest of a weekly booking", "/reservas/repetidas/{repetition}/cambiar/",
             "POST repetitions/{repetition}/change/", given(starts="18:00"), given(starts="18:00")),
    Act("end a weekly booking", "/reservas/repetidas/{repetition}/terminar/", "POST repetitions/{repetition}/end/",
        REASON, REASON, form="/reservas/repetidas/{repetition}/terminar/"),
    own_form("put somebody on the waiting list", "/reservas/espera/nueva/", "POST waiting-list/",
             lambda world: {"court": world["court"], "name": "Rosa", "phone": "099", "day": "2026-11-17",
                            "starts": "18:00", "ends": "19:00"},
             lambda world: {"resource": world["court"], "name": "Rosa", "phone": "099",
                            "starts_at": "2026-11-17T18:00:00-05:00", "ends_at": "2026-11-17T19:00:00-05:00"}),
    own_form("book for who waits", "/reservas/espera/{waiting_entry}/reservar/",
             "POST waiting-list/{waiting_entry}/book/",
             lambda world: typed_booking("confirm")(world) | {"new_name": "", "customer_phone": ""},
             sent_booking(confirm=True)),
    Act("take somebody off the waiting list", "/reservas/espera/{waiting_entry}/retirar/",
        "POST waiting-list/{waiting_entry}/drop/"),
    own_form("open a venue", "/reservas/sedes/nueva/", "POST venues/",
             given(name="Norte", address="Quito", active="on"), given(name="Norte", address="Quito")),
    own_form("change a venue", "/reservas/sedes/{venue}/", "PATCH venues/{venue}/",
             given(address="Cumbayá"), given(address="Cumbayá")),
    own_form("change a court", "/reservas/canchas/{court}/", "PATCH resources/{court}/",
             given(detail="Techada"), given(detail="Techada", hours=EVERY_DAY)),
    Act("make a court's calendar", "/reservas/canchas/{court}/calendario/", "POST resources/{court}/calendar/"),
    Act("take a court's calendar back", "/reservas/canchas/{court}/calendario/quitar/",
        "DELETE resources/{court}/calendar/", arrange=lambda world: feeds.open_feed(world["court"], actor=SYSTEM)),
    own_form("add a court", "/reservas/canchas/nueva/?venue={venue}", "POST resources/",
             given(name="Pádel techado", slot_minutes="90", position="2", active="on"),
             lambda world: {"venue": world["venue"], "name": "Pádel techado", "slot_minutes": 90, "position": 2,
                            "hours": EVERY_DAY}),
    own_form("add a rate", "/reservas/tarifas/nueva/?venue={venue}", "POST rates/",
             lambda world: {"court": world["court"], "product": world["product"], "name": "Noche", "starts": "18:00",
                            "ends": "00:00", "unit_price": "30,00", "weekdays": ["4", "5"], "active": "on"},
             lambda world: {"venue": world["venue"], "resource": world["court"], "product": world["product"],
                            "name": "Noche", "starts": "18:00", "ends": "00:00", "unit_price": "30.00",
                            "weekdays": [4, 5]}),
    own_form("change a rate", "/reservas/tarifas/{rate}/", "PATCH rates/{rate}/",
             given(unit_price="22,50"), given(unit_price="22.50")),
    own_form("invite somebody", "/empresa/personas/invitar/", "POST invitations/",
             given(email="otra@prueba.test", name="Otra", role="billing"),
             given(email="otra@prueba.test", name="Otra", role="billing")),
    Act("send an invitation again", "/empresa/personas/invitaciones/{invitation}/reenviar/",
        "POST invitations/{invitation}/resend/"),
    Act("withdraw an invitation", "/empresa/personas/invitaciones/{invitation}/retirar/",
        "POST invitations/{invitation}/revoke/"),
    own_form("change a role", "/empresa/personas/{membership}/", "PATCH members/{membership}/",
             given(role="billing"), given(role="billing")),
    Act("end an access", "/empresa/personas/{membership}/retirar/", "POST members/{membership}/end-access/",
        given(revoke_keys="on"), given(revoke_keys=True)),
    own_form("make a key", "/empresa/claves/nueva/", "POST api-keys/",
             given(name="Tienda nueva", scopes=["billing.view"], expires_on="2027-01-31"),
             given(name="Tienda nueva", scopes=["billing.view"], expires_at="2027-02-01T00:00:00-05:00")),
    own_form("upload a certificate", "/empresa/sri/certificados/nuevo/", "POST certificates/",
             certificate_file(certs.PASSWORD), certificate_file(certs.PASSWORD)),
    Act("retire a certificate", "/empresa/sri/certificados/{certificate}/retirar/",
        "POST certificates/{certificate}/retire/"),
    Act("revoke a key", "/empresa/claves/{api_key}/revocar/", "POST api-keys/{api_key}/revoke/"),
    own_form("change the company", "/empresa/editar/", "PATCH company/",
             given(phone="02 222 2222", discount_limit="12,5"), given(phone="02 222 2222", discount_limit="12.5")),
]  # fmt: skip

REFUSALS = [
    own_form("a customer who is there", "/clientes/nuevo/", "POST customers/",
             given(identification_type="06", identification="P-77", name="Otro"),
             given(identification_type="06", identification="P-77", name="Otro"), code="customer_exists",
             arrange=lambda world: Customer.objects.create(
                 identification_type="06", identification="P-77", name="Antes")),
    own_form("an identification of the wrong shape", "/clientes/nuevo/", "POST customers/",
             given(identification_type="04", identification="123", name="Otro"),
             given(identification_type="04", identification="123", name="Otro"), code="identification_invalid"),
    Act("joining a customer with itself", "/clientes/{customer}/unir/?other={customer}",
        "POST customers/{customer}/merge/", nothing, lambda world: {"other": world["customer"]}, code="same_customer"),
    Act("applying an import twice", "/importaciones/{applied_import}/aplicar/",
        "POST imports/{applied_import}/apply/", code="import_applied"),
    Act("taking back what was not applied", "/importaciones/{import}/deshacer/", "POST imports/{import}/undo/",
        code="import_not_applied"),
    Act("taking one column for two", "/importaciones/{import}/columnas/", "POST imports/{import}/columns/",
        given(**{"heading-0": "nombre", "heading-1": "nombre", "heading-2": ""}),
        given(columns={"identificacion": "nombre", "nombre": "nombre"}), code="columns_invalid"),
    Act("hiding who owes", "/clientes/{customer}/retirar/", "DELETE customers/{customer}/", code="customer_owes"),
    own_form("an edit of an older version", "/clientes/{customer}/editar/", "PATCH customers/{customer}/",
             given(phone="1", version="7"), given(phone="1"), code="stale_version",
             options={"If_Match": '"7"'}),
    own_form("a price of nothing", "/productos/nuevo/", "POST products/",
             given(**PRODUCT, unit_price="0"), given(**PRODUCT, unit_price="0"), code="price_not_positive"),
    own_form("a series twice", "/empresa/series/nueva/", "POST receipt-books/",
             lambda world: {"emission_point": world["point"]}, lambda world: {"emission_point": world["point"]},
             code="already_exists"),
    own_form("too much at the counter to somebody unknown", "/venta/", "POST quick-sales/",
             lambda world: {"charge": "1", "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0",
                            "lines-0-product": world["product"], "lines-0-quantity": "99", "method": world["method"]},
             lambda world: {"lines": [{"product": world["product"], "quantity": 99}], "method": world["method"]},
             role="cashier", code="final_consumer_limit"),
    own_form("closing the future", "/empresa/cierres/cerrar/", "POST period-closes/",
             given(closed_until="2027-10-31", reason="x"), given(closed_until="2027-10-31", reason="x"),
             code="date_in_future"),
    own_form("reopening to no earlier day", "/empresa/cierres/reabrir/", "POST period-closes/reopen/",
             given(closed_until="2026-10-31", reason="x"), given(closed_until="2026-10-31", reason="x"),
             code="day_not_earlier"),
    Act("voiding what a closed month holds", "/facturas/{invoice}/anular/", "POST invoices/{invoice}/void/",
        REASON, REASON, code="period_closed",
        arrange=lambda world: closing.close(clock.today(), reason="x", actor=SYSTEM)),
    own_form("a limit below what is used", "/empresa/series/{series}/", "PATCH receipt-books/{series}/",
             given(limit_number="1"), given(limit_number=1), code="limit_below_last"),
    own_form("a line of nothing", "/facturas/nueva/", "POST invoices/",
             lambda world: typed_invoice(world) | {"lines-0-quantity": "0"},
             lambda world: sent_invoice(world) | {"lines": [{"product": world["product"], "quantity": 0}]},
             code="quantity_not_positive"),
    own_form("a discount above what there is", "/facturas/nueva/", "POST invoices/",
             lambda world: typed_invoice(world) | {"discount": "9.999,00"},
             lambda world: sent_invoice(world) | {"discount": "9999.00"}, code="document_discount_above_lines"),
    own_form("a discount above the limit", "/facturas/nueva/", "POST invoices/",
             lambda world: typed_invoice(world) | {"lines-0-discount": "60"},
             lambda world: sent_invoice(world) | {
                 "lines": [sent_invoice(world)["lines"][0] | {"discount_percent": 60}]},
             code="discount_above_limit", role="billing", arrange=lambda world: limited()),
    own_form("a billable that is on a draft", "/facturas/nueva/", "POST invoices/", typed_invoice, sent_invoice,
             code="billable_drafted", arrange=drafted_billable),
    Act("putting back who is not hidden", "/clientes/{customer}/restaurar/", "POST customers/{customer}/restore/",
        code="customer_not_hidden"),
    Act("putting back whose identification was taken", "/clientes/{hidden_customer}/restaurar/",
        "POST customers/{hidden_customer}/restore/", code="customer_exists", arrange=hidden_and_replaced),
    Act("putting back what is not hidden", "/productos/{product}/restaurar/", "POST products/{product}/restore/",
        code="product_not_hidden"),
    Act("an empty note", "/notas/sobre/customer/{customer}/agregar/", "POST comments/", given(text=" "),
        lambda world: {"object_type": "customer", "object_id": world["customer"], "text": "\u200b "},
        code="comment_empty"),
    Act("taking back a colleague's note", "/notas/{comment}/retirar/", "POST comments/{comment}/withdraw/",
        role="cashier", code="not_your_comment"),
    Act("taking off a colleague's file", "/adjuntos/{attachment}/retirar/", "POST attachments/{attachment}/withdraw/",
        role="cashier", code="not_your_attachment"),
    Act("issuing twice", "/facturas/{invoice}/emitir/", "POST invoices/{invoice}/issue/", code="already_issued"),
    Act("issuing what was changed meanwhile", "/facturas/{draft}/emitir/", "POST invoices/{draft}/issue/",
        given(version="7"), code="stale_version", options={"If_Match": '"7"'}),
    Act("too much to somebody unknown", "/facturas/{draft}/emitir/", "POST invoices/{draft}/issue/",
        code="final_consumer_limit", arrange=with_final_consumer_draft),
    Act("issuing without permission", "/facturas/{draft}/emitir/", "POST invoices/{draft}/issue/", role="cashier",
        code="permission_denied"),
    Act("issuing more than bookings at the front desk", "/facturas/{draft}/emitir/", "POST invoices/{draft}/issue/",
        role="frontdesk", code="permission_denied"),
    Act("discarding what is issued", "/facturas/{invoice}/descartar/", "DELETE invoices/{invoice}/",
        code="not_a_draft"),
    Act("sending again what SRI authorized", "/documentos/{authorized}/sri/reenviar/",
        "POST invoices/{authorized}/retry/", code="already_authorized"),
    Act("sending again what is held up", "/documentos/{held}/sri/reenviar/", "POST invoices/{held}/retry/",
        code="queue_paused"),
    Act("asking SRI about what never goes there", "/documentos/{invoice}/sri/consultar/",
        "POST invoices/{invoice}/check/", code="not_electronic"),
    Act("correcting what SRI has not refused", "/documentos/{waiting}/sri/corregir/",
        "POST invoices/{waiting}/correct/", code="not_rejected"),
    Act("correcting what was changed meanwhile", "/documentos/{refused}/sri/corregir/",
        "POST invoices/{refused}/correct/", given(version="7000"), code="stale_version",
        options={"If_Match": '"7000"'}),
    Act("replacing what SRI has not refused", "/documentos/{waiting}/sri/reemplazar/",
        "POST invoices/{waiting}/replace/", REASON, REASON, code="not_rejected"),
    Act("replacing without permission", "/documentos/{refused}/sri/reemplazar/",
        "POST invoices/{refused}/replace/", REASON, REASON, role="cashier", code="permission_denied"),
    Act("voiding twice", "/facturas/{voided}/anular/", "POST invoices/{voided}/void/", REASON, REASON,
        code="already_voided"),
    Act("voiding what is paid", "/facturas/{invoice}/anular/", "POST invoices/{invoice}/void/",
        given(reason="Error", money="credit"), given(reason="Error"), code="already_paid", arrange=paid_in_full),
    Act("cancelling a billable that is on a draft", "/pendientes/{billable}/cancelar/",
        "DELETE billables/{billable}/?reason=Error", REASON, code="billable_drafted", arrange=drafted_billable),
    Act("taking back what was not cancelled", "/pendientes/{billable}/restaurar/",
        "POST billables/{billable}/restore/", code="billable_not_cancelled"),
    Act("mailing a draft", "/facturas/{draft}/correo/", "POST invoices/{draft}/send-email/",
        given(recipients="uno@x.test"), given(recipients=["uno@x.test"]), code="not_issued"),
    Act("mailing to what is no address", "/facturas/{invoice}/correo/", "POST invoices/{invoice}/send-email/",
        given(recipients="uno"), given(recipients=["uno"]), code="email_invalid"),
    Act("mailing without permission", "/facturas/{invoice}/correo/", "POST invoices/{invoice}/send-email/",
        given(recipients="uno@x.test"), given(recipients=["uno@x.test"]), role="cashier", code="permission_denied"),
    own_form("crediting more than there is", NOTE_FORM, "POST credit-notes/",
             given(mode="amount", amount="115,01", motive="Error"),
             lambda world: {"invoice": world["invoice"], "mode": "amount", "amount": "115.01", "motive": "Error"},
             code="above_remainder"),
    own_form("crediting without saying why", NOTE_FORM, "POST credit-notes/", given(motive=" "),
             lambda world: {"invoice": world["invoice"], "motive": " "}, code="motive_required"),
    own_form("crediting no line", NOTE_FORM, "POST credit-notes/", given(mode="lines", motive="Error"),
             lambda world: {"invoice": world["invoice"], "mode": "lines", "motive": "Error"}, code="no_lines"),
    Act("crediting what is voided", "/facturas/{voided}/nota-de-credito/", "POST credit-notes/",
        given(motive="Error"), lambda world: {"invoice": world["voided"], "motive": "Error"}, code="invoice_voided"),
    Act("crediting a draft", "/facturas/{draft}/nota-de-credito/", "POST credit-notes/",
        given(motive="Error"), lambda world: {"invoice": world["draft"], "motive": "Error"}, code="not_issued"),
    Act("crediting without permission", NOTE_FORM, "POST credit-notes/", given(motive="Error"),
        lambda world: {"invoice": world["invoice"], "motive": "Error"}, role="cashier", code="permission_denied"),
    Act("issuing a note twice", "/notas-de-credito/{note}/emitir/", "POST credit-notes/{note}/issue/",
        code="already_issued"),
    Act("issuing a note for what is gone", "/notas-de-credito/{draft_note}/emitir/",
        "POST credit-notes/{draft_note}/issue/", code="above_remainder", arrange=all_credited),
    Act("discarding a note that is issued", "/notas-de-credito/{note}/descartar/", "DELETE credit-notes/{note}/",
        code="not_a_draft"),
    Act("voiding a draft of a note", "/notas-de-credito/{draft_note}/anular/", "POST credit-notes/{draft_note}/void/",
        REASON, REASON, code="not_issued"),
    Act("voiding an invoice that has notes", "/facturas/{credited}/anular/", "POST invoices/{credited}/void/",
        given(reason="Error", money="credit"), given(reason="Error"), code="has_credit_notes"),
    Act("stopping a task that is done", "/tareas/{done_task}/detener/", "POST jobs/{done_task}/cancel/",
        code="task_finished"),
    Act("a zip of nothing", "/tareas/nueva/billing:invoices/download/", "POST invoices/bulk/", given(pk=[]),
        given(action="download", ids=[]), code="nothing_selected"),
    Act("mailing no notes", "/tareas/nueva/billing:credit_notes/mail/", "POST credit-notes/bulk/", given(pk=[]),
        given(action="mail", ids=[]), code="nothing_selected"),
    own_form("paying more than is owed", "/cobros/nuevo/", "POST payments/",
             typed_payment(amount="120,00"), sent_payment(amount="120.00"), code="overpayment"),
    own_form("paying with a date to come", "/cobros/nuevo/", "POST payments/",
             typed_payment(amount="10,00", paid_on="2030-01-01"), sent_payment(amount="10.00", paid_on="2030-01-01"),
             code="date_in_future"),
    own_form("applying more than came in", "/cobros/nuevo/", "POST payments/",
             typed_payment(amount="10,00", apply="20,00"), sent_payment(amount="10.00", apply="20.00"),
             code="allocated_more_than_paid"),
    own_form("giving back more than there is", REFUND_FORM, "POST refunds/",
             lambda world: {"method": world["method"], "amount": "15,01", "reason": "Se muda"},
             lambda world: {"customer": world["rich_customer"], "method": world["method"], "amount": "15.01",
                            "reason": "Se muda"}, code="credit_insufficient"),
    own_form("change for less than was received", "/cobros/nuevo/", "POST payments/",
             typed_payment(amount="10,00", tendered="9,99"), sent_payment(amount="10.00", tendered="9.99"),
             code="tendered_too_little"),
    Act("voiding a refund twice", "/cobros/devoluciones/{refund}/anular/", "POST refunds/{refund}/void/", REASON,
        REASON, code="already_voided",
        arrange=lambda world: refunds.void(world["refund"], reason="Error", actor=SYSTEM)),
    Act("voiding a receipt twice", "/cobros/recibos/{receipt}/anular/", "POST receipts/{receipt}/void/", REASON,
        REASON, code="already_voided", arrange=voided_payment),
    Act("voiding a payment twice", "/cobros/{payment}/anular/", "POST payments/{payment}/void/", REASON, REASON,
        code="already_voided", arrange=voided_payment),
    Act("a cashier voiding another's payment", "/cobros/{payment}/anular/", "POST payments/{payment}/void/", REASON,
        REASON, role="cashier", code="permission_denied", arrange=own_payment),
    Act("more credit than there is", "/cobros/saldos/aplicar/{fresh}/", "POST invoices/{fresh}/apply-credit/",
        given(amount="115,01"), given(amount="115.01"), code="overpayment", arrange=credit_for),
    own_form("a slot somebody has", "/reservas/nueva/", "POST reservations/", typed_booking("confirm"),
             sent_booking(confirm=True), code="slot_taken", arrange=taken_slot),
    own_form("a slot that is blocked", "/reservas/nueva/", "POST reservations/hold/", typed_slot, sent_slot,
             code="blacked_out", arrange=lambda world: closures.add_blackout(
                 starts_at=at("15:00"), ends_at=at("16:00"), reason="Torneo", actor=SYSTEM)),
    own_form("a slot on a closed holiday", "/reservas/nueva/", "POST reservations/", typed_booking("confirm"),
             sent_booking(confirm=True), code="closed_for_holiday", arrange=lambda world: closures.add_holiday(
                 day=MONDAY, name="Feriado", closed=True, actor=SYSTEM)),
    own_form("moving to a slot somebody has", "/reservas/{confirmed}/mover/", "POST reservations/{confirmed}/move/",
             given(starts="15:00"),
             lambda world: {"resource": world["court"], "starts_at": at("15:00").isoformat()},
             code="slot_taken", arrange=taken_slot),
    own_form("another price of what is on a document", "/reservas/{confirmed}/precio/",
             "POST reservations/{confirmed}/price/", given(total="1", reason="x"), given(total="1", reason="x"),
             code="price_is_invoiced", arrange=step("invoice")),
    own_form("a deposit above the price", "/reservas/{confirmed}/deposito/", "POST reservations/{confirmed}/deposit/",
             lambda world: {"method": world["method"], "amount": "20,01"},
             lambda world: {"method": world["method"], "amount": "20.01"}, code="deposit_exceeds_price"),
    Act("letting go of no deposit", "/reservas/{confirmed}/liberar-deposito/",
        "POST reservations/{confirmed}/release-deposit/", REASON, REASON, code="no_deposit"),
    own_form("taking what is not held", "/reservas/{reservation}/reservar/", "POST reservations/{reservation}/take/",
             given(then="request"), nothing, code="reservation_requested"),
    Act("taking a blackout back twice", "/reservas/bloqueos/{blackout}/quitar/", "POST blackouts/{blackout}/cancel/",
        code="already_cancelled",
        arrange=lambda world: closures.cancel_blackout(world["blackout"], actor=SYSTEM)),
    own_form("a holiday twice", "/reservas/feriados/nuevo/", "POST holidays/",
             given(day="2026-12-24", name="Otro"), given(day="2026-12-24", name="Otro"), code="already_exists"),
    own_form("a fee above the price", "/reservas/reglas/", "POST booking-policy/",
             given(no_show_percent="100,01"), given(no_show_percent="100.01"), code="percent_out_of_range"),
    Act("waiving a fee without permission", "/reservas/{confirmed}/cancelar/", "POST reservations/{confirmed}/cancel/",
        given(reason="Llueve", waive="x"), given(reason="Llueve", waive="x"), role="frontdesk",
        code="permission_denied"),
    Act("dividing what is requested", "/reservas/{reservation}/dividir/", "POST reservations/{reservation}/split/",
        lambda world: {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-customer": world["customer"]},
        lambda world: {"shares": [{"customer": world["customer"]}]}, code="reservation_requested"),
    Act("taking off who left", "/reservas/espera/{waiting_entry}/retirar/",
        "POST waiting-list/{waiting_entry}/drop/", code="waiting_dropped",
        arrange=lambda world: waiting.drop(world["waiting_entry"], actor=SYSTEM)),
    Act("confirming twice", "/reservas/{confirmed}/confirmar/", "POST reservations/{confirmed}/confirm/",
        code="reservation_confirmed"),
    Act("checking in what was cancelled", "/reservas/{confirmed}/llegada/", "POST reservations/{confirmed}/check-in/",
        code="reservation_cancelled", arrange=step("cancel")),
    Act("taking back a calendar that is not there", "/reservas/canchas/{court}/calendario/quitar/",
        "DELETE resources/{court}/calendar/", code="no_feed"),
    Act("making a calendar without permission", "/reservas/canchas/{court}/calendario/",
        "POST resources/{court}/calendar/", role="frontdesk", code="permission_denied"),
    own_form("a certificate under another password", "/empresa/sri/certificados/nuevo/", "POST certificates/",
             certificate_file("otra"), certificate_file("otra"), code="p12_password_wrong"),
    own_form("inviting who is there", "/empresa/personas/invitar/", "POST invitations/",
             lambda world: {"email": world.owner.email, "name": "Yo", "role": "billing"},
             lambda world: {"email": world.owner.email, "name": "Yo", "role": "billing"}, code="already_member"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _at_work(db):
    with at_work():
        yield


@pytest.fixture
def world(db, request) -> World:
    made = make_world()
    with made.inside():
        request.getfixturevalue("act").arrange(made)
    return made


def through_page(act: Act, world: World, user: Any) -> Any:
    """Do it as a person does, in a browser."""
    client, path = world.client(user), act.page.format_map(world.ids)
    typed = act.typed(world)
    sent = filled(client, act.form.format_map(world.ids), typed) if act.form else typed
    return client.post(path, sent)


def through_api(act: Act, world: World, user: Any) -> Any:
    """Do it as a program does."""
    api = Api(user)
    method, path = act.api.format_map(world.ids).split(" ")
    call = getattr(api, method.lower())
    call(path, **act.options) if method == "DELETE" else call(path, act.body(world), **act.options)
    return api.last


def _text(effect: dict[str, Any]) -> str:
    """Write an effect line by line, so that a difference is seen."""
    return json.dumps(effect, indent=1, sort_keys=True, ensure_ascii=False)


def _user(act: Act, world: World) -> Any:
    return world.owner if act.role == "owner" else world.person(act.role)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_both_doors_leave_the_same_rows(act, world):
    user, before = _user(act, world), rows()
    with undone():
        page = through_page(act, world, user)
        assert page.status_code == 302, errors_of(page)
        by_page = effect(before, rows())
    api = through_api(act, world, user)
    assert api.status_code < 300, api.content.decode()
    by_api = effect(before, rows())
    assert by_page
    assert _text(by_api) == _text(by_page)


@pytest.mark.parametrize("act", REFUSALS, ids=lambda act: act.name)
def test_both_doors_give_the_same_refusal_and_change_nothing(act, world):
    user = _user(act, world)
    before = rows()
    page, api = through_page(act, world, user), through_api(act, world, user)
    assert effect(before, rows()) == {}
    assert page.refusal == api.refusal
    assert (api.json()["code"], api.json()["detail"]) == api.refusal
    assert page.status_code == api.status_code
    assert api.refusal[0] == act.code
