"""Importing payments: each row a receipt of one payment, that settles the invoice it names or the oldest ones.

Nothing comes in twice: a reference that the same method has already, or without one the same payer, day, method and
amount, is a row that is there already. What an invoice does not take is the payer's credit. Undone, a row's payment is
voided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import settlement
from billing.models import Customer, Document
from core.errors import WorkflowError
from core.money import ZERO, format_money
from core.search import normalize
from desk import import_values
from desk.import_kinds import Column, Context, Judged, Kind, Row
from desk.import_values import BadCell
from desk.models import ImportRow, Verdict
from payments import entered as rules
from payments import workflow
from payments.allocation import Allocation, open_invoices, spread_over
from payments.entered import PaymentInput
from payments.models import Payment, PaymentMethod
from payments.refusals import refused

COLUMNS: Final = (
    Column(
        "identificacion",
        gettext_lazy("Identificación"),
        also=("cédula", "ruc", "cliente", "ci"),
        required=True,
        example="1710034065",
        help=gettext_lazy("RUC, cédula o pasaporte de un cliente que ya existe."),
    ),
    Column(
        "fecha",
        gettext_lazy("Fecha"),
        also=("fecha del cobro", "día"),
        required=True,
        example="21/11/2026",
        help=gettext_lazy("El día en que entró el dinero."),
    ),
    Column("valor", gettext_lazy("Valor"), also=("monto", "importe", "total"), required=True, example="57,50"),
    Column(
        "metodo",
        gettext_lazy("Método"),
        also=("forma de pago", "método de cobro"),
        required=True,
        example="Transferencia bancaria",
        help=gettext_lazy("Uno de los métodos de cobro activos, por su nombre."),
    ),
    Column(
        "referencia",
        gettext_lazy("Referencia"),
        also=("comprobante", "cheque", "documento"),
        example="00451237",
        help=gettext_lazy("Con ella se reconoce un cobro que ya está registrado."),
    ),
    Column(
        "factura",
        gettext_lazy("Factura"),
        also=("número de factura",),
        example="001-001-000000123",
        help=gettext_lazy("Vacía: se pagan primero las más antiguas; lo que sobra queda a su favor."),
    ),
)


class _Read(NamedTuple):
    """What a row says, found in the company."""

    customer: Customer
    paid_on: date
    amount: Decimal
    method: PaymentMethod
    reference: str
    invoice: Document | None


class _Refused(Exception):
    """A row cannot be taken, by a cell of it."""

    def __init__(self, field: str, error: BadCell) -> None:
        super().__init__(error.message)
        self.field, self.error = field, error


def key(values: Mapping[str, str]) -> str:
    """Return what may stand only once in a file: a method's reference; without one, the whole row."""
    method, reference = normalize(values.get("metodo", "")), normalize(values.get("referencia", ""))
    if reference:
        return f"{method}|{reference}"
    return "|".join(normalize(values.get(column.field, "")) for column in COLUMNS)


def check(rows: Sequence[Row], context: Context) -> list[Judged]:
    """Say what each row would do, when those before it are recorded."""
    taken: dict[int, Decimal] = {}
    judged = []
    for row in rows:
        verdict, entered = _judge(row, taken)
        judged.append(verdict)
        for allocation in (entered.allocations or ()) if entered else ():
            taken[allocation.document_id] = taken.get(allocation.document_id, ZERO) + allocation.amount
    return judged


def apply(rows: Sequence[Row], context: Context) -> list[Judged]:
    """Record the rows' payments; one that is refused meanwhile leaves the others alone."""
    _lock_all(rows)
    return [_record(row, context) for row in rows]


def _record(row: Row, context: Context) -> Judged:
    judged, entered = _judge(row, {})
    if entered is None:
        return judged
    try:
        with transaction.atomic():
            payment = workflow.record(entered, actor=context.actor)
    except WorkflowError as refusal:
        return Judged(Verdict.ERROR, code=refusal.code, message=refusal.message)
    return replace(judged, object_id=payment.pk)


def _lock_all(rows: Sequence[Row]) -> None:
    """Lock every invoice that a row may settle, in id order, as the lock order wants."""
    numbers = {row.values.get("factura", "") for row in rows} - {""}
    payers = {row.values.get("identificacion", "") for row in rows if not row.values.get("factura")}
    open_ones = Document.objects.invoices().with_balance()
    named = set(Document.objects.invoices().filter(number__in=numbers).values_list("pk", flat=True))
    settlement.lock_documents(
        named | set(open_ones.filter(customer__identification__in=payers).values_list("pk", flat=True))
    )


# What a row comes to


