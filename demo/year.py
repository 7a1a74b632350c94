"""A year at the sports complex, event by event in the order of time, each through the product's own workflow.

`Year` plans with a seeded generator and keeps a queue of moments; what happens at one moment may plan later
ones (a booking plans its check-in, an invoice its payment). Nothing happens after the anchor day begins, so
that no row is of the future; bookings of the coming days are made before it.
"""

import heapq
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from billing import workflow as billing
from billing.customers import final_consumer
from billing.drafts import DraftInput, DraftLine
from billing.models import Billable, Customer, Document
from billing.totals import Discount
from companies.roles import Role
from core import clock
from core.money import cents
from demo.company import Complex
from payments import workflow as payments
from payments.allocation import Allocation
from payments.models import PaymentMethod
from reservations import workflow as reservations
from reservations.models import Court
from reservations.pricing import ExtraInput

DAYS = 365
AHEAD = 14  # bookings already made for the coming days
PERSONS_A_DAY = 5
CANCELLED, ABSENT, INVOICED_AT_ONCE = 0.06, 0.03, 0.56
METHODS = {"01": 38, "20": 27, "16": 17, "19": 18}  # SRI code → how often, in percent

CANCEL_REASONS = ("Lluvia", "El equipo no se completó", "Cambio de fecha", "Cliente enfermo")
VOID_REASONS = ("Datos del cliente equivocados", "Se facturó dos veces", "El cliente pidió factura a otra razón social")


