"""What the demo company has settled: who pays less, when prices differ, what cancelling costs, what is billed again."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing import customer_kinds, customers, line_templates
from billing.drafts import DraftLine
from billing.line_templates import TemplateInput
from companies import workflow as companies
from companies.roles import Role
from demo.company import Complex
from demo.timeline import AHEAD
from reservations import closures, policies, setup
from reservations.policies import Rules, Tier

MEMBERS_EVERY, STUDENTS_EVERY = 6, 11  # of the persons, in their order
ALL_DAY: dict[str, Any] = {"weekdays": range(7), "starts": 6 * 60, "ends": 26 * 60}
HOLIDAYS = (
    (1, 1, "Año Nuevo"),
    (5, 1, "Día del Trabajo"),
    (5, 24, "Batalla de Pichincha"),
    (8, 10, "Primer Grito de Independencia"),
    (10, 9, "Independencia de Guayaquil"),
    (11, 2, "Día de los Difuntos"),
    (11, 3, "Independencia de Cuenca"),
    (12, 6, "Fundación de Quito"),
    (12, 25, "Navidad"),
)
CLOSED = {(1, 1), (12, 25)}
ANNIVERSARY = 6  # days after the anchor


def settle(place: Complex, anchor: date, days: int) -> None:
    """Settle it all, in the active company, before its year begins."""
    administrator = place.actors[Role.ADMINISTRATOR]
    companies.update_profile({"discount_limit": Decimal(10)}, actor=administrator)
    policies.set_rules(Rules(tiers=(Tier(24, Decimal(50)), Tier(3, Decimal(100)))), actor=administrator)
    _price(place)
    _keep_holidays(place, anchor, days)
    _keep_templates(place)
    _enter_somebody_twice(place)


def _price(place: Complex) -> None:
    """Have members pay less for pádel, students for football by day, and everybody more for it on holidays."""
    administrator, venue = place.actors[Role.ADMINISTRATOR], place.courts[0].venue_id
    member = customer_kinds.create({"name": "Socio"}, actor=administrator)
    student = customer_kinds.create({"name": "Estudiante"}, actor=administrator)
    for number, person in enumerate(place.persons):
        kind = member if number % MEMBERS_EVERY == 0 else student if number % STUDENTS_EVERY == 0 else None
        if kind:
            customers.update(person.pk, {"kind": kind}, actor=administrator)
            person.kind = kind
    for name, price, chosen, when in (
        ("Alquiler socio", "13.00", place.courts[3:5], ALL_DAY | {"customer_kind_id": member.pk}),
        ("Alquiler de día, estudiante", "22.00", place.courts[:2],
         {"weekdays": range(5), "starts": 6 * 60, "ends": 17 * 60, "customer_kind_id": student.pk}),
        ("Alquiler en feriado", "38.00", place.courts[:2], ALL_DAY | {"on_holidays": True}),
    ):  # fmt: skip
        for court in chosen:
            setup.add_rate(
                venue_id=venue, court_id=court.pk, name=name, unit_price=Decimal(price), actor=administrator, **when
            )


def _keep_holidays(place: Complex, anchor: date, days: int) -> None:
    """Keep the holidays of the year played and of the coming one; nothing opens on two that are not near."""
    administrator = place.actors[Role.ADMINISTRATOR]
    own = anchor + timedelta(days=ANNIVERSARY)
    closures.add_holiday(day=own, name="Aniversario de La Pradera", actor=administrator)
    for ahead in range(-days, 366):
        day = anchor + timedelta(days=ahead)
        name = next((name for month, number, name in HOLIDAYS if (month, number) == (day.month, day.day)), "")
        if name and day != own:
            closed = ahead > AHEAD and (day.month, day.day) in CLOSED
            closures.add_holiday(day=day, name=name, closed=closed, actor=administrator)


def _keep_templates(place: Complex) -> None:
    billing = place.actors[Role.BILLING]
    month = DraftLine(Decimal(1), description="Escuela de pádel, mes", unit_price=Decimal("60.00"),
                      price_includes_tax=True, tax_category="general")  # fmt: skip
    racket = DraftLine(Decimal(1), product_id=place.products["RA"].pk)
    line_templates.create(TemplateInput("Escuela de pádel, mes", (month, racket)), actor=billing)
    cup = (
        DraftLine(Decimal(1), product_id=place.products["TORNEO"].pk),
        DraftLine(Decimal(24), product_id=place.products["HI"].pk),
    )
    line_templates.create(TemplateInput("Torneo relámpago", cup), actor=billing)


def _enter_somebody_twice(place: Complex) -> None:
    """Enter a person who is there by their cédula once more, by their RUC: the name written otherwise."""
    person = next(row for row in place.persons if row.identification_type == "05")
    again = {
        "identification_type": "04",
        "identification": f"{person.identification}001",
        "name": " ".join(reversed(person.name.upper().split())),
        "email": person.email,
        "phone": person.phone,
    }
    customers.create(again, actor=place.actors[Role.FRONTDESK])
