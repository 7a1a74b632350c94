"""The office's year: what was invoiced, what was paid, what was put right.

For most of it the company prints its invoices; in its last weeks it issues electronically, and SRI authorizes them.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import cast

from django.db.models import QuerySet

from billing import customers, notes
from billing import workflow as billing
from billing.customers import final_consumer
from billing.drafts import DraftInput, DraftLine
from billing.models import Authorization, Billable, Document, Status
from billing.note_drafts import Mode, NoteInput
from billing.totals import Discount
from companies.roles import Role
from core import clock
from core.actor import Actor
from core.money import cents
from demo import people, tax_office
from demo.company import Complex, begin_to_mail, go_electronic
from demo.desk import Booked
from demo.timeline import Timeline
from payments import quick_sale, refunds
from payments import workflow as payments
from payments.allocation import Allocation
from payments.models import PaymentMethod
from reservations import workflow as reservations
from sri.simulator import Simulator

# Days before the anchor: the last void, since when SRI is spoken to, what is then put right, since when there is mail.
VOIDED, ELECTRONIC, PARTLY_CREDITED, CREDITED, REFUSED, MAILS = 23, 21, 9, 6, 5, 4
# And money on its own days: an advance, what of it is given back, and an account paid by two methods.
ADVANCED, REFUNDED, BY_TWO_METHODS = 12, 7, 3

INVOICED_AT_ONCE = 0.94
METHODS = {"01": 38, "20": 27, "16": 17, "19": 18}  # SRI code → how often, in percent

VOID_REASONS = ("Datos del cliente equivocados", "Se facturó dos veces", "El cliente pidió factura a otra razón social")


class Office(Timeline):
    """Plays what follows the bookings, as far as the front desk has come."""

    def __init__(self, place: Complex, seed: int, anchor: date, days: int, sri: Simulator) -> None:
        super().__init__(anchor, days)
        self.place, self.chance = place, Random(seed)  # noqa: S311 (a plan that repeats, not a secret)
        self.sri = sri
        for back, hour, happen in (
            (VOIDED, 17, self._void),
            (ELECTRONIC, 7, lambda: go_electronic(place)),
            (PARTLY_CREDITED, 11, self._credit_in_part),
            (CREDITED, 16, self._credit_whole),
            (REFUSED, 10, self._sell_to_who_is_unknown),
            (MAILS, 6, lambda: begin_to_mail(self._as(Role.OWNER))),
            (ADVANCED, 10, self._advance),
            (REFUNDED, 12, self._give_back),
            (BY_TWO_METHODS, 18, self._pay_by_two_methods),
        ):
            self.at(max(anchor - timedelta(days=back), self.first), hour, happen)
        for offset in range(days):
            self._plan(self.first + timedelta(days=offset))
        self.at(anchor - timedelta(days=1), 18, self._leave_drafts)

    def _plan(self, day: date) -> None:
        if day.day == 1:
            self.at(day, 9, self._bill_the_month)
        if self.chance.random() < 0.3:
            self.at(day, self.chance.randint(10, 20), self._sell_at_the_counter)
        if self.chance.random() < 0.15:
            self.at(day, self.chance.randint(9, 17), self._sell_to_a_firm)

    def expect(self, booked: Booked) -> None:
        """Plan the invoice of a booking that takes place, if it is asked for at once."""
        if booked.by_person and self.chance.random() < INVOICED_AT_ONCE:
            self.when(booked.ends + timedelta(minutes=4), lambda: self._invoice(booked.pk))

    def _invoice(self, pk: int) -> None:
        invoice = reservations.invoice(pk, issue=True, actor=self._as(Role.FRONTDESK))
        tax_office.transmit(invoice)
        self._collect(invoice)

    def _bill_the_month(self) -> None:
        for firm in self.place.firms:
            waiting = Billable.objects.waiting().filter(customer=firm, service_date__lt=clock.today())
            chosen = tuple(waiting.order_by("pk").values_list("pk", flat=True))
            if chosen:
                entered = DraftInput(customer_id=firm.pk, billable_ids=chosen, notes="Consumo del mes anterior")
                self._collect(self._issue(entered), late=True)

    def _sell_at_the_counter(self) -> None:
        lines = self._lines(("AG", "HI", "FR", "BA"), most=3)
        method = self._method()
        entered = quick_sale.SaleInput(
            lines=tuple(quick_sale.SaleLine(cast(int, line.product_id), line.quantity) for line in lines),
            method_id=method.pk,
            reference=self._reference(method),
        )
        tax_office.transmit(quick_sale.sell(entered, actor=self._as(Role.CASHIER)).document)

    def _sell_to_a_firm(self) -> None:
        discount = Discount.percent(Decimal(10)) if self.chance.random() < 0.3 else Discount.amount(Decimal(0))
        entered = DraftInput(
            customer_id=self.chance.choice(self.place.firms).pk,
            lines=self._lines(("TORNEO", "CLASE", "HI"), most=2),
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
        invoice = billing.issue(draft.pk, actor=self._as(Role.BILLING))
        tax_office.transmit(invoice)
        return invoice

    def _sell_to_who_is_unknown(self) -> None:
        """Leave an invoice that SRI refuses, because of the buyer's RUC, for a person to correct."""
        ruc = people.company_ruc(self.chance)
        named = {"identification_type": "04", "identification": ruc, "name": "Ferretería El Tornillo Cía. Ltda."}
        buyer = customers.create(named | {"email": "compras@eltornillo.test"}, actor=self._as(Role.BILLING)).customer
        self.sri.faults.set({"receivers": {ruc: "69"}})
        self._issue(DraftInput(customer_id=buyer.pk, lines=self._lines(("TORNEO", "CLASE"), most=2)))
        self.sri.faults.reset()

    def _void(self) -> None:
        for invoice in Document.objects.invoices().filter(status=Status.ISSUED).order_by("-sequential")[:1]:
            self._take_back(invoice, self.chance.choice(VOID_REASONS))

    def _credit_in_part(self) -> None:
        for invoice in self._creditable():
            self._credit(invoice, NoteInput(Mode.AMOUNT, "Descuento: la cancha se quedó sin luz media hora",
                                            amount=cents(invoice.total / 4)))  # fmt: skip

    def _credit_whole(self) -> None:
        for invoice in self._creditable():
            self._credit(invoice, NoteInput(Mode.WHOLE, self.chance.choice(VOID_REASONS)))

    def _creditable(self) -> QuerySet[Document]:
        """Return the newest invoice to somebody known that SRI has authorized and nobody has credited, if any."""
        known = Document.objects.invoices().filter(authorization=Authorization.AUTHORIZED, notes_on_it=None)
        return known.exclude(customer=final_consumer()).order_by("-sequential")[:1]

    def _credit(self, invoice: Document, entered: NoteInput) -> None:
        tax_office.transmit(notes.draft_and_issue(invoice.pk, entered, actor=self._as(Role.BILLING)))

    def _take_back(self, invoice: Document, reason: str) -> None:
        """Void an invoice, or credit it where SRI has authorized it: it is final there."""
        if invoice.is_electronic and not invoice.notes_on_it.exists():
            self._credit(invoice, NoteInput(Mode.WHOLE, reason))
        elif Document.objects.filter(pk=invoice.pk, status=Status.ISSUED, authorization=Authorization.NONE).exists():
            billing.void(invoice.pk, reason=reason, actor=self._as(Role.BILLING))

    def _lines(self, codes: tuple[str, ...], *, most: int) -> tuple[DraftLine, ...]:
        chosen = self.chance.sample(codes, self.chance.randint(1, min(most, len(codes))))
        return tuple(
            DraftLine(quantity=Decimal(self.chance.randint(1, 4)), product_id=self.place.products[code].pk)
            for code in chosen
        )

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
            self._after(days=1, happen=lambda: self._take_back(document, reason))

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
                reference=self._reference(method),
                allocations=(Allocation(document.pk, settled),),
                leave_credit=too_much,
            ),
            actor=self._as(Role.CASHIER),
        )
        if self.chance.random() < 0.008:
            payments.void(payment.pk, reason="Método equivocado", actor=self._as(Role.CASHIER))
            self._after(days=0, happen=lambda: self._pay(document, 1))

    def _advance(self) -> None:
        """Take money of the first firm before anything is invoiced to it."""
        payments.record(
            payments.PaymentInput(
                customer_id=self.place.firms[0].pk,
                method_id=self.place.methods["Transferencia bancaria"].pk,
                amount=Decimal(200),
                reference="00910233",
                notes="Anticipo del torneo interno",
                allocations=(),
                leave_credit=True,
            ),
            actor=self._as(Role.CASHIER),
        )

    def _give_back(self) -> None:
        """Give the same firm a part of its advance back."""
        entered = refunds.RefundInput(
            customer_id=self.place.firms[0].pk,
            method_id=self.place.methods["Transferencia bancaria"].pk,
            amount=Decimal(50),
            reference="00910871",
            reason="El torneo tuvo dos equipos menos",
        )
        refunds.refund(entered, actor=self._as(Role.ADMINISTRATOR))

    def _pay_by_two_methods(self) -> None:
        """Pay the oldest open invoice of a known buyer by card and, the rest, in cash with change."""
        known = Document.objects.invoices().with_balance().exclude(customer__identification_type="07")
        for invoice in known.filter(balance__gt=20).order_by("due_date", "pk")[:1]:
            cash = invoice.balance - 10
            parts = (
                payments.PartInput(self.place.methods["Tarjeta de crédito"].pk, Decimal(10), "552901"),
                payments.PartInput(self.place.methods["Efectivo"].pk, cash, tendered=cash + Decimal(5)),
            )
            allocations = (Allocation(invoice.pk, invoice.balance),)
            entered = payments.ReceiptInput(invoice.customer_id, parts, allocations=allocations)
            payments.receive(entered, actor=self._as(Role.CASHIER))

    def _method(self) -> PaymentMethod:
        code = self.chance.choices(list(METHODS), list(METHODS.values()))[0]
        return self.chance.choice([row for row in self.place.methods.values() if row.sri_code == code])

    def _reference(self, method: PaymentMethod) -> str:
        return f"{self.chance.randrange(10**8):08d}" if method.needs_reference else ""

    def _as(self, role: Role) -> Actor:
        return self.place.actors[role]

    def _after(self, *, days: int, happen: Callable[[], object]) -> None:
        self.when(clock.now() + timedelta(days=days, minutes=self.chance.randint(3, 90)), happen)