class Year:
    """Plays the year; `play()` is all there is to call."""

    def __init__(self, place: Complex, chance: Random, anchor: date) -> None:
        self.place, self.chance = place, chance
        self.first, self.anchor = anchor - timedelta(days=DAYS), anchor
        self.end = self._moment(anchor, 0)
        self._queue: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = count()
        self._taken: set[tuple[int, datetime]] = set()

    def play(self, tell: Callable[[str], None]) -> None:
        """Plan the bookings and let everything follow, moment by moment."""
        self._plan()
        month = ""
        while self._queue:
            moment, _order, happen = heapq.heappop(self._queue)
            if moment >= self.end:
                continue
            with clock.at(moment):
                happen()
            if f"{clock.local(moment):%Y-%m}" != month:
                month = f"{clock.local(moment):%Y-%m}"
                tell(month)

    # Planning

    def _plan(self) -> None:
        for offset in range(DAYS + AHEAD):
            day = self.first + timedelta(days=offset)
            for firm, court, hour in self._weekly(day):
                self._plan_booking(firm, court, day, hour, slots=1)
            for _ in range(self.chance.randint(PERSONS_A_DAY - 2, PERSONS_A_DAY + (3 if day.weekday() > 3 else 1))):
                self._plan_booking(
                    self.chance.choice(self.place.persons),
                    self.chance.choice(self.place.courts),
                    day,
                    self.chance.choice((7, 9, 10, 12, 16, 17, 18, 18, 19, 19, 20, 20, 21, 22)),
                    slots=2 if self.chance.random() < 0.2 else 1,
                )
            if day.day == 1:
                self._at(day, 9, self._bill_the_month)
            if self.chance.random() < 0.5:
                self._at(day, self.chance.randint(10, 20), self._sell_at_the_counter)
            if self.chance.random() < 0.22:
                self._at(day, self.chance.randint(9, 17), self._sell_to_a_firm)
        self._at(self.anchor - timedelta(days=1), 18, self._leave_drafts)

    def _weekly(self, day: date) -> list[tuple[Customer, Court, int]]:
        """Return the firms that play on that weekday, each always on the same court at the same hour."""
        courts = self.place.courts
        return [
            (firm, courts[number % 3], 18 + number // 3 % 4)
            for number, firm in enumerate(self.place.firms)
            if number % 5 == day.weekday()
        ]

    def _plan_booking(self, customer: Customer, court: Court, day: date, hour: int, *, slots: int) -> None:
        minutes = court.slot_minutes
        opens = self._moment(day, 6)
        index = (hour - 6) * 60 // minutes
        starts = opens + timedelta(minutes=index * minutes)
        ends = starts + timedelta(minutes=slots * minutes)
        places = {(court.pk, starts + timedelta(minutes=n * minutes)) for n in range(slots)}
        if places & self._taken or ends > self._moment(day + timedelta(days=1), 0):
            return
        self._taken |= places
        booked = starts - timedelta(hours=self.chance.randint(3, 24 * 9), minutes=self.chance.randrange(60))
        if starts >= self.end:
            booked = min(booked, self.end - timedelta(minutes=self.chance.randint(5, 600)))
        self._when(max(booked, self._moment(self.first, 6)), lambda: self._book(customer, court, starts, ends))

    # The front desk

    def _book(self, customer: Customer, court: Court, starts: datetime, ends: datetime) -> None:
        extras: tuple[ExtraInput, ...] = ()
        if self.chance.random() < 0.25:
            product = self.place.products[self.chance.choice(("BALON", "CHALECO", "RAQUETA"))]
            extras = (ExtraInput(quantity=Decimal(self.chance.randint(1, 2)), product_id=product.pk),)
        confirm = starts < self.end or self.chance.random() < 0.8
        booking = reservations.book(
            reservations.BookInput(
                court_id=court.pk,
                starts_at=starts,
                ends_at=ends,
                customer_id=customer.pk,
                extras=extras,
                confirm=confirm,
            ),
            actor=self._as(Role.FRONTDESK),
        )
        if confirm:
            self._plan_the_rest(booking.pk, customer, starts, ends)

    def _plan_the_rest(self, pk: int, customer: Customer, starts: datetime, ends: datetime) -> None:
        draw, desk = self.chance.random(), self._as(Role.FRONTDESK)
        if draw < CANCELLED:
            reason = self.chance.choice(CANCEL_REASONS)
            moment = max(clock.now(), starts - timedelta(hours=2))
            self._when(moment, lambda: reservations.cancel(pk, reason=reason, actor=desk))
            return
        if draw < CANCELLED + ABSENT:
            self._when(starts + timedelta(minutes=25), lambda: reservations.no_show(pk, actor=desk))
            return
        self._when(starts - timedelta(minutes=5), lambda: reservations.check_in(pk, actor=desk))
        self._when(ends, lambda: reservations.complete(pk, actor=desk))
        if customer in self.place.persons and self.chance.random() < INVOICED_AT_ONCE:
            self._when(ends + timedelta(minutes=4), lambda: self._invoice_booking(pk))

    def _invoice_booking(self, pk: int) -> None:
        self._collect(reservations.invoice(pk, issue=True, actor=self._as(Role.FRONTDESK)))

    # Billing

    def _bill_the_month(self) -> None:
        for firm in self.place.firms:
            waiting = Billable.objects.waiting().filter(customer=firm, service_date__lt=clock.today())
            chosen = tuple(waiting.order_by("pk").values_list("pk", flat=True))
            if chosen:
                entered = DraftInput(customer_id=firm.pk, billable_ids=chosen, notes="Consumo del mes anterior")
                self._collect(self._issue(entered), late=True)

    def _sell_at_the_counter(self) -> None:
        lines = self._lines(("AGUA", "HIDRAT", "FRUTA", "BALON"), most=3)
        self._collect(self._issue(DraftInput(customer_id=final_consumer().pk, lines=lines)))

    def _sell_to_a_firm(self) -> None:
        discount = Discount.percent(Decimal(10)) if self.chance.random() < 0.3 else Discount.amount(Decimal(0))
        entered = DraftInput(
            customer_id=self.chance.choice(self.place.firms).pk,
            lines=self._lines(("TORNEO", "CLASE", "HIDRAT"), most=2),
            discount=discount,
            additional_info=(("Orden de compra", f"OC-{self.chance.randint(1000, 9999)}"),),
        )
        self._collect(self._issue(entered), late=True)

    def _leave_drafts(self) -> None:
        for customer in self.chance.sample(self.place.firms, 6):
            entered = DraftInput(customer_id=customer.pk, lines=self._lines(("CLASE", "TORNEO"), most=2))
            billing.draft(entered, actor=self._as(Role.BILLING))

    def _issue(self, entered: DraftInput) -> Document:
        draft = billing.draft(entered, actor=self._as(Role.BILLING))
        return billing.issue(draft.pk, actor=self._as(Role.BILLING))

    def _lines(self, codes: tuple[str, ...], *, most: int) -> tuple[DraftLine, ...]:
        chosen = self.chance.sample(codes, self.chance.randint(1, min(most, len(codes))))
        return tuple(
            DraftLine(quantity=Decimal(self.chance.randint(1, 4)), product_id=self.place.products[code].pk)
            for code in chosen
        )

    # The till

    def _collect(self, document: Document, *, late: bool = False) -> None:
        """Plan how the invoice is paid: at once, in parts, late, never, or with a slip that is put right."""
        if late:
            if self.chance.random() < 0.8:
                self._after(days=self.chance.randint(4, 50), happen=lambda: self._pay(document, 1))
        elif document.customer.is_final_consumer or self.chance.random() < 0.82:
            self._pay(document, 1)
        elif self.chance.random() < 0.6:
            self._pay(document, 2)
            if self.chance.random() < 0.7:
                self._after(days=self.chance.randint(1, 20), happen=lambda: self._pay(document, 1))
        elif self.chance.random() < 0.6:
            reason = self.chance.choice(VOID_REASONS)
            happen = lambda: billing.void(document.pk, reason=reason, actor=self._as(Role.BILLING))  # noqa: E731
            self._after(days=1, happen=happen)

    def _pay(self, document: Document, parts: int) -> None:
        balance = Document.objects.values_list("balance", flat=True).get(pk=document.pk)
        if balance == 0:
            return
        method = self._method()
        known = not document.customer.is_final_consumer
        too_much = known and parts == 1 and method.needs_reference and self.chance.random() < 0.01
        settled = cents(balance / parts)
        payment = payments.record(
            payments.PaymentInput(
                customer_id=document.customer_id,
                method_id=method.pk,
                amount=settled + (Decimal(10) if too_much else 0),
                reference=f"{self.chance.randrange(10**8):08d}" if method.needs_reference else "",
                allocations=(Allocation(document.pk, settled),),
                leave_credit=too_much,
            ),
            actor=self._as(Role.CASHIER),
        )
        if self.chance.random() < 0.008:
            payments.void(payment.pk, reason="Método equivocado", actor=self._as(Role.CASHIER))
            self._after(days=0, happen=lambda: self._pay(document, 1))

    def _method(self) -> PaymentMethod:
        code = self.chance.choices(list(METHODS), list(METHODS.values()))[0]
        return self.chance.choice([row for row in self.place.methods.values() if row.sri_code == code])

    # Time and people

    def _as(self, role: Role):  # noqa: ANN202
        return self.place.actors[role]

    def _moment(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), tzinfo=clock.zone())

    def _at(self, day: date, hour: int, happen: Callable[[], object]) -> None:
        self._when(self._moment(day, hour), happen)

    def _after(self, *, days: int, happen: Callable[[], object]) -> None:
        self._when(clock.now() + timedelta(days=days, minutes=self.chance.randint(3, 90)), happen)

    def _when(self, moment: datetime, happen: Callable[[], object]) -> None:
        heapq.heappush(self._queue, (moment, next(self._order), happen))
