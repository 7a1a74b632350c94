"""What the office does about the hard days, and what colleagues leave for each other: around the anchor day, too."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from billing import closing
from billing.models import Billable, Document, Status
from companies.roles import Role
from demo import tax_office
from demo.hard_days import BIRTHDAY, DOUBLES
from demo.office import Office
from desk import attachments, comments, saved, tasks
from desk.saved import ViewInput
from payments import workflow as payments
from payments.allocation import Allocation
from reservations import deposits, invoicing
from reservations.deposits import DepositInput
from reservations.models import SOURCE_TYPE, Reservation

PLAYERS: Final = """Jugador;Talla;Número
Mateo;M;7
Daniela;S;10
Galo;L;1
"""


class BackOffice:
    """Plans it all at an office that has not begun."""

    def __init__(self, office: Office, anchor: date) -> None:
        self.office, self.anchor, self.place = office, anchor, office.place

    def plan(self) -> None:
        """Plan each step at its moment."""
        for back, hour, happen in (
            (6, 10, self._take_the_deposit),
            (5, 16, self._close_the_books),
            (1, 15, self._receive_two_shares),
            (1, 16, self._leave_notes),
            (1, 17, self._share_a_view),
            (1, 20, self._issue_many),
        ):
            self._at(back, hour, happen)

    def _at(self, back: int, hour: int, happen: Callable[[], object]) -> None:
        self.office.at(max(self.anchor - timedelta(days=back), self.office.first), hour, happen)

    def _take_the_deposit(self) -> None:
        """Take half of what the birthday costs."""
        booking = Reservation.objects.get(notes=BIRTHDAY)
        method = self.place.methods["Transferencia bancaria"]
        entered = DepositInput(method.pk, Decimal(40), reference="00910455")
        deposits.deposit(booking.pk, entered, actor=self.place.actors[Role.FRONTDESK])

    def _receive_two_shares(self) -> None:
        """Invoice two of the four shares of the double, and receive their money."""
        booking, cash = Reservation.objects.get(notes=DOUBLES), self.place.methods["Efectivo"]
        for billable in Billable.objects.live().of_source(SOURCE_TYPE, booking.pk).order_by("pk")[:2]:
            frontdesk = self.place.actors[Role.FRONTDESK]
            invoice = invoicing.invoice_billable(billable, issue=True, actor=frontdesk)
            tax_office.transmit(invoice)
            paid = (Allocation(invoice.pk, invoice.total),)
            entered = payments.PaymentInput(invoice.customer_id, cash.pk, invoice.total, allocations=paid)
            payments.record(entered, actor=frontdesk)

    def _close_the_books(self) -> None:
        """Close the month before the last one."""
        last_month = self.anchor.replace(day=1) - timedelta(days=1)
        until = last_month.replace(day=1) - timedelta(days=1)
        closing.close(until, reason="IVA declarado", actor=self.place.actors[Role.ACCOUNTANT])

    def _leave_notes(self) -> None:
        """Ask a colleague about an invoice, tell another of a customer, and keep a file beside that one."""
        invoice = Document.objects.invoices().with_balance().order_by("due_date", "pk")[0]
        asked = "@Jorge Macías, dicen que transfirieron la semana pasada. ¿Lo ves en el banco?"
        comments.add("invoice", invoice.pk, asked, actor=self.place.actors[Role.BILLING])
        firm, frontdesk = self.place.firms[0], self.place.actors[Role.FRONTDESK]
        told = "@Gabriela Yépez, piden la factura con orden de compra. @Lucía Benalcázar, quieren dos horas más."
        comments.add("customer", firm.pk, told, actor=frontdesk)
        attachments.add("customer", firm.pk, "jugadores.csv", PLAYERS.encode(), actor=frontdesk)

    def _share_a_view(self) -> None:
        """Share the list of what has been overdue for more than a month and is not lost yet."""
        view = ViewInput("Vencidas de 31 a 60 días", "age=60", shared=True)
        saved.keep("billing:invoices", view, actor=self.place.actors[Role.BILLING])

    def _issue_many(self) -> None:
        """Issue two drafts and what was issued already in the background: the third is refused, with its reason."""
        drafts = Document.objects.invoices().filter(status=Status.DRAFT).order_by("pk")[:2]
        issued = Document.objects.invoices().filter(status=Status.ISSUED).order_by("-pk")[:1]
        things = [(row.pk, f"{row} · {row.customer.name}") for row in (*drafts, *issued)]
        task = tasks.start("billing.issue", things, actor=self.place.actors[Role.BILLING])
        tasks.advance(task.pk)
        for draft in drafts:
            tax_office.transmit(draft)
