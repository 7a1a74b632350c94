"""The second company's few documents: enough to see that nobody of the first can see them.

It is a RIMPE negocio popular, so it also issues notas de venta, which never go to SRI.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from billing import customers, workflow
from billing.drafts import DraftInput, DraftLine
from billing.models import DocumentType
from billing.series import usable_series
from core import clock
from demo import people, tax_office
from demo.company import ACTOR, begin_to_mail

MAILS = 2  # days before the anchor
NOTES = (5, 1)  # days before it on which a nota de venta is issued


def trade(chance: Random, anchor: date, days: int) -> None:
    """Sell something every other day of the last month, in the active company."""
    buyers = [customers.create(person.values(), actor=ACTOR).customer for person in people.persons(chance, 8)]
    invoices, sales_notes = (usable_series(kind).get().pk for kind in (DocumentType.INVOICE, DocumentType.SALES_NOTE))
    for back in range(min(days, 30), 0, -1):
        if back % 2 and back not in NOTES:
            continue
        moment = datetime.combine(anchor - timedelta(days=back), time(11, 30), tzinfo=clock.zone())
        with clock.at(moment):
            if back <= MAILS:
                begin_to_mail(ACTOR)
            line = DraftLine(
                quantity=Decimal(chance.randint(1, 5)),
                description="Equipo de oficina",
                unit_price=Decimal(chance.randint(20, 90)),
                tax_category="general",
            )
            entered = DraftInput(
                customer_id=chance.choice(buyers).pk,
                series_id=sales_notes if back in NOTES else invoices,
                lines=(line,),
            )
            tax_office.transmit(workflow.issue(workflow.draft(entered, actor=ACTOR).pk, actor=ACTOR))
