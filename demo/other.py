"""The second company's few documents: enough to see that nobody of the first can see them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from billing import customers, workflow
from billing.drafts import DraftInput, DraftLine
from core import clock
from demo import people, tax_office
from demo.company import ACTOR, begin_to_mail

MAILS = 2  # days before the anchor


def trade(chance: Random, anchor: date, days: int) -> None:
    """Sell something every other day of the last month, in the active company."""
    buyers = [customers.create(person.values(), actor=ACTOR).customer for person in people.persons(chance, 8)]
    for back in range(min(days, 30), 0, -2):
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
            draft = workflow.draft(DraftInput(customer_id=chance.choice(buyers).pk, lines=(line,)), actor=ACTOR)
            tax_office.transmit(workflow.issue(draft.pk, actor=ACTOR))
