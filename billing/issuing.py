"""The moment a draft becomes a document: its number, its date and, with e-invoicing, its key and its signed bytes.

Invoices and notes share it. The series is locked last, so that two who issue wait for each other as briefly as can be.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from billing import electronic, numbering
from billing.models import Document, Status
from billing.taxes import final_consumer_limit, rates_on
from billing.xml_parts import Parts
from companies.models import Company
from core import clock
from core.errors import RuleRefused, WorkflowError
from core.money import ZERO, format_money


def issue_numbered(document: Document, company: Company, parts: Parts, *, on: Callable[[], date]) -> None:
    """Number, date, sign and store a locked draft that may be issued; `on` settles the date once the series is locked.

    Raises:
        WorkflowError: `series_inactive`, `series_in_doubt`, and what `on` raises.
        RuleRefused: `series_exhausted`, `date_goes_back`, `document_invalid`, `certificate_missing`,
            `certificate_expired`.
    """
    series = numbering.lock(document.series_id)
    day = on()  # midnight may have passed while waiting for the series (D6)
    taken = numbering.take_next(series, day)
    document.sequential, document.number = taken.sequential, taken.number
    document.issue_date, document.due_date = day, day + timedelta(days=document.payment_days)
    document.issued_at = clock.now()
    electronic.begin(document, company, series)
    document.status = Status.ISSUED
    document.balance = ZERO if document.is_credit_note else document.total
    document.version += 1
    document.save()
    electronic.sign(document, company, parts)


# The rules of what an invoice says when it is issued


def check_buyer(document: Document) -> None:
    """Refuse to sell more to somebody unknown than the law admits (D21).

    Raises:
        RuleRefused: `final_consumer_limit`.
    """
    if not document.customer.is_final_consumer:
        return
    limit = final_consumer_limit(clock.today())
    if limit is not None and document.total > limit:
        raise RuleRefused(
            _("A consumidor final se factura hasta %(limit)s y el total es %(total)s. Identifique al comprador.")
            % {"limit": format_money(limit), "total": format_money(document.total)},
            code="final_consumer_limit",
        )


def settle_date(document: Document, company: Company, today: date) -> date:
    """Return the issue date, refusing what D6 does not allow.

    Raises:
        RuleRefused: `date_not_today`, `date_outside_open_month`.
    """
    asked = document.date_asked or today
    if asked == today:
        return today
    if electronic.goes_to_sri(document, company):
        raise RuleRefused(
            _("Un comprobante electrónico se emite con la fecha de hoy (%(today)s): la transmisión es inmediata.")
            % {"today": today.strftime("%d/%m/%Y")},
            code="date_not_today",
        )
    if asked > today or (asked.year, asked.month) != (today.year, today.month):
        raise RuleRefused(
            _("La fecha %(asked)s está fuera del mes abierto.") % {"asked": asked.strftime("%d/%m/%Y")},
            code="date_outside_open_month",
        )
    return asked


def check_rates(used: set[tuple[str, str, Decimal]], day: date) -> None:
    """Refuse to issue a draft whose rates changed since it was saved: a person must see the new total (D4).

    Raises:
        WorkflowError: `totals_changed`.
    """
    in_force = rates_on(day)
    for category, rate_code, rate in used:
        if (in_force[category].rate_code, in_force[category].rate) != (rate_code, rate):
            raise WorkflowError(
                _("La tarifa de IVA cambió desde que se guardó el borrador. Ábralo, revise el nuevo total y guárdelo."),
                code="totals_changed",
            )
