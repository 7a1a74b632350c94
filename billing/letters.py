"""Mail to customers: asked for in the transaction of the step it tells of, sent by a job (billing.mailing).

Each letter is a row with its recipients and its Message-ID, both for ever; sent again, it is a new row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Protocol
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import record
from billing.models import Authorization, Customer, CustomerContact, Document, IdentificationType, Letter, Status
from companies.models import Company
from core import clock
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError
from core.jobs import LEASE, enqueue
from core.money import ZERO
from core.tenancy import current_company_id

MOST_RECIPIENTS: Final = 10
BY_ITSELF: Final = Actor.job("billing.letters")


@dataclass(frozen=True, slots=True)
class Applied:
    """A part of a payment: which document it settled, by how much, and what is left of it."""

    number: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """What came in by one method; the rest of the cash that was handed over is change (USD)."""

    method: str
    amount: Decimal
    reference: str = ""
    change: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says of money received."""

    number: str
    amount: Decimal
    paid_on: date
    parts: tuple[Paid, ...]
    applied: tuple[Applied, ...] = ()
    credit: Decimal = ZERO  # what was left as the customer's credit
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A statement of a customer's account: what it comes to (USD; negative is credit), and its paper."""

    balance: Decimal
    name: str
    pdf: bytes


class Receipts(Protocol):
    """What only payments know, which the letters about payments and accounts tell and carry."""

    def of(self, payment_id: int) -> Receipt:
        """Return the facts of a payment's receipt as they are now."""

    def pdf(self, payment_id: int) -> bytes:
        """Return the receipt as PDF."""

    def account(self, customer_id: int, since: date | None, until: date) -> Account:
        """Return a customer's statement of these days, both included."""


_receipts: list[Receipts] = []


def register_receipts(receipts: Receipts) -> None:
    """Tell billing who knows the facts of payments; called once by the app above."""
    _receipts[:] = [receipts]


def receipt_of(payment_id: int) -> Receipt:
    """Return what the receipt of a payment says."""
    return _receipts[0].of(payment_id)


def receipt_pdf(payment_id: int) -> bytes:
    """Return the receipt of a payment as PDF."""
    return _receipts[0].pdf(payment_id)


def account_of(customer_id: int, since: date | None, until: date) -> Account:
    """Return a customer's statement of these days, both included."""
    return _receipts[0].account(customer_id, since, until)


# By itself


def request(document: Document, *, by: str = "", actor: Actor = BY_ITSELF) -> Letter | None:
    """Have a document mailed, in the transaction that authorizes it (or issues it, where nothing goes to SRI).

    Nothing for consumidor final, for a company that does not mail, for what still waits for SRI, nor a second time;
    without an address a row says that nobody was written to.
    """
    if _is_nobody(document) or _refusal_of(document) or not _company().mails_documents:
        return None
    if Letter.objects.filter(document=document, kind=_kind_of(document)).exists():
        return None
    return _write(_of_document(document, recipients_of(document)), by, actor)


def request_receipt(customer: Customer, payment_id: int, *, by: str = "", actor: Actor = BY_ITSELF) -> Letter | None:
    """Have the receipt of a payment mailed, in the transaction that records it, where the company sends any."""
    if customer.is_final_consumer or not _company().mails_receipts:
        return None
    return _write(_of_payment(customer, payment_id, recipients_at(customer)), by, actor)


# By a person


@transaction.atomic
def send_again(document_id: int, *, recipients: Sequence[str] = (), actor: Actor) -> Letter:
    """Mail a document (again), to these addresses or to those the customer has now.

    Raises:
        WorkflowError: `not_issued`, `document_voided`, `not_authorized`.
        RuleRefused: `final_consumer_no_mail`, `no_recipients`, `email_invalid`, `too_many_recipients`.
    """
    actor.require("billing.mail")
    document = Document.objects.live().select_related("customer").get(pk=document_id)
    refusal = _refusal_of(document)
    if refusal:
        raise refusal
    if _is_nobody(document):
        raise RuleRefused(_("A consumidor final no se le envía correo."), code="final_consumer_no_mail")
    chosen = checked(recipients) or recipients_of(document)
    return _write(_of_document(document, _some(chosen)), "", actor)


@transaction.atomic
def repeat(letter_id: int, *, recipients: Sequence[str] = (), actor: Actor) -> Letter:
    """Send a letter again as a new one: to these addresses, else those the customer has now, else where it went.

    Raises:
        WorkflowError, RuleRefused: as `send_again`; `payment_voided`.
    """
    actor.require("billing.mail")
    letter = Letter.objects.select_related("customer", "document__customer").get(pk=letter_id)
    if letter.document is not None:
        chosen = recipients or recipients_of(letter.document) or letter.recipients
        return send_again(letter.document.pk, recipients=chosen, actor=actor)
    if letter.statement_until is not None:
        since, until = letter.statement_since, letter.statement_until
        chosen = recipients or recipients_at(letter.customer) or letter.recipients
        return send_statement(letter.customer_id, since=since, until=until, recipients=chosen, actor=actor)
    payment_id = letter.payment_id or 0  # about one of the three, says the database
    if receipt_of(payment_id).voided:
        raise WorkflowError(_("El cobro está anulado: su recibo ya no se envía."), code="payment_voided")
    chosen = checked(recipients) or recipients_at(letter.customer) or letter.recipients
    return _write(_of_payment(letter.customer, payment_id, _some(chosen)), "", actor)


