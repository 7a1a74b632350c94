"""Notas de venta (D29): what a RIMPE "negocio popular" sells with, its IVA inside the price and not broken out.

A line keeps what the customer was told: a price with tax inside stands as it is, a price without gets its tax put in.
Nothing is broken out, so each line's base is its total, and the document has one "rate" that is none.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from billing.line_input import FIGURE_PLACES, Discount, LineInput, TaxKey
from billing.models import SALES, DocumentType
from companies.models import Company, Rimpe
from core.errors import FieldError, RuleRefused
from core.money import cents, half_up

NOT_BROKEN_OUT: Final = TaxKey("0", "", Decimal(0))  # no code of SRI's: such a document never goes there


def types_of(company: Company) -> tuple[DocumentType, ...]:
    """Return what a company may sell with, what it usually does first."""
    return tuple(reversed(SALES)) if company.rimpe == Rimpe.POPULAR else (DocumentType.INVOICE,)


def check_type(document_type: str, company: Company) -> None:
    """Refuse a nota de venta to who is no RIMPE "negocio popular".

    Raises:
        RuleRefused: `document_type_not_allowed`.
    """
    if document_type != DocumentType.SALES_NOTE or document_type in types_of(company):
        return
    message = _("Solo un «RIMPE negocio popular» emite notas de venta; esta empresa está en «%(regime)s».") % {
        "regime": company.get_rimpe_display()
    }
    code = "document_type_not_allowed"
    raise RuleRefused(message, code=code, fields=[FieldError(field="series", code=code, message=message)])


def with_tax_inside(line: LineInput) -> LineInput:
    """Return a line as a nota de venta says it: price and discount with the tax inside, and no tax beside them."""
    if line.price_includes_tax:
        return replace(line, tax=NOT_BROKEN_OUT)
    whole = 1 + line.tax.factor
    discount = line.discount
    if not discount.is_percent:
        discount = Discount.amount(cents(discount.value * whole))
    price = half_up(line.unit_price * whole, FIGURE_PLACES)
    return replace(line, unit_price=price, discount=discount, tax=NOT_BROKEN_OUT, price_includes_tax=True)
