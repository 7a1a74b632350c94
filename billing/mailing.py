"""A letter goes out: claim → send → record, under one Message-ID however often it is tried.

`next_attempt_at` is the claim: a row that waits for its job is due within `LEASE`; one that is being sent is put off
further than that, so a second job leaves it alone, and a sweep takes it up again should its worker die.
"""

import io
import logging
from datetime import timedelta
from email.charset import QP, Charset
from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr
from functools import lru_cache
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any, Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives, SafeMIMEMultipart
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from PIL import Image

from audit.log import record
from billing import files, letters, public
from billing.models import Document, Letter, SriAuthorization, Status
from companies.models import Company, Environment, Membership
from companies.roles import Role
from core import clock
from core.actor import Actor
from core.jobs import LEASE, enqueue_due
from core.tenancy import current_company_id

# Waiting times after a failed attempt; after the last one a person must send the letter again.
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
SENDING: Final = 2 * LEASE
ACTOR: Final = Actor.job("billing.letters")
COMPANY_HEADER, DOCUMENT_HEADER, PAYMENT_HEADER = "X-Cuadre-Company", "X-Cuadre-Document", "X-Cuadre-Payment"
_LOGO_PIXELS = (360, 128)

logger = logging.getLogger(__name__)


class Undeliverable(Exception):
    """The letter cannot go out, now or later; its text says why."""


def send(letter_id: int) -> None:
    """Send a letter that is due; a second job at the same time, or after it went out, does nothing."""
    letter = _claim(letter_id)
    if letter is None:
        return
    try:
        compose(letter).send()
    except Undeliverable as problem:
        _fail(letter, str(problem), final=True)
    except ValueError as problem:  # an address or a header that no mail can carry
        logger.exception("A letter cannot be written", extra={"letter": letter.pk})
        _fail(letter, str(problem), final=True)
    except OSError as problem:  # what smtplib and sockets raise
        logger.warning("A letter could not be mailed", extra={"letter": letter.pk}, exc_info=True)
        _fail(letter, said_of(problem), final=is_final(problem))
    else:
        _note_sent(letter)


def sweep() -> int:
    """Queue the letters that are due; for the clock."""
    return enqueue_due(Letter.unscoped.all(), "next_attempt_at", "billing.mailing.send")


def is_final(problem: OSError) -> bool:
    """Say whether trying again is of no use: the other side refused the recipients, or the message, for good."""
    if isinstance(problem, SMTPRecipientsRefused):
        return all(code >= 500 for code, _said in problem.recipients.values())
    return isinstance(problem, SMTPDataError) and problem.smtp_code >= 500


def said_of(problem: OSError) -> str:
    """Return what a mail server said, in words: of each recipient where it refused them."""
    if isinstance(problem, SMTPRecipientsRefused):
        return "; ".join(f"{address}: {code} {_text(answer)}" for address, (code, answer) in problem.recipients.items())
    return str(problem) or type(problem).__name__


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


# The rows


@transaction.atomic
def _claim(letter_id: int) -> Letter | None:
    """Take a letter that nobody else is sending, and put its next attempt off until this one must be over."""
    due = Letter.objects.filter(
        pk=letter_id, state=Letter.State.PENDING, next_attempt_at__lte=clock.now() + LEASE
    ).select_for_update(of=("self",), no_key=True, skip_locked=True)
    letter = due.first()
    if letter is None:
        return None
    if letter.attempts > len(PAUSES):  # each attempt died with its worker
        _end(letter, Letter.State.FAILED, letter.problem or _("No se pudo preparar el correo."))
        return None
    letter.attempts += 1
    letter.next_attempt_at = clock.now() + SENDING
    letter.save(update_fields=["attempts", "next_attempt_at"])
    return letter


@transaction.atomic
def _note_sent(sent: Letter) -> None:
    letter = _mine(sent)
    if letter:
        letter.sent_at = clock.now()
        _end(letter, Letter.State.SENT, "")


@transaction.atomic
def _fail(tried: Letter, problem: str, *, final: bool) -> None:
    letter = _mine(tried)
    if letter is None:
        return
    left = PAUSES[letter.attempts - 1 :]
    if final or not left:
        _end(letter, Letter.State.FAILED, problem)
        return
    letter.problem, letter.next_attempt_at = problem[:300], clock.now() + left[0]
    letter.save(update_fields=["problem", "next_attempt_at"])


def _mine(claimed: Letter) -> Letter | None:
    """Lock the row, unless the claim has passed to another attempt."""
    row = Letter.objects.select_for_update(of=("self",), no_key=True).get(pk=claimed.pk)
    return row if row.state == Letter.State.PENDING and row.attempts == claimed.attempts else None


def _end(letter: Letter, state: str, problem: str) -> None:
    before = {"state": letter.state}
    letter.state, letter.problem, letter.next_attempt_at = state, problem[:300], None
    letter.save(update_fields=["state", "problem", "next_attempt_at", "sent_at"])
    public_facts = {"letter_id": letter.pk, "invoice_id": letter.document_id, "payment_id": letter.payment_id,
                    "kind": letter.kind, "problem": letter.problem}  # fmt: skip
    facts: dict[str, Any] = {"actor": ACTOR, "before": before, "document_id": letter.document_id}
    if state == Letter.State.SENT:
        record("letter.sent", letter, after={"state": state, "attempts": letter.attempts}, public=public_facts, **facts)
    else:
        record("letter.failed", letter, after={"state": state, "problem": letter.problem}, public=public_facts, **facts)


# The message


