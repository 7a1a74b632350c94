"""The same work through two doors: what a person does on the pages, and what a program does over the API."""

from typing import Any, Protocol

from django.test import Client

from billing.models import Document
from companies.models import User
from payments.models import Payment, PaymentMethod
from reservations.models import Court, Reservation
from tests.api_client import Api
from tests.pages import filled
from tests.reservations.factories import at
from tests.world import BACKEND


class Door(Protocol):
    """What a day at the desk takes; each step returns the id of what it made, or the HTTP status of an act."""

    def book(self, court: Court, customer_id: int) -> int:
        """Book 18:00 to 19:00."""

    def act(self, booking: int, step: str) -> int:
        """Take a step that needs nothing but a press."""

    def draft(self, booking: int) -> int:
        """Draft the booking's invoice."""

    def issue(self, invoice: int) -> int:
        """Give the invoice its number."""

    def pay(self, invoice: int, amount: str) -> int:
        """Record a payment of the invoice in USD, written `60.00`."""

    def void(self, invoice: int, *, void_payments: bool) -> int:
        """Void the invoice."""


class Program:
    """The API."""

    def __init__(self, user: User) -> None:
        self.api = Api(user)

    def book(self, court: Court, customer_id: int) -> int:
        period = {"starts_at": at("18:00").isoformat(), "ends_at": at("19:00").isoformat()}
        return self.api.post("reservations/", {"resource": court.pk, "customer": customer_id} | period)["id"]

    def act(self, booking: int, step: str) -> int:
        self.api.post(f"reservations/{booking}/{step}/")
        return self.api.status

    def draft(self, booking: int) -> int:
        return self.api.post(f"reservations/{booking}/invoice/")["id"]

    def issue(self, invoice: int) -> int:
        self.api.post(f"invoices/{invoice}/issue/")
        return self.api.status

    def pay(self, invoice: int, amount: str) -> int:
        body = {"invoice": invoice, "method": PaymentMethod.objects.get().pk, "amount": amount}
        return self.api.post("payments/", body).get("id", self.api.status)

    def void(self, invoice: int, *, void_payments: bool) -> int:
        self.api.post(f"invoices/{invoice}/void/", {"reason": "Pedido por error", "void_payments": void_payments})
        return self.api.status


class Person:
    """The pages, as a browser without JavaScript sends them."""

    STEPS = {"confirm": "confirmar"}

    def __init__(self, user: User) -> None:
        self.client = Client(raise_request_exception=True)
        self.client.force_login(user, backend=BACKEND)

    def book(self, court: Court, customer_id: int) -> int:
        start = at("18:00")
        typed = {"customer": customer_id, "starts_at": start.isoformat(), "slots": "1", "then": "request"}
        self._send(f"/reservas/nueva/?court={court.pk}&day={start:%Y-%m-%d}", typed)
        return Reservation.objects.latest("pk").pk

    def act(self, booking: int, step: str) -> int:
        return self.client.post(f"/reservas/{booking}/{self.STEPS[step]}/").status_code

    def draft(self, booking: int) -> int:
        answer = self.client.post(f"/reservas/{booking}/facturar/")
        return int(answer.url.rstrip("/").rpartition("/")[2])

    def issue(self, invoice: int) -> int:
        return self.client.post(f"/facturas/{invoice}/emitir/").status_code

    def pay(self, invoice: int, amount: str) -> int:
        typed = {"amount": amount.replace(".", ","), "method": PaymentMethod.objects.get().pk}
        answer = self._send(f"/cobros/nuevo/?invoice={invoice}", typed | {"proposed_for": ""})
        return Payment.objects.latest("pk").pk if answer.status_code == 302 else answer.status_code

    def void(self, invoice: int, *, void_payments: bool) -> int:
        money = {"money": "void" if void_payments else "credit"}
        return self._send(f"/facturas/{invoice}/anular/", {"reason": "Pedido por error"} | money).status_code

    def _send(self, path: str, typed: dict[str, Any]) -> Any:
        seen = self.client.get(path)
        return self.client.post(path, filled(self.client, path, typed)) if seen.status_code == 200 else seen


def state(invoice: int) -> tuple[str, str]:
    """Return an invoice's status and balance."""
    document = Document.objects.get(pk=invoice)
    return document.status, f"{document.balance:.2f}"
