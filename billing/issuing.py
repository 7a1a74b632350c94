"""The moment a draft becomes a document: its number, its date and, with e-invoicing, its key and its signed bytes.

Invoices and notes share it. The series is locked last, so that two who issue wait for each other as briefly as can be.
"""

from collections.abc import Callable
from datetime import date, timedelta

from billing import electronic, numbering
from billing.models import Document, Status
from billing.xml_parts import Parts
from companies.models import Company
from core import clock
from core.money import ZERO


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
