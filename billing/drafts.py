"""Composing a document: from what a person entered to lines, taxes, totals and payment terms.

`compose` is the one function behind the preview on the form, the saved draft and the API's `preview/`, so
that they can never disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from billing.models import (
    Billable,
    BillableLine,
    Customer,
    Document,
    DocumentType,
    Product,
    Status,
    TaxCategory,
)
from billing.sales_notes import with_tax_inside
from billing.taxes import rates_on
from billing.totals import NO_DISCOUNT, Discount, LineInput, Totals, TotalsError, compute
from companies.models import Company
from core import clock
from core.errors import FieldError, RuleRefused
from core.money import ZERO, format_money
from sri import catalogs

MAX_ADDITIONAL_INFO = 15  # of which "RUC Proveedor" takes one, where the installation has to name its provider
RESERVED_INFO_NAMES = {"ruc proveedor"}
DEFAULT_METHOD = "20"
CASH = "01"


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One free line: of a product (whose text, price and tax are taken where left empty) or typed."""

    quantity: Decimal
    product_id: int | None = None
    code: str = ""
    description: str = ""
    unit_price: Decimal | None = None
    price_includes_tax: bool | None = None
    tax_category: str = ""
    discount: Discount = NO_DISCOUNT


@dataclass(frozen=True, slots=True)
class PaymentTerm:
    """One row of how the buyer is to pay (SRI table 24); without an amount it is the whole total."""

    sri_method: str
    amount: Decimal | None = None
    term_days: int | None = None


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A completed row of how the buyer is to pay."""

    sri_method: str
    amount: Decimal
    term_days: int


@dataclass(frozen=True, slots=True)
class DraftInput:
    """Everything a person enters for an invoice. Lines of the billables come first, then the free ones."""

    customer_id: int
    series_id: int | None = None
    date_asked: date | None = None
    payment_days: int | None = None
    billable_ids: tuple[int, ...] = ()
    lines: tuple[DraftLine, ...] = ()
    discount: Discount = NO_DISCOUNT
    payment_terms: tuple[PaymentTerm, ...] = ()
    additional_info: tuple[tuple[str, str], ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ComposedLine:
    """A line ready to be stored next to its totals."""

    input: LineInput
    code: str
    auxiliary_code: str
    description: str
    tax_category: str
    product_id: int | None = None
    billable_id: int | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """A document as it would be: what the form previews and a draft stores."""

    customer: Customer
    issue_date: date
    due_date: date
    payment_days: int
    lines: tuple[ComposedLine, ...]
    totals: Totals
    payment_terms: tuple[PaymentRow, ...]
    warnings: tuple[str, ...] = field(default=())


def compose(
    entered: DraftInput,
    company: Company,
    billables: Sequence[Billable],
    *,
    document_type: str = DocumentType.INVOICE,
    document_id: int | None = None,
) -> Composition:
    """Work out the whole document, changing nothing; `document_id` is the draft this is (again), if it is one.

    Raises:
        RuleRefused: what was entered cannot be billed; `fields` name the place.
        ObjectDoesNotExist: the customer, a product or a billable is not this company's.
    """
    customer = Customer.objects.live().get(pk=entered.customer_id)
    day = entered.date_asked or clock.today()
    billed, free = _billable_lines(billables, day), _free_lines(entered.lines, day)
    lines = (*billed, *free)
    if document_type == DocumentType.SALES_NOTE:
        lines = tuple(replace(line, input=with_tax_inside(line.input)) for line in lines)
    totals = _compute(lines, entered.discount, billed=len(billed))
    days = _payment_days(entered, customer, company)
    _check_info(entered.additional_info)
    return Composition(
        customer=customer,
        issue_date=day,
        due_date=day + timedelta(days=days),
        payment_days=days,
        lines=lines,
        totals=totals,
        payment_terms=_payment_terms(entered.payment_terms, totals.total, days),
        warnings=tuple(_warnings(customer, totals.total, day, document_id)),
    )


def check_lines(lines: Sequence[DraftLine]) -> None:
    """Refuse free lines that could not be billed today.

    Raises:
        RuleRefused: `fields` name the place (`lines.2.quantity`).
        Product.DoesNotExist: a product is not this company's.
    """
    _compute(_free_lines(lines, clock.today()), NO_DISCOUNT, billed=0)


def _compute(lines: Sequence[ComposedLine], discount: Discount, *, billed: int) -> Totals:
    try:
        return compute([line.input for line in lines], discount)
    except TotalsError as error:
        fields = [FieldError(field=_place(error, billed), code=error.code, message=str(error))]
        raise RuleRefused(str(error), code=error.code, fields=fields) from error


def _place(error: TotalsError, billed: int) -> str:
    """Name the place at fault as it was entered: free lines are counted without those of the billables."""
    if error.line is None:
        return error.field or "lines"
    return "billable_ids" if error.line < billed else f"lines.{error.line - billed}.{error.field}"


def _billable_lines(billables: Sequence[Billable], day: date) -> list[ComposedLine]:
    rates = rates_on(day) if billables else {}
    rows = BillableLine.objects.filter(billable__in=billables).order_by("billable_id", "position")
    return [
        ComposedLine(
            LineInput(row.quantity, row.unit_price, rates[row.tax_category], row.price_includes_tax,
                      Discount.amount(row.discount)),
            code=row.code,
            auxiliary_code="",
            description=row.description,
            tax_category=row.tax_category,
            product_id=row.product_id,
            billable_id=row.billable_id,
        )
        for row in rows
    ]  # fmt: skip


def _free_lines(lines: Sequence[DraftLine], day: date) -> list[ComposedLine]:
    rates = rates_on(day) if lines else {}
    products = Product.objects.live().in_bulk([line.product_id for line in lines if line.product_id])
    return [_free_line(position, line, products, rates) for position, line in enumerate(lines)]


def _free_line(position: int, line: DraftLine, products: dict, rates: dict) -> ComposedLine:
    product: Product | None = None
    if line.product_id:
        product = products.get(line.product_id)
        if product is None:
            raise Product.DoesNotExist
    description = line.description or (product.name if product else "")
    price = line.unit_price if line.unit_price is not None else (product.unit_price if product else None)
    category = line.tax_category or (product.tax_category if product else TaxCategory.GENERAL)
    inside = line.price_includes_tax
    if inside is None:
        inside = product.price_includes_tax if product else False
    if not description:
        raise _incomplete(position, "description", _("Escriba la descripción de la línea %(line)d."))
    if price is None:
        raise _incomplete(position, "unit_price", _("Escriba el precio de la línea %(line)d."))
    return ComposedLine(
        LineInput(line.quantity, price, rates[category], inside, line.discount),
        code=line.code or (product.code if product else ""),
        auxiliary_code=product.auxiliary_code if product else "",
        description=description,
        tax_category=category,
        product_id=line.product_id,
    )


def _incomplete(position: int, name: str, message: str) -> RuleRefused:
    text = message % {"line": position + 1}
    fields = [FieldError(field=f"lines.{position}.{name}", code="required", message=text)]
    return RuleRefused(text, code="line_incomplete", fields=fields)


def _payment_days(entered: DraftInput, customer: Customer, company: Company) -> int:
    if customer.is_final_consumer:
        return 0  # no credit sale to somebody unknown (D21)
    if entered.payment_days is not None:
        return entered.payment_days
    return company.payment_days if customer.payment_days is None else customer.payment_days


def _payment_terms(terms: Sequence[PaymentTerm], total: Decimal, days: int) -> tuple[PaymentRow, ...]:
    """Complete the rows: one row without amount takes the total, and terms default to the document's days."""
    if not terms:
        terms = (PaymentTerm(DEFAULT_METHOD if days else CASH),)
    rows = tuple(
        PaymentRow(
            term.sri_method,
            total if term.amount is None else term.amount,
            days if term.term_days is None else term.term_days,
        )
        for term in terms
    )
    _check_methods(rows)
    added = sum((row.amount for row in rows), ZERO)
    if added != total or any(row.amount <= 0 for row in rows):
        raise RuleRefused(
            _("Las formas de pago suman %(added)s y el total es %(total)s.")
            % {"added": format_money(added), "total": format_money(total)},
            code="payment_terms_do_not_add_up",
        )
    return rows


