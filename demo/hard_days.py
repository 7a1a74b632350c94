"""What makes the front desk's days hard, around the anchor day, so that one meets it.

A team of every Tuesday, a split account, a birthday with a deposit, a late cancellation, who waits, a court to mend.
"""

from datetime import date, datetime, timedelta
from typing import Final

from billing.models import Customer
from companies.roles import Role
from demo.desk import Desk
from reservations import closures, moving, repeating, splitting, waiting
from reservations import workflow as reservations
from reservations.models import Court, Reservation
from reservations.plan import RepeatInput
from reservations.splitting import ShareInput
from reservations.waiting import WaitingInput

BIRTHDAY: Final = "Cumpleaños de Martina: decoración desde las 14:30"
DOUBLES: Final = "Cuatro jugadores, cada uno paga su parte"
TUESDAY, TEAM_PLAYS = 1, 20
TEAM_BEFORE, TEAM_AFTER = 60, 75  # days of the team around the anchor


class HardDays:
    """Plans them at a desk that has not begun."""

    def __init__(self, desk: Desk, anchor: date) -> None:
        self.desk, self.anchor = desk, anchor
        self.place, self.actor = desk.place, desk.actor

    def plan(self) -> None:
        """Keep the courts that are needed, and plan each step at its moment."""
        self._mend_a_court()
        self._play_every_tuesday()
        self._split()
        self._leave_a_deposit()
        self._cancel_late()

    def _at(self, back: int, hour: int) -> datetime:
        return self.desk.moment(max(self.anchor - timedelta(days=back), self.desk.first), hour)

    def _book(self, back: int, customer: Customer, court: Court, starts: datetime, *, slots: int, notes: str) -> None:
        """Plan that a customer books a court so many days before the anchor."""
        self.desk.keep(court, starts, slots)
        entered = reservations.BookInput(
            court_id=court.pk,
            starts_at=starts,
            ends_at=starts + slots * timedelta(minutes=court.slot_minutes),
            customer_id=customer.pk,
            notes=notes,
            confirm=True,
        )
        self.desk.when(self._at(back, 8), lambda: reservations.book(entered, actor=self.actor))

    def _mend_a_court(self) -> None:
        """Block the second pádel court tomorrow morning."""
        court, tomorrow = self.place.courts[4], self.anchor + timedelta(days=1)
        begins, ends = self.desk.moment(tomorrow, 6), self.desk.moment(tomorrow, 12)
        self.desk.keep(court, begins, 4)
        self.desk.when(
            self._at(2, 10),
            lambda: closures.add_blackout(
                starts_at=begins,
                ends_at=ends,
                reason="Mantenimiento: cambio de vidrio",
                court_id=court.pk,
                actor=self.place.actors[Role.ADMINISTRATOR],
            ),
        )

    def _play_every_tuesday(self) -> None:
        """Book a team's Tuesdays, play those that are over, and put the next one an hour later."""
        court, began = self.place.courts[1], max(self.anchor - timedelta(days=TEAM_BEFORE), self.desk.first)
        first = began + timedelta(days=1 + (TUESDAY - began.weekday() - 1) % 7)
        last = self.anchor + timedelta(days=TEAM_AFTER)
        for week in range((last - first).days // 7 + 1):
            self.desk.keep(court, self.desk.moment(first + timedelta(weeks=week), TEAM_PLAYS), 2)
        entered = RepeatInput(
            court_id=court.pk,
            customer_id=self.place.persons[24].pk,
            first_on=first,
            starts=TEAM_PLAYS * 60,
            minutes=60,
            until=last,
            notes="Los Halcones: equipo de los martes",
        )

        def start() -> None:
            outcome = repeating.start(entered, skip_others=True, actor=self.actor)
            today = self.desk.moment(self.anchor, TEAM_PLAYS)
            coming = next(row for row in outcome.done if row.starts_at > today)
            later = coming.starts_at + timedelta(hours=1)
            self.desk.when(self._at(4, 11), lambda: moving.move(coming.pk, court.pk, later, actor=self.actor))
            for row in outcome.done:
                if row.starts_at < self.desk.end:
                    self.desk.take_place(row.pk, row.starts_at, row.ends_at, by_person=True)

        self.desk.when(self.desk.moment(began, 9), start)

    def _split(self) -> None:
        """Book a double of this evening, and divide its account among the four."""
        court, players = self.place.courts[3], self.place.persons[25:29]
        self._book(3, players[0], court, self.desk.moment(self.anchor, 18), slots=1, notes=DOUBLES)

        def divide() -> None:
            booking = Reservation.objects.get(notes=DOUBLES)
            splitting.split(booking.pk, [ShareInput(player.pk) for player in players], actor=self.actor)

        self.desk.when(self._at(2, 9), divide)

    def _leave_a_deposit(self) -> None:
        """Book a birthday of next week; the office takes its deposit."""
        starts = self.desk.moment(self.anchor + timedelta(days=9), 15)
        self._book(7, self.place.persons[29], self.place.courts[2], starts, slots=2, notes=BIRTHDAY)

    def _cancel_late(self) -> None:
        """Cancel a booking of today too late to cost nothing; it is offered to who waits for it; another waits on."""
        court, notes = self.place.courts[5], "Clase con el profesor"
        self._book(4, self.place.persons[30], court, self.desk.moment(self.anchor, 17), slots=1, notes=notes)
        tennis = WaitingInput(
            starts_at=self.desk.moment(self.anchor, 16),
            ends_at=self.desk.moment(self.anchor, 20),
            court_id=court.pk,
            customer_id=self.place.persons[31].pk,
            note="Avisar por WhatsApp",
        )
        football = WaitingInput(
            starts_at=self.desk.moment(self.anchor + timedelta(days=2), 18),
            ends_at=self.desk.moment(self.anchor + timedelta(days=2), 22),
            venue_id=court.venue_id,
            name="Ramiro Chiluiza",
            phone="0998123456",
            note="Cualquier cancha de fútbol",
        )
        self.desk.when(self._at(1, 11), lambda: waiting.add(tennis, actor=self.actor))
        self.desk.when(self._at(1, 12), lambda: waiting.add(football, actor=self.actor))

        def cancel() -> None:
            booking = Reservation.objects.get(notes=notes)
            reservations.cancel(booking.pk, reason="El profesor se lesionó", actor=self.actor)

        self.desk.when(self._at(1, 20), cancel)
