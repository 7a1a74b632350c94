"""The front desk's year: who books which court when, who cancels, who comes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from billing.models import Customer
from companies.roles import Role
from core import clock
from demo.company import Complex
from demo.timeline import AHEAD, Timeline
from reservations import workflow as reservations
from reservations.models import Court
from reservations.pricing import ExtraInput

PERSONS_A_DAY = 3
CANCELLED, ABSENT = 0.06, 0.03
NOTICES = (2, 7, 26, 30, 48, 72)  # hours before the beginning at which people cancel
CANCEL_REASONS = ("Lluvia", "El equipo no se completó", "Cambio de fecha", "Cliente enfermo")


@dataclass(frozen=True, slots=True)
class Booked:
    """A confirmed booking that will take place: what the office goes on with, and since when it can know."""

    told_at: datetime
    pk: int
    by_person: bool
    ends: datetime


class Desk(Timeline):
    """Plays the bookings and who comes, and tells of each that will take place and of each moment that has passed."""

    def __init__(
        self,
        place: Complex,
        seed: int,
        anchor: date,
        days: int,
        *,
        tell: Callable[[Booked], None],
        report: Callable[[datetime], None],
    ) -> None:
        super().__init__(anchor, days)
        self.place, self.chance = place, Random(seed)  # noqa: S311 (a plan that repeats, not a secret)
        self.tell, self.report = tell, report
        self.actor = place.actors[Role.FRONTDESK]
        self._taken: set[tuple[int, datetime]] = set()

    def passed(self, moment: datetime) -> None:
        """Report how far the desk is."""
        self.report(moment)

    def run(self) -> None:
        """Plan the year's bookings, and make them."""
        for offset in range(self.days + AHEAD):
            day = self.first + timedelta(days=offset)
            for number, firm in enumerate(self.place.firms):
                if day.weekday() in (
                    number % 5,
                    (number + 2) % 5,
                ):  # each firm plays twice a week, always there and then
                    self._plan(firm, self.place.courts[number % 3], day, 18 + number // 3 % 4)
            for _ in range(self.chance.randint(PERSONS_A_DAY - 2, PERSONS_A_DAY + (3 if day.weekday() > 3 else 1))):
                hour = self.chance.choice((7, 9, 10, 12, 16, 17, 18, 18, 19, 19, 20, 20, 21, 22))
                person, court = self.chance.choice(self.place.persons), self.chance.choice(self.place.courts)
                self._plan(person, court, day, hour, slots=2 if self.chance.random() < 0.2 else 1)
        self.play(self.end)

    def _plan(self, customer: Customer, court: Court, day: date, hour: int, *, slots: int = 1) -> None:
        slot = timedelta(minutes=court.slot_minutes)
        starts = self.moment(day, 6) + (hour - 6) * timedelta(hours=1) // slot * slot
        ends = starts + slots * slot
        places = _places(court, starts, slots)
        if places & self._taken or ends > self.moment(day + timedelta(days=1), 0):
            return
        self.keep(court, starts, slots)
        booked = starts - timedelta(hours=self.chance.randint(3, 24 * 9), minutes=self.chance.randrange(60))
        if starts >= self.end:
            booked = min(booked, self.end - timedelta(minutes=self.chance.randint(5, 600)))
        self.when(max(booked, self.moment(self.first, 6)), lambda: self._book(customer, court, starts, ends))

    def _book(self, customer: Customer, court: Court, starts: datetime, ends: datetime) -> None:
        confirm = starts < self.end or self.chance.random() < 0.8
        booking = reservations.book(
            reservations.BookInput(
                court_id=court.pk,
                starts_at=starts,
                ends_at=ends,
                customer_id=customer.pk,
                extras=self._extras(),
                confirm=confirm,
            ),
            actor=self.actor,
        )
        if confirm and self.chance.random() < CANCELLED:
            reason = self.chance.choice(CANCEL_REASONS)
            moment = max(clock.now(), starts - timedelta(hours=self.chance.choice(NOTICES)))
            self.when(moment, lambda: reservations.cancel(booking.pk, reason=reason, actor=self.actor))
        elif confirm and self.chance.random() < ABSENT:
            self.when(starts + timedelta(minutes=25), lambda: reservations.no_show(booking.pk, actor=self.actor))
        elif confirm:
            self.take_place(booking.pk, starts, ends, by_person=not customer.payment_days)

    def take_place(self, pk: int, starts: datetime, ends: datetime, *, by_person: bool) -> None:
        """Plan that a booking is played, and tell of it."""
        self.when(starts - timedelta(minutes=5), lambda: reservations.check_in(pk, actor=self.actor))
        self.when(ends, lambda: reservations.complete(pk, actor=self.actor))
        self.tell(Booked(clock.now(), pk, by_person, ends))

    def keep(self, court: Court, starts: datetime, slots: int) -> None:
        """Plan nothing else on a court for so many slots."""
        self._taken |= _places(court, starts, slots)

    def _extras(self) -> tuple[ExtraInput, ...]:
        if self.chance.random() >= 0.25:
            return ()
        product = self.place.products[self.chance.choice(("BA", "CH", "RA"))]
        return (ExtraInput(quantity=Decimal(self.chance.randint(1, 2)), product_id=product.pk),)


def _places(court: Court, starts: datetime, slots: int) -> set[tuple[int, datetime]]:
    return {(court.pk, starts + n * timedelta(minutes=court.slot_minutes)) for n in range(slots)}