def _check_methods(rows: Sequence[PaymentRow]) -> None:
    in_force = {form.code for form in catalogs.payment_forms(clock.today())}
    for row in rows:
        if row.sri_method not in in_force:
            raise RuleRefused(
                _("«%(code)s» no es una forma de pago vigente del SRI.") % {"code": row.sri_method},
                code="unknown_sri_method",
            )


def _check_info(info: Sequence[tuple[str, str]]) -> None:
    most = MAX_ADDITIONAL_INFO - bool(settings.SRI_RUC_PROVEEDOR)
    if len(info) > most:
        raise RuleRefused(
            _("La información adicional admite %(most)d campos.") % {"most": most},
            code="too_much_additional_info",
        )
    for name, value in info:
        if not name.strip() or not value.strip() or len(name) > 300 or len(value) > 300:
            raise RuleRefused(
                _("Cada campo adicional lleva un nombre y un texto de 1 a 300 caracteres."),
                code="additional_info_incomplete",
            )
        if name.strip().lower() in RESERVED_INFO_NAMES:
            raise RuleRefused(_("El nombre «%(name)s» está reservado.") % {"name": name}, code="info_name_reserved")


def _warnings(customer: Customer, total: Decimal, day: date, document_id: int | None) -> list[str]:
    """Say what a person should know and may still do: these warn, they never block."""
    found = [_over_credit_limit(customer, total), _like_another(customer, total, day, document_id)]
    return [text for text in found if text]


def _over_credit_limit(customer: Customer, total: Decimal) -> str:
    from billing.queries import owed_by

    if customer.credit_limit is None:
        return ""
    owed = owed_by(customer.pk)
    if owed + total <= customer.credit_limit:
        return ""
    return _("%(customer)s debe %(owed)s; con esta factura pasa su límite de crédito de %(limit)s.") % {
        "customer": customer.name,
        "owed": format_money(owed),
        "limit": format_money(customer.credit_limit),
    }


def _like_another(customer: Customer, total: Decimal, day: date, document_id: int | None) -> str:
    """Warn of a likely duplicate: same customer, amount and day. Consumidor final is everybody."""
    if customer.is_final_consumer:
        return ""
    alike = Document.objects.invoices().filter(customer=customer, issue_date=day, total=total)
    present = alike.exclude(status=Status.VOIDED).exclude(pk=document_id or 0).first()
    if present is None:
        return ""
    return _("Ya hay una factura de este cliente con la misma fecha y el mismo valor: %(document)s.") % {
        "document": present
    }