@transaction.atomic
def send_statement(
    customer_id: int, *, since: date | None, until: date, recipients: Sequence[str] = (), actor: Actor
) -> Letter:
    """Mail a customer's statement of these days, to these addresses or to those the customer has now.

    Raises:
        RuleRefused: `final_consumer_no_mail`, `no_recipients`, `email_invalid`, `too_many_recipients`.
    """
    actor.require("billing.mail")
    customer = Customer.objects.get(pk=customer_id)
    if customer.is_final_consumer:
        raise RuleRefused(_("A consumidor final no se le envía correo."), code="final_consumer_no_mail")
    letter = Letter(
        kind=Letter.Kind.STATEMENT,
        customer=customer,
        statement_since=since,
        statement_until=until,
        recipients=_some(checked(recipients) or recipients_at(customer)),
    )
    return _write(letter, "", actor)


# Whom to write to


def recipients_of(document: Document) -> list[str]:
    """Return whom a document's mail goes to: the contacts who receive documents, else the customer's own address."""
    return recipients_at(document.customer) or _distinct([document.buyer_email])


def recipients_at(customer: Customer) -> list[str]:
    """Return the addresses a customer has now."""
    contacts = CustomerContact.objects.filter(customer=customer, receives_documents=True).values_list(
        "email", flat=True
    )
    return _distinct(contacts) or _distinct([customer.email])


def checked(typed: Sequence[str]) -> list[str]:
    """Return the addresses that were typed, each once.

    Raises:
        RuleRefused: `email_invalid` (named), `too_many_recipients`.
    """
    addresses = _distinct(typed)
    if len(addresses) > MOST_RECIPIENTS:
        raise _refused("too_many_recipients", _("Hasta %(most)d destinatarios.") % {"most": MOST_RECIPIENTS})
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError as error:
            wrong = _("«%(address)s» no es una dirección de correo.") % {"address": address[:100]}
            raise _refused("email_invalid", wrong) from error
    return addresses


def _distinct(addresses: Iterable[str]) -> list[str]:
    return list({address.strip().lower(): address.strip() for address in addresses if address.strip()}.values())


def _some(addresses: list[str]) -> list[str]:
    if not addresses:
        raise _refused("no_recipients", _("El cliente no tiene correo: escriba al menos un destinatario."))
    return addresses


def _refused(code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field="recipients", code=code, message=message)])


# The rules


def _refusal_of(document: Document) -> WorkflowError | None:
    """Say why a document cannot be mailed in its present state."""
    said = {"document": document}
    if document.status == Status.DRAFT:
        return WorkflowError(_("«%(document)s» no está emitida: emítala antes de enviarla.") % said, code="not_issued")
    if document.status == Status.VOIDED:
        return WorkflowError(_("«%(document)s» está anulada: no se envía.") % said, code="document_voided")
    if document.is_electronic and document.authorization != Authorization.AUTHORIZED:
        return WorkflowError(
            _("«%(document)s» todavía no está autorizada por el SRI: el correo sale solo cuando lo esté.") % said,
            code="not_authorized",
        )
    return None


def _is_nobody(document: Document) -> bool:
    return document.buyer_identification_type == IdentificationType.FINAL_CONSUMER


def _kind_of(document: Document) -> Letter.Kind:
    return Letter.Kind.AUTHORIZED if document.is_electronic else Letter.Kind.ISSUED


# Rows


def _company() -> Company:
    return Company.objects.get(pk=current_company_id())


def _of_document(document: Document, recipients: list[str]) -> Letter:
    return Letter(
        kind=_kind_of(document), customer_id=document.customer_id, document_id=document.pk, recipients=recipients
    )


def _of_payment(customer: Customer, payment_id: int, recipients: list[str]) -> Letter:
    return Letter(kind=Letter.Kind.RECEIPT, customer=customer, payment_id=payment_id, recipients=recipients)


def _write(letter: Letter, by: str, actor: Actor) -> Letter:
    """Store a new letter and ring for it; without recipients it only says so."""
    letter.message_id = f"<letter-{uuid4().hex}@{settings.BASE_HOST}>"
    letter.requested_by = (by or ("" if actor is BY_ITSELF else actor.label))[:200]
    letter.created_at = clock.now()
    if letter.recipients:
        letter.next_attempt_at = clock.now() + LEASE
    else:
        letter.state = Letter.State.SKIPPED
        letter.problem = _("El cliente no tiene correo ni contactos que reciban documentos.")
    letter.save(force_insert=True)
    record("letter.requested", letter, actor=actor, after=values(letter), document_id=letter.document_id)
    if letter.recipients:
        enqueue("billing.mailing.send", letter.pk)
    return letter


def values(letter: Letter) -> dict[str, object]:
    """Return what the log keeps of a letter."""
    return {"kind": letter.kind, "state": letter.state, "recipients": list(letter.recipients)}