def _judge(row: Row, taken: Mapping[int, Decimal]) -> tuple[Judged, PaymentInput | None]:
    """Return the verdict of a row, and what to record where it is to be recorded.

    Args:
        taken: what earlier rows, not recorded yet, take of which invoice (USD).
    """
    try:
        read = _read(row.values)
    except _Refused as bad:
        return Judged.error(bad.field, bad.error), None
    there = _there_already(read)
    if there:
        message = _("Ya está registrado con el recibo %(number)s.") % {"number": there.receipt.number}
        return Judged(Verdict.SAME, there.pk, "repeated", message), None
    invoices = [read.invoice] if read.invoice else list(open_invoices(read.customer.pk))
    for invoice in invoices:
        invoice.balance -= taken.get(invoice.pk, ZERO)
    allocations, left = spread_over(invoices, read.amount)
    entered = _input(read, allocations)
    try:
        rules.check(entered.as_receipt())
        if left and read.customer.is_final_consumer:
            raise refused("valor", "final_consumer_credit", _("Consumidor final no puede tener saldo a favor."))
    except WorkflowError as refusal:
        return Judged(Verdict.ERROR, code=refusal.code, message=refusal.message), None
    warning = _("Sobran %(left)s: quedan como saldo a favor.") % {"left": format_money(left)} if left else ""
    return Judged(Verdict.CREATE, message=warning), entered


def _input(read: _Read, allocations: Sequence[Allocation]) -> PaymentInput:
    return PaymentInput(
        customer_id=read.customer.pk,
        method_id=read.method.pk,
        amount=read.amount,
        paid_on=read.paid_on,
        reference=read.reference,
        allocations=tuple(allocations),
        leave_credit=True,
    )


def _read(values: Mapping[str, str]) -> _Read:
    customer = _customer(_cell(values, "identificacion", import_values.code_of))
    invoice = _invoice(values, customer)
    amount = _cell(values, "valor", import_values.amount)
    if amount <= ZERO:
        raise _Refused("valor", BadCell("amount_not_positive", _("El valor debe ser mayor que cero.")))
    reference = import_values.code_of(values["referencia"]) if values.get("referencia") else ""
    return _Read(customer, _cell(values, "fecha", import_values.day), amount, _method(values), reference, invoice)


def _cell(values: Mapping[str, str], field: str, read: Any) -> Any:
    if not values.get(field):
        raise _Refused(field, BadCell("required", _("Falta este dato.")))
    try:
        return read(values[field])
    except BadCell as error:
        raise _Refused(field, error) from error


def _customer(identification: str) -> Customer:
    found = list(Customer.objects.live().filter(identification=identification)[:2])
    if len(found) != 1:
        message = _("No hay un cliente con la identificación «%(number)s».") % {"number": identification}
        raise _Refused("identificacion", BadCell("customer_unknown", message))
    return found[0]


def _method(values: Mapping[str, str]) -> PaymentMethod:
    methods = {str(method.pk): method for method in PaymentMethod.objects.filter(active=True)}
    named = {pk: method.name for pk, method in methods.items()}
    return methods[_cell(values, "metodo", lambda cell: import_values.one_of(cell, named, code="method_unknown"))]


def _invoice(values: Mapping[str, str], customer: Customer) -> Document | None:
    number = values.get("factura")
    if not number:
        if customer.is_final_consumer:
            message = _("Indique qué factura paga el consumidor final.")
            raise _Refused("factura", BadCell("invoice_required", message))
        return None
    invoice = Document.objects.invoices().filter(customer=customer, number=number.strip()).first()
    if invoice is None:
        message = _("Este cliente no tiene la factura «%(number)s».") % {"number": number}
        raise _Refused("factura", BadCell("invoice_unknown", message))
    return invoice


def _there_already(read: _Read) -> Payment | None:
    same = Payment.objects.confirmed().filter(method=read.method).select_related("receipt").order_by("pk")
    if read.reference:
        return same.filter(reference__iexact=read.reference).first()
    return same.filter(customer=read.customer, paid_on=read.paid_on, amount=read.amount, reference="").first()


# Taking them back


def undo(rows: Sequence[ImportRow], context: Context) -> dict[int, str]:
    """Void the payments that rows recorded; return why not, by the id of the row."""
    ids = [row.object_id for row in rows if row.object_id]
    settlement.lock_documents(workflow.settled_by(*ids).values_list("document_id", flat=True))
    kept = {}
    for row in rows:
        try:
            with transaction.atomic():
                workflow.void(row.object_id or 0, reason=_("Importación deshecha"), actor=context.actor)
        except WorkflowError as refusal:
            kept[row.pk] = refusal.message
    return kept


KIND: Final = Kind(
    name="payments",
    label=gettext_lazy("Cobros"),
    columns=COLUMNS,
    permissions=("payments.record",),
    key=key,
    key_field="referencia",
    check=check,
    apply=apply,
    undo=undo,
    row_model=Payment,
    about=gettext_lazy(
        "Una fila por cobro. Lo que ya está registrado (el mismo método y referencia) no entra dos veces. Primero verá"
        " qué haría cada fila: nada se guarda hasta que usted lo aplique; deshacer anula los cobros."
    ),
)