class Message(EmailMultiAlternatives):
    """Text and HTML, the logo beside them (the HTML shows it by its Content-ID), then the attachments."""

    # Lines of at most 76 characters: every server takes them, and no text can pass for the end of a mailbox's message.
    encoding = Charset("utf-8")
    encoding.body_encoding = QP
    logo: bytes | None = None

    def _create_alternatives(self, msg: Any) -> Any:
        body = super()._create_alternatives(msg)  # type: ignore[misc]
        if not self.logo:
            return body
        related = SafeMIMEMultipart(_subtype="related", encoding="utf-8")
        picture = MIMEImage(self.logo, "png")
        picture.add_header("Content-ID", "<logo>")
        picture.add_header("Content-Disposition", "inline", filename="logo.png")
        related.attach(body)
        related.attach(picture)
        return related


def compose(letter: Letter) -> Message:
    """Make the message of a letter, from what is true now.

    Raises:
        Undeliverable: there is nothing to tell any more, or nobody to tell it to.
    """
    company = Company.objects.get(pk=current_company_id())
    if letter.document_id:
        return _document_letter(letter, company)
    return _receipt_letter(letter, company) if letter.payment_id else _statement_letter(letter, company)


def _document_letter(letter: Letter, company: Company) -> Message:
    document = Document.objects.select_related("modifies").get(pk=letter.document_id or 0)
    if document.status == Status.VOIDED:
        raise Undeliverable(_("El documento se anuló antes de que saliera el correo."))
    issuer = document.issuer
    name = issuer["trade_name"] or issuer["legal_name"]
    context = {
        "document": document,
        "kind": document.get_document_type_display(),
        "authorized_at": clock.local(document.authorized_at) if document.authorized_at else None,
        "url": public.address(document),
        "owes": document.status == Status.ISSUED and not document.is_credit_note,
    }
    subject = _("%(kind)s %(number)s de %(company)s")
    said = {"kind": context["kind"], "number": document.number, "company": name}
    message = _message(letter, company, "document", subject % said, name, issuer["logo"], context)
    authorization = SriAuthorization.objects.filter(document=document).first()
    if authorization:
        message.attach(f"{authorization.access_key}.xml", bytes(authorization.content), "application/xml")
    message.attach(files.file_name(document), files.pdf(document), "application/pdf")
    message.extra_headers[DOCUMENT_HEADER] = str(document.pk)
    return message


def _receipt_letter(letter: Letter, company: Company) -> Message:
    receipt = letters.receipt_of(letter.payment_id or 0)
    if receipt.voided:
        raise Undeliverable(_("El cobro se anuló antes de que saliera el correo."))
    context = {"receipt": receipt, "customer": letter.customer}
    subject = _("Recibo %(number)s de su pago a %(company)s") % {"number": receipt.number, "company": company}
    logo = company.logo.name or "" if company.logo else ""
    message = _message(letter, company, "receipt", subject, str(company), logo, context)
    message.attach(f"{receipt.number}.pdf", letters.receipt_pdf(letter.payment_id or 0), "application/pdf")
    message.extra_headers[PAYMENT_HEADER] = str(letter.payment_id)
    return message


def _statement_letter(letter: Letter, company: Company) -> Message:
    until = letter.statement_until or clock.today()  # there is one, says the database
    account = letters.account_of(letter.customer_id, letter.statement_since, until)
    context = {"customer": letter.customer, "balance": account.balance, "until": until}
    subject = _("Estado de cuenta de %(company)s al %(day)s")
    said = {"company": company, "day": until.strftime("%d/%m/%Y")}
    logo = company.logo.name or "" if company.logo else ""
    message = _message(letter, company, "statement", subject % said, str(company), logo, context)
    message.attach(account.name, account.pdf, "application/pdf")
    return message


def _message(
    letter: Letter, company: Company, template: str, subject: str, name: str, logo: str, context: dict[str, Any]
) -> Message:
    is_test = company.environment == Environment.TEST
    picture = logo_for_mail(logo)
    context |= {
        "company": company,
        "name": name,
        "is_test": is_test,
        "meant_for": ", ".join(letter.recipients),
        "has_logo": picture is not None,
    }
    message = Message(
        _one_line(f"[{_('PRUEBAS')}] {subject}" if is_test else subject),
        render_to_string(f"mail/{template}.txt", context),
        formataddr((_one_line(name), parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        _own_people() if is_test else list(letter.recipients),
        reply_to=[company.email] if company.email else None,
        headers={
            "Message-ID": letter.message_id,
            "Auto-Submitted": "auto-generated",
            COMPANY_HEADER: str(company.pk),
        },
    )
    message.logo = picture
    message.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    return message


def _own_people() -> list[str]:
    """Return the owners and administrators: nobody else reads what a test company writes (D1)."""
    present = Membership.objects.active().filter(role__in=[Role.OWNER, Role.ADMINISTRATOR], user__is_active=True)
    people = list(present.order_by("pk").values_list("user__email", flat=True))
    if not people:
        raise Undeliverable(_("La empresa es de pruebas y no tiene propietario ni administrador a quien escribir."))
    return people


def _one_line(text: str) -> str:
    return " ".join(text.split())


def logo_for_mail(name: str) -> bytes | None:
    """Return a logo no larger than a mail shows it, None where there is none that can be read."""
    if not name or not default_storage.exists(name):
        return None
    with default_storage.open(name) as file:
        return _shrunk(file.read())


@lru_cache(maxsize=16)
def _shrunk(logo: bytes) -> bytes | None:
    try:
        image = Image.open(io.BytesIO(logo)).convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    image.thumbnail(_LOGO_PIXELS)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
