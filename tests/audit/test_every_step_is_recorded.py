"""Each workflow function leaves one entry for each object it changes (law 8): the whole table.

A new public function of a workflow that takes an `actor` is missed here until it has a row.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from importlib import import_module
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max
from django.utils.module_loading import import_string
from PIL import Image

from audit.models import AuditEntry
from audit.queries import verify
from billing import billables, closing, customer_kinds, customers, letters, line_templates, products, workflow
from billing import series as series_setup
from billing.drafts import DraftInput
from billing.line_templates import TemplateInput
from billing.models import Billable, Document, EmissionPoint, Establishment, Letter, Series
from companies import api_keys, invitations, members
from companies import workflow as companies
from companies.models import ApiKey, Company, Invitation, Membership
from core import clock
from core.tenancy import all_companies, current_company_id
from desk import attachments, comments, imports, saved, tasks
from desk.models import Attachment, Mention, SavedView
from payments import refunds
from payments import workflow as payments
from payments.allocation import Allocation
from payments.models import Payment, PaymentMethod
from payments.quick_sale import SaleInput, SaleLine
from reservations import closures, deposits, feeds, invoicing, policies, repeating, splitting, waiting
from reservations import workflow as bookings
from reservations.holding import HoldInput, TakeInput
from reservations.models import Share
from reservations.plan import RepeatInput
from sri import workflow as certificates
from sri.models import Certificate
from tests import factories as make
from tests.factories import SYSTEM, line, own_company, pay
from tests.notes import WHOLE, draft_note, issue_note, make_note_series
from tests.reservations import factories as courts
from tests.sri import certs

MODULES = (
    "billing.workflow",
    "billing.billables",
    "billing.closing",
    "billing.customer_kinds",
    "billing.line_templates",
    "billing.customers",
    "billing.letters",
    "billing.merging",
    "billing.notes",
    "billing.products",
    "billing.public",
    "billing.restoring",
    "billing.series",
    "companies.api_keys",
    "companies.invitations",
    "companies.members",
    "companies.workflow",
    "desk.attachments",
    "desk.comments",
    "desk.imports",
    "desk.saved",
    "desk.tasks",
    "payments.methods",
    "payments.quick_sale",
    "payments.refunds",
    "payments.workflow",
    "reservations.closures",
    "reservations.deposits",
    "reservations.feeds",
    "reservations.grouping",
    "reservations.holding",
    "reservations.moving",
    "reservations.policies",
    "reservations.repeating",
    "reservations.setup",
    "reservations.splitting",
    "reservations.vacancies",
    "reservations.waiting",
    "reservations.workflow",
    "sri.workflow",
)

# Parts of a step, called with rows that another step holds locked: told in that step's row.
PARTS = {
    "billing.workflow.void_once_asked",
    "billing.billables.put_on",
    "billing.billables.mark_invoiced",
    "billing.billables.offer_again",
    "billing.billables.take_off",
    "billing.billables.withdraw",
    "companies.api_keys.end",
    "companies.workflow.open_here",
    "reservations.deposits.let_go",
    "reservations.deposits.let_go_at_end",
    "reservations.deposits.let_go_when_invoiced",
    "reservations.splitting.resplit",
    "reservations.vacancies.offer",
    "reservations.workflow.ask_for_slot",
    "reservations.workflow.promise",
}
READS = {
    "companies.members.own",
    "desk.saved.may_change",
    "desk.saved.offered",
    "desk.tasks.see",
    "payments.quick_sale.preview",
    "billing.notes.preview",
    "billing.workflow.preview",
    "reservations.repeating.preview",
    "reservations.splitting.preview",
    "reservations.workflow.preview",
    "desk.comments.panel",
    "desk.comments.unread",
    "payments.workflow.check_receipt_voidable",
    "payments.workflow.check_voidable",
    "sri.workflow.check",
}

OWNER = make.actor()


@dataclass(frozen=True)
class Given:
    """What a step is called with; its actor is SYSTEM unless given."""

    args: tuple[Any, ...]
    options: dict[str, Any]


def given(*args: Any, **options: Any) -> Given:
    return Given(args, {"actor": SYSTEM} | options)


Row = tuple[str, tuple[str, ...], Callable[[], Given]]
TABLE: list[Row] = []


def leaves(function: str, *actions: str) -> Callable[[Callable[[], Given]], None]:
    """Say which entries a function leaves, in order; what follows prepares its call."""
    return lambda prepare: TABLE.append((function, actions, prepare))


# What steps are carried out on


def offered() -> Billable:
    lesson = billables.OfferedLine("Clase", Decimal(1), Decimal(50), price_includes_tax=False, tax_category="general")
    return billables.offer(**offer(lines=[lesson]), actor=SYSTEM)


def offer(**values: Any) -> dict[str, Any]:
    source = {"source_type": "lesson", "source_id": 1, "source_label": "Clase 1", "key": "1"}
    said = {"customer_id": customer(), "description": "Clase de tenis", "service_date": clock.today()}
    return source | said | values


def draft_of(billable: Billable) -> DraftInput:
    return DraftInput(customer_id=billable.customer_id, billable_ids=(billable.pk,))


def drafted() -> Document:
    return workflow.draft(draft_of(offered()), actor=SYSTEM)


def reachable() -> Document:
    return make.make_invoice(customer_id=make.make_customer(email="uno@x.test").pk)


def mailed() -> Letter:
    return letters.send_again(make.make_invoice().pk, recipients=["uno@x.test"], actor=SYSTEM)


def closed() -> None:
    closing.close(clock.today(), reason="Declarado", actor=SYSTEM)


def customer() -> int:
    return make.make_customer().pk


def paid(amount: str, *allocations: tuple[Document, str]) -> payments.PaymentInput:
    return payments.PaymentInput(
        customer_id=allocations[0][0].customer_id,
        method_id=PaymentMethod.objects.get().pk,
        amount=Decimal(amount),
        allocations=tuple(Allocation(document.pk, Decimal(part)) for document, part in allocations),
        leave_credit=True,
    )


def overpaid() -> Payment:
    return payments.record(paid("120.00", (make.make_invoice(), "115.00")), actor=SYSTEM)


def confirmed(*hours: str) -> int:
    return courts.confirmed(None, *hours).pk


def the_company() -> Company:
    return Company.objects.get(pk=current_company_id())


def member(role: str = "billing") -> Membership:
    make.make_user(the_company(), "owner")
    return Membership.objects.get(user=make.make_user(the_company(), role))


def key(**values: Any) -> ApiKey:
    return api_keys.create(**({"name": "Tienda", "scopes": ["billing.view"], "actor": OWNER} | values)).key


def certificate() -> Certificate:
    return certificates.add_certificate(certs.spare_p12(), certs.PASSWORD, ruc=the_company().ruc, actor=SYSTEM)


def invited(email: str = "nuevo@prueba.test") -> Invitation:
    return invitations.invite(email=email, name="Nuevo", role="billing", actor=OWNER)


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (60, 60), "red").save(out, "PNG")
    return out.getvalue()


# Documents

leaves("billing.workflow.draft", "billable.drafted", "invoice.created")(lambda: given(draft_of(offered())))
leaves("billing.workflow.issue", "billable.invoiced", "invoice.issued")(lambda: given(drafted().pk))
leaves("billing.workflow.discard", "billable.waiting", "invoice.discarded")(lambda: given(drafted().pk))
leaves("billing.workflow.duplicate", "invoice.created")(lambda: given(make.make_invoice().pk))
leaves("billing.letters.send_again", "letter.requested")(
    lambda: given(make.make_invoice().pk, recipients=["uno@x.test"])
)
leaves("billing.letters.send_statement", "letter.requested")(
    lambda: given(make.make_customer(email="a@b.test").pk, since=None, until=clock.today())
)
leaves("billing.letters.repeat", "letter.requested")(lambda: given(mailed().pk))
leaves("billing.public.revoke", "public_link.revoked")(lambda: given(make.make_invoice().pk))
leaves("billing.public.renew", "public_link.revoked", "public_link.opened")(lambda: given(make.make_invoice().pk))
leaves(
    "payments.quick_sale.sell",
    "invoice.created",
    "invoice.issued",
    "invoice.paid",
    "receipt.issued",
    "payment.confirmed",
)(lambda: given(SaleInput((SaleLine(make.make_product().pk, Decimal(1)),), PaymentMethod.objects.get().pk)))
leaves("billing.customer_kinds.create", "customer_kind.created")(lambda: given({"name": "Socio"}))
leaves("billing.customer_kinds.update", "customer_kind.updated")(
    lambda: given(customer_kinds.create({"name": "Socio"}, actor=SYSTEM).pk, {"name": "Convenio"})
)
leaves("billing.line_templates.create", "line_template.created")(lambda: given(TemplateInput("Mes", (line(),))))
leaves("billing.line_templates.keep", "line_template.created")(lambda: given(make.make_invoice().pk, "Como esa"))
leaves("billing.line_templates.update", "line_template.updated")(
    lambda: given(
        line_templates.create(TemplateInput("Mes", (line(),)), actor=SYSTEM).pk, TemplateInput("Año", (line(),))
    )
)
leaves("billing.closing.close", "period.closed")(lambda: given(clock.today(), reason="Declarado"))
leaves("billing.closing.reopen", "period.reopened")(lambda: given(closed(), reason="Faltaba una"))
leaves("billing.billables.cancel", "billable.cancelled")(lambda: given(offered().pk, reason="No fue"))
leaves("billing.restoring.restore_billable", "billable.offered", "billable.restored")(
    lambda: given(billables.cancel(offered().pk, reason="No fue", actor=SYSTEM).pk)
)


@leaves("billing.billables.offer", "billable.offered")
def _() -> Given:
    lesson = billables.OfferedLine("Clase", Decimal(1), Decimal(50), price_includes_tax=True, tax_category="zero")
    return given(**offer(lines=[lesson]))


@leaves("billing.workflow.update_draft", "billable.waiting", "invoice.updated")
def _() -> Given:
    document = drafted()
    return given(document.pk, DraftInput(customer_id=document.customer_id, lines=(line(),)))


@leaves(
    "billing.workflow.void",
    "invoice.balance_changed",
    "customer_credit.granted",
    "billable.waiting",
    "invoice.voided",
)
def _() -> Given:
    document = workflow.issue(drafted().pk, actor=SYSTEM)
    pay(document, "10.00")
    return given(document.pk, reason="Error")


@leaves("billing.workflow.void", "invoice.balance_changed", "payment.voided", "receipt.voided", "invoice.voided")
def _() -> Given:
    document = make.make_invoice()
    pay(document, "15.00")
    return given(document.pk, reason="Error", void_payments=True)


@leaves("billing.letters.request", "letter.requested")
def _() -> Given:
    document = reachable()
    Company.objects.filter(pk=current_company_id()).update(mails_documents=True)
    return given(document)


@leaves("billing.letters.request_receipt", "letter.requested")
def _() -> Given:
    document = reachable()
    payment = pay(document, "1.00")
    Company.objects.filter(pk=current_company_id()).update(mails_receipts=True)
    return given(document.customer, payment.pk)


# Credit notes


def creditable() -> Document:
    make_note_series()
    return make.make_invoice()


@leaves("billing.notes.draft_and_issue", "credit_note.created", "customer_credit.granted", "invoice.credited",
        "credit_note.issued")  # fmt: skip
def _() -> Given:
    invoice = creditable()
    pay(invoice, "115.00")
    return given(invoice.pk, WHOLE)


leaves("billing.notes.draft", "credit_note.created")(lambda: given(creditable().pk, WHOLE))
leaves("billing.notes.issue", "invoice.credited", "credit_note.issued")(lambda: given(draft_note(creditable()).pk))
leaves("billing.notes.discard", "credit_note.discarded")(lambda: given(draft_note(creditable()).pk))


@leaves("billing.notes.void", "customer_credit.applied", "invoice.uncredited", "credit_note.voided")
def _() -> Given:
    invoice = creditable()
    pay(invoice, "115.00")
    return given(issue_note(invoice).pk, reason="Error")


# Customers, products, series

PERSON = {"identification_type": "06", "identification": "P-1", "name": "Ana Vera"}
PRODUCT = {"code": "P1", "name": "Agua", "unit_price": Decimal("1.00"), "tax_category": "general"}
PLACE = {"code": "002", "name": "Norte", "address": "Ibarra"}

leaves("billing.customers.create", "customer.created")(lambda: given(PERSON))
leaves("billing.customers.update", "customer.updated")(lambda: given(customer(), {"name": "Ana"}))
leaves("billing.customers.hide", "customer.hidden")(lambda: given(customer()))
leaves("billing.restoring.restore_customer", "customer.restored")(
    lambda: given(customers.hide(customer(), actor=SYSTEM).pk)
)
leaves("billing.restoring.restore_product", "product.restored")(
    lambda: given(products.hide(make.make_product().pk, actor=SYSTEM).pk)
)
leaves("billing.restoring.restore_draft", "billable.drafted", "invoice.restored")(
    lambda: given(workflow.discard(drafted().pk, actor=SYSTEM).pk)
)
leaves("billing.products.create", "product.created")(lambda: given(PRODUCT))
leaves("billing.products.update", "product.updated")(lambda: given(make.make_product().pk, {"name": "Té"}))
leaves("billing.products.hide", "product.hidden")(lambda: given(make.make_product().pk))
leaves("billing.series.add_establishment", "establishment.created")(lambda: given(**PLACE))
leaves("billing.series.update_establishment", "establishment.updated")(
    lambda: given(Establishment.objects.get().pk, {"name": "Sur"})
)
leaves("billing.series.add_emission_point", "emission_point.created")(
    lambda: given(establishment_id=Establishment.objects.get().pk, code="002")
)
leaves("billing.series.update_emission_point", "emission_point.updated")(
    lambda: given(EmissionPoint.objects.get().pk, {"name": "Caja"})
)
leaves("billing.series.update_series", "series.updated")(lambda: given(Series.objects.get().pk, {"limit_number": 500}))


@leaves("billing.series.add_series", "series.created")
def _() -> Given:
    place = Establishment.objects.get().pk
    point = series_setup.add_emission_point(establishment_id=place, code="002", actor=SYSTEM)
    return given(emission_point_id=point.pk)


# Notes and files

CLERK = "Ana Vera"


def colleague() -> Any:
    return make.make_user(the_company(), "billing", name=CLERK)


def writer() -> Any:
    return replace(SYSTEM, user_id=make.make_user(the_company(), "billing").pk)


def attached(by: Any) -> Attachment:
    return attachments.add("customer", customer(), "a.pdf", b"%PDF-1.7", actor=by)


leaves("desk.attachments.add", "attachment.added")(lambda: given("customer", customer(), "a.pdf", b"%PDF-1.7"))
leaves("desk.attachments.withdraw", "attachment.withdrawn")(lambda: given(attached(SYSTEM).pk))


@leaves("desk.attachments.restore", "attachment.restored")
def _() -> Given:
    return given(attachments.withdraw(attached(SYSTEM).pk, actor=SYSTEM).pk)


@leaves("billing.merging.merge", "customer.joined", "customer.merged")
def _merge() -> Given:
    return given(customer(), make.make_customer().pk)


def brought(*, apply: bool = False) -> int:
    content = b"identificacion;nombre\nP-1;Ana\n"
    imported = imports.start("customers", "a.csv", content, actor=SYSTEM)
    tasks.advance(imported.task_id or 0)
    if apply:
        tasks.advance(imports.apply(imported.pk, actor=SYSTEM).task_id or 0)
    return imported.pk


def kept() -> SavedView:
    return saved.keep("billing:invoices", saved.ViewInput("Por cobrar", "status=issued"), actor=person())


def person() -> Any:
    return replace(SYSTEM, user_id=make.make_user().pk)


leaves("desk.saved.keep", "saved_view.created")(
    lambda: given("billing:invoices", saved.ViewInput("Pagadas", "status=paid"), actor=person())
)


@leaves("desk.saved.change", "saved_view.updated")
def _() -> Given:
    view = kept()
    by = replace(SYSTEM, user_id=view.owner_id)
    return given(view.pk, saved.ViewInput("Otra", ""), expected_version=1, actor=by)


@leaves("desk.saved.delete", "saved_view.deleted")
def _() -> Given:
    view = kept()
    return given(view.pk, actor=replace(SYSTEM, user_id=view.owner_id))


def left_over() -> int:
    """Start a task on a draft that cannot be voided, and do it: one thing is left."""
    task = tasks.start("billing.void", [(drafted().pk, "")], parameters={"reason": "Error"}, actor=SYSTEM)
    tasks.advance(task.pk)
    return task.pk


leaves("desk.tasks.start", "task.started")(lambda: given("billing.mail", [(drafted().pk, "")]))
leaves("desk.tasks.cancel", "task.cancelled")(
    lambda: given(tasks.start("billing.mail", [(drafted().pk, "")], actor=SYSTEM).pk)
)
leaves("desk.tasks.retry", "task.started")(lambda: given(left_over()))
leaves("desk.imports.start", "import.received", "task.started")(
    lambda: given("customers", "a.csv", b"identificacion;nombre\nP-1;Ana\n")
)
leaves("desk.imports.choose_columns", "import.columns_chosen", "task.started")(
    lambda: given(brought(), {"identificacion": "identificacion", "nombre": "nombre"})
)
leaves("desk.imports.apply", "import.apply_started", "task.started")(lambda: given(brought()))
leaves("desk.imports.undo", "import.undo_started", "task.started")(lambda: given(brought(apply=True)))


@leaves("desk.comments.add", "comment.added", "mention.created")
def _() -> Given:
    colleague()
    return given("customer", customer(), f"Que lo vea @{CLERK}")


@leaves("desk.comments.withdraw", "comment.withdrawn")
def _() -> Given:
    by = writer()
    return given(comments.add("customer", customer(), "Llamar", actor=by).pk, actor=by)


@leaves("desk.comments.restore", "comment.restored")
def _() -> Given:
    by = writer()
    note = comments.add("customer", customer(), "Llamar", actor=by)
    return given(comments.withdraw(note.pk, actor=by).pk, actor=by)


@leaves("desk.comments.read", "mention.read")
def _() -> Given:
    person = colleague()
    comments.add("customer", customer(), f"@{CLERK}", actor=SYSTEM)
    return given([Mention.objects.get().pk], actor=replace(SYSTEM, user_id=person.pk))


# Money


@leaves(
    "payments.workflow.record",
    "invoice.paid",
    "invoice.balance_changed",
    "customer_credit.granted",
    "receipt.issued",
    "payment.confirmed",
)
def _() -> Given:
    first = make.make_invoice()
    second = make.make_invoice(customer_id=first.customer_id)
    return given(paid("200.00", (first, "115.00"), (second, "80.00")))


@leaves("payments.workflow.apply_credit", "customer_credit.applied", "invoice.balance_changed")
def _() -> Given:
    invoice = make.make_invoice(customer_id=overpaid().customer_id)
    return given(invoice.pk, Decimal("5.00"))


leaves("payments.workflow.void", "invoice.reopened", "customer_credit.withdrawn", "payment.voided",
       "receipt.voided")(lambda: given(overpaid().pk, reason="Error"))  # fmt: skip
leaves("payments.workflow.void_receipt", "invoice.reopened", "customer_credit.withdrawn", "payment.voided",
       "receipt.voided")(lambda: given(overpaid().receipt_id, reason="Error"))  # fmt: skip
leaves("payments.workflow.receive", "invoice.balance_changed",
    "invoice.balance_changed", "receipt.issued", "payment.confirmed",
       "payment.confirmed")(lambda: given(by_two_methods()))  # fmt: skip


def by_two_methods() -> payments.ReceiptInput:
    invoice, method = make.make_invoice(), PaymentMethod.objects.get()
    parts = (payments.PartInput(method.pk, Decimal("5.00")), payments.PartInput(method.pk, Decimal("6.00")))
    return payments.ReceiptInput(invoice.customer_id, parts)


def given_back() -> refunds.RefundInput:
    paid_more = overpaid()
    return refunds.RefundInput(paid_more.customer_id, paid_more.method_id, Decimal("5.00"), reason="Se muda")


leaves("payments.refunds.refund", "customer_credit.paid_out", "refund.confirmed")(lambda: given(given_back()))
leaves("payments.refunds.void", "customer_credit.restored", "refund.voided")(
    lambda: given(refunds.refund(given_back(), actor=SYSTEM).pk, reason="Error")
)
leaves("payments.methods.create", "payment_method.created")(lambda: given({"name": "Cheque", "sri_code": "20"}))
leaves("payments.methods.update", "payment_method.updated")(
    lambda: given(PaymentMethod.objects.get().pk, {"name": "Caja"})
)


# Bookings

INVOICED = ("billable.drafted", "invoice.created", "billable.invoiced", "invoice.issued")


@leaves(
    "reservations.workflow.book",
    "customer.created",
    "reservation.requested",
    "billable.offered",
    "reservation.confirmed",
)
def _() -> Given:
    court = courts.make_priced_court()
    return given(
        bookings.BookInput(court.pk, courts.at("18:00"), courts.at("19:00"), new_customer=PERSON, confirm=True)
    )


DEPOSITED = ("customer_credit.granted", "receipt.issued", "payment.confirmed", "reservation.deposit_taken")
BLOCKED: dict[str, Any] = {"starts_at": courts.NOW, "ends_at": courts.NOW + timedelta(hours=2), "reason": "Torneo"}


def deposit_input() -> deposits.DepositInput:
    return deposits.DepositInput(PaymentMethod.objects.get().pk, Decimal(5))


def holiday() -> int:
    return closures.add_holiday(day=courts.FRIDAY, name="Feriado", actor=SYSTEM).pk


leaves("reservations.workflow.update_lines", "reservation.updated")(
    lambda: given(courts.book(courts.make_priced_court()).pk, (), notes="Traer red")
)
leaves("reservations.workflow.confirm", "billable.offered", "reservation.confirmed")(
    lambda: given(courts.book(courts.make_priced_court()).pk)
)
leaves("reservations.workflow.check_in", "reservation.checked_in")(lambda: given(confirmed("09:00", "10:00")))
leaves("reservations.workflow.complete", "reservation.completed")(
    lambda: given(bookings.check_in(confirmed("09:00", "10:00"), actor=SYSTEM).pk)
)
leaves("reservations.workflow.no_show", "reservation.no_show")(lambda: given(confirmed("09:00", "10:00")))
leaves("reservations.workflow.cancel", "billable.cancelled", "reservation.cancelled")(
    lambda: given(confirmed(), reason="Lluvia")
)
leaves("reservations.workflow.invoice", *INVOICED)(lambda: given(confirmed(), issue=True))
leaves("reservations.workflow.charge", *INVOICED, "invoice.paid", "receipt.issued", "payment.confirmed")(
    lambda: given(confirmed(), invoicing.ChargeInput(method_id=PaymentMethod.objects.get().pk))
)
leaves("reservations.holding.hold", "reservation.held")(
    lambda: given(HoldInput(courts.make_priced_court().pk, courts.at("18:00"), courts.at("19:00")))
)


@leaves("reservations.holding.take", "reservation.requested", "billable.offered", "reservation.confirmed")
def _() -> Given:
    policies.set_rules(policies.Rules(hold_minutes=1440), actor=SYSTEM)
    return given(courts.hold(courts.make_priced_court()).pk, TakeInput(customer(), confirm=True))


leaves("reservations.moving.move", "billable.cancelled", "billable.offered", "reservation.moved")(
    lambda: given(confirmed(), courts.make_priced_court().pk, courts.at("20:00"))
)
leaves("reservations.moving.change_price", "billable.cancelled", "billable.offered", "reservation.repriced")(
    lambda: given(confirmed(), Decimal(15), reason="Promoción")
)
leaves("reservations.deposits.deposit", *DEPOSITED)(lambda: given(confirmed(), deposit_input()))


@leaves("reservations.deposits.release", "customer_credit.released", "reservation.deposit_released")
def _() -> Given:
    booked = confirmed()
    deposits.deposit(booked, deposit_input(), actor=SYSTEM)
    return given(booked, reason="Lo pidió")


leaves("reservations.policies.set_rules", "booking_policy.set")(lambda: given(policies.Rules()))
leaves("reservations.closures.add_holiday", "holiday.created")(lambda: given(day=courts.FRIDAY, name="Feriado"))
leaves("reservations.closures.update_holiday", "holiday.updated")(lambda: given(holiday(), {"closed": True}))
leaves("reservations.closures.remove_holiday", "holiday.removed")(lambda: given(holiday()))
leaves("reservations.closures.add_blackout", "blackout.created")(lambda: given(**BLOCKED))
leaves("reservations.closures.cancel_blackout", "blackout.cancelled")(
    lambda: given(closures.add_blackout(**BLOCKED, actor=SYSTEM).pk)
)


def parts(number: int = 2) -> list[splitting.ShareInput]:
    return [splitting.ShareInput(customer()) for _ in range(number)]


def share() -> Share:
    return splitting.split(confirmed(), parts(), actor=SYSTEM)[0]


def weekly(**values: Any) -> RepeatInput:
    tuesday = courts.MONDAY + timedelta(days=1)
    return RepeatInput(courts.make_priced_court().pk, customer(), tuesday, 19 * 60, 60, **({"count": 1} | values))


def waiter() -> waiting.WaitingInput:
    start, end = courts.at("18:00"), courts.at("19:00")
    return waiting.WaitingInput(start, end, court_id=courts.make_priced_court().pk, name="Rosa", phone="099")


def book_waiting() -> Given:
    entered = waiter()
    entry = waiting.add(entered, actor=SYSTEM)
    slot = bookings.BookInput(entered.court_id or 0, entered.starts_at, entered.ends_at, customer_id=customer())
    return given(entry.pk, slot)


BOOKED = ("reservation.requested", "billable.offered", "reservation.confirmed")
SHARED = ("billable.cancelled", "billable.offered", "billable.offered", "reservation.split")

leaves("reservations.splitting.split", *SHARED)(lambda: given(confirmed(), parts()))
leaves(
    "reservations.splitting.join", "billable.cancelled", "billable.cancelled", "billable.offered", "reservation.joined"
)(lambda: given(share().reservation_id))
leaves("reservations.splitting.invoice_share", *INVOICED)(
    lambda: given((one := share()).reservation_id, one.pk, issue=True)
)
leaves("reservations.splitting.charge_share", *INVOICED, "invoice.paid", "receipt.issued", "payment.confirmed")(
    lambda: given((one := share()).reservation_id, one.pk, invoicing.ChargeInput(PaymentMethod.objects.get().pk))
)
leaves("reservations.grouping.group_invoice", *INVOICED)(lambda: given([confirmed()], issue=True))
leaves("reservations.repeating.start", *BOOKED, "repetition.started")(lambda: given(weekly()))
leaves(
    "reservations.repeating.change",
    "billable.cancelled",
    "billable.offered",
    "reservation.moved",
    "repetition.changed",
)(lambda: given(repeating.start(weekly(), actor=SYSTEM).repetition.pk, repeating.ChangeInput(starts=20 * 60)))
leaves("reservations.repeating.cancel_rest", "billable.cancelled", "reservation.cancelled", "repetition.ended")(
    lambda: given(repeating.start(weekly(), actor=SYSTEM).repetition.pk, reason="Se van")
)
leaves("reservations.waiting.add", "waiting.added")(lambda: given(waiter()))
leaves("reservations.waiting.book", "reservation.requested", "waiting.booked")(book_waiting)
leaves("reservations.waiting.drop", "waiting.dropped")(lambda: given(waiting.add(waiter(), actor=SYSTEM).pk))
leaves("reservations.setup.add_venue", "venue.created")(lambda: given(name="Norte"))
leaves("reservations.setup.update_venue", "venue.updated")(lambda: given(courts.make_venue().pk, {"name": "Sur"}))
leaves("reservations.feeds.open_feed", "court.feed_opened")(lambda: given(courts.make_court().pk))
leaves("reservations.feeds.close_feed", "court.feed_closed")(
    lambda: given(feeds.open_feed(courts.make_court().pk, actor=SYSTEM).pk)
)
leaves("reservations.setup.add_court", "court.created")(lambda: given(venue_id=courts.make_venue().pk, name="Uno"))
leaves("reservations.setup.update_court", "court.updated")(lambda: given(courts.make_court().pk, {"name": "Dos"}))
leaves("reservations.setup.update_rate", "rate.updated")(
    lambda: given(courts.make_rate(courts.make_venue()).pk, {"unit_price": Decimal(9)})
)


@leaves("reservations.setup.add_rate", "rate.created")
def _() -> Given:
    venue = courts.make_venue().pk
    return given(venue_id=venue, name="Noche", weekdays=[0], starts=1080, ends=1320, unit_price=Decimal(20))


# The company, its people, its keys

leaves("companies.workflow.update_profile", "company.updated")(lambda: given({"phone": "02 222 3333"}))
leaves("companies.workflow.set_logo", "company.updated")(lambda: given(picture()))
leaves("companies.members.change_role", "membership.role_changed")(lambda: given(member().pk, "cashier"))
leaves("companies.members.choose_mails", "membership.mails_chosen")(
    lambda: given(mails_mentions=False, actor=replace(SYSTEM, user_id=member().user_id))
)
leaves("companies.invitations.invite", "invitation.created")(
    lambda: given(email="nuevo@prueba.test", name="Nuevo", role="billing")
)
leaves("companies.invitations.resend", "invitation.resent")(lambda: given(invited().pk))
leaves("companies.invitations.revoke", "invitation.revoked")(lambda: given(invited().pk))
leaves("sri.workflow.add_certificate", "certificate.added")(
    lambda: given(certs.spare_p12(), certs.PASSWORD, ruc=the_company().ruc)
)


@leaves("sri.workflow.tell_expiry", "certificate.expiring")
def _() -> Given:
    due = certificate()
    Certificate.objects.filter(pk=due.pk).update(next_alarm_at=clock.now())
    return given(due.pk)


leaves("sri.workflow.retire_certificate", "certificate.retired")(lambda: given(certificate().pk))
leaves("companies.api_keys.create", "api_key.created")(lambda: given(name="Tienda", scopes=["billing.view"]))
leaves("companies.api_keys.revoke", "api_key.revoked")(lambda: given(key().pk))


@leaves("companies.workflow.open_company", "company.opened", "membership.created")
def _() -> Given:
    values = {"environment": "1", "ruc": "1790012345001", "legal_name": "Nueva S.A.", "address": "Quito"}
    return given(values, owner=make.make_user())


@leaves("companies.workflow.remove_logo", "company.updated")
def _() -> Given:
    companies.set_logo(picture(), actor=OWNER)
    return given()


@leaves("companies.members.end_access", "membership.ended", "api_key.revoked")
def _() -> Given:
    ended = member("administrator")
    key(actor=make.actor("administrator", user_id=ended.user_id))
    return given(ended.pk)


@leaves("companies.invitations.accept_as", "invitation.accepted", "membership.restored")
def _() -> Given:
    left = member()
    members.end_access(left.pk, actor=OWNER)
    return given(invitations.token_of(invited(left.user.email)), left.user)


@leaves("companies.invitations.accept_as_new", "invitation.accepted", "membership.created")
def _() -> Given:
    return given(invitations.token_of(invited()), name="Nuevo", password="Una-larga-9")


def steps() -> set[str]:
    """Find every public function of the workflows that somebody carries out."""
    return {
        f"{module}.{name}"
        for module in MODULES
        for name, function in inspect.getmembers(import_module(module), inspect.isfunction)
        if not name.startswith("_") and function.__module__ == module
        if "actor" in inspect.signature(function).parameters
    }


def test_every_step_has_its_row():
    told = {function for function, _actions, _prepare in TABLE}
    assert steps() - PARTS - READS - told == set()
    assert told <= steps()


@pytest.mark.parametrize(("function", "actions", "prepare"), TABLE, ids=[function for function, *_rest in TABLE])
def test_a_step_leaves_its_entries(db, function, actions, prepare):
    """In order, each with who and through which door, sealed, and of a change the values before and after."""
    with clock.at(courts.NOW), own_company():
        call = prepare()
        with clock.at(courts.at("09:30")):
            entries = entries_of(partial(import_string(function), *call.args, **call.options))
        connection.check_constraints()
        assert verify().intact
    assert [entry.action for entry in entries] == list(actions)
    for entry in entries:
        assert (entry.actor_label, entry.door) in {("tests", "command"), ("Nuevo", "command")}
        assert entry.object_label
        assert entry.after


def entries_of(step: Callable[[], object]) -> list[AuditEntry]:
    """Carry out a step, and return what it left, in whichever company."""
    with all_companies():
        last = AuditEntry.unscoped.aggregate(last=Max("pk"))["last"] or 0
    step()
    with all_companies():
        return list(AuditEntry.unscoped.filter(pk__gt=last).order_by("pk"))
