"""What people are told by mail as it happens, because nobody may be looking at a page.

An app records what is the matter as any other action. What owner and administrators are told has its words here,
beside the action's name; what somebody else is told is written by the app that knows (`write_with`). Each person gets
one mail for each entry of the log, a row that is tried until it is sent, under one Message-ID for ever.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.changes import changes_of, in_words
from audit.models import AuditEntry
from companies.models import AlertMail, Company, Membership
from companies.permission_labels import Label
from companies.roles import Role
from core import clock
from core.crypto import digest
from core.jobs import LEASE, enqueue, enqueue_due
from core.tenancy import current_company_id

logger = logging.getLogger(__name__)


OPEN: Final = gettext_lazy("Abrir Cuadre")
# Waiting times after a failed attempt; after the last one the row says what was wrong.
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))


@dataclass(frozen=True, slots=True)
class Alert:
    """How an action is told, and the page where something can be done about it, with the words of its button.

    Subject and text may name what the entry says after (`%(days)s`), `%(object)s`, `%(company)s` and `%(reason)s`.
    """

    subject: Label
    text: Label
    url_name: str = ""
    button: Label = OPEN


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person's mail says; `path` is the page its button opens, `why` says what they get it for."""

    subject: str
    text: str
    path: str
    button: Label
    why: Label
    facts: Sequence[Any] = ()


Writer = Callable[[AuditEntry, str], Letter | None]
_writers: dict[str, Writer] = {}

ALERTS: Final[dict[str, Alert]] = {
    "certificate.expiring": Alert(
        gettext_lazy("El certificado de firma de %(company)s caduca pronto"),
        gettext_lazy(
            "El certificado de firma de %(object)s caduca el %(valid_until)s. Desde ese momento no se puede emitir. "
            "Pida el nuevo a su entidad certificadora y súbalo antes: los dos pueden estar en uso a la vez."
        ),
        "sri:certificates",
        gettext_lazy("Ver los certificados"),
    ),
    "sri.paused": Alert(
        gettext_lazy("El SRI no deja emitir a %(company)s"),
        gettext_lazy(
            "Los comprobantes esperan sin perderse. Lo que dijo el SRI: %(reason)s Cuando esté resuelto, reanude el "
            "envío en la página del SRI."
        ),
        "billing:sri",
        gettext_lazy("Ver el envío al SRI"),
    ),
    "sri.delayed": Alert(
        gettext_lazy("%(documents)s comprobantes de %(company)s llevan más de un día sin autorización"),
        gettext_lazy("Se siguen intentando solos. Revise si el SRI o su conexión tienen un problema."),
        "billing:sri",
        gettext_lazy("Ver el envío al SRI"),
    ),
    "sri.orphan_found": Alert(
        gettext_lazy("El SRI autorizó un comprobante que aquí no consta así: %(object)s"),
        gettext_lazy("%(problem)s Revíselo en la página del SRI."),
        "billing:sri",
        gettext_lazy("Ver el envío al SRI"),
    ),
    "sri.replacement_refused": Alert(
        gettext_lazy("El comprobante %(number)s no se pudo volver a emitir"),
        gettext_lazy("El SRI no admite su número o su fecha, y emitirlo de nuevo no fue posible: %(reason)s"),
        "billing:sri",
        gettext_lazy("Ver el envío al SRI"),
    ),
    "series.stopped": Alert(
        gettext_lazy("La serie %(object)s espera que confirme su último número"),
        gettext_lazy("%(doubt)s Hasta entonces no se emite en ella."),
        "billing:series",
        gettext_lazy("Ver las series"),
    ),
    "invoice.failed": Alert(
        gettext_lazy("El SRI rechazó la factura %(object)s"),
        gettext_lazy("Lo que dijo: %(reason)s Ábrala, corríjala y vuelva a enviarla: conserva su número."),
        "billing:sri",
        gettext_lazy("Ver el envío al SRI"),
    ),
    "credit_note.failed": Alert(
        gettext_lazy("El SRI rechazó la nota de crédito %(object)s"),
        gettext_lazy("Lo que dijo: %(reason)s Ábrala, corríjala y vuelva a enviarla: conserva su número."),
        "billing:sri",
        gettext_lazy("Ver el envío al SRI"),
    ),
}


def write_with(action: str, writer: Writer) -> None:
    """Have the mails about an action written by an app above; for `ready()`.

    It is called with the entry and the address as the mail goes out, and returns None once it need not go any more.
    """
    _writers[action] = writer


def tell_administrators(entry_id: int) -> None:
    """Have an entry of the log mailed to the owner and the administrators of its company; done twice, it is once."""
    told = Membership.objects.active().filter(role__in=(Role.OWNER, Role.ADMINISTRATOR))
    mail_to(entry_id, told.order_by("pk").values_list("user__email", flat=True))


def mail_to(entry_id: int, addresses: Iterable[str]) -> None:
    """Have an entry of the log mailed to some people; done twice, each is told once."""
    AlertMail.objects.bulk_create(
        [AlertMail(entry_id=entry_id, address=address, next_attempt_at=clock.now() + LEASE) for address in addresses],
        ignore_conflicts=True,
    )
    for pk in AlertMail.objects.filter(entry_id=entry_id, attempts=0).values_list("pk", flat=True):
        enqueue("companies.alerts.send", pk)


def send(mail_id: int) -> None:
    """Send one person's mail unless it is sent; where that fails, it is due again after a pause."""
    mail = AlertMail.objects.filter(pk=mail_id, next_attempt_at__isnull=False).first()
    if mail is None:
        return
    message = letter(
        AuditEntry.objects.get(pk=mail.entry_id), Company.objects.get(pk=current_company_id()), mail.address
    )
    if message is None:
        _note(mail, problem=_("Dejó de hacer falta antes de enviarse."))
        return
    problem = _try(mail, message)
    _note(mail, problem=problem, pauses=PAUSES[mail.attempts :] if problem else (), sent=not problem)


def sweep() -> int:
    """Queue the mails that are due; for the clock."""
    return enqueue_due(AlertMail.unscoped.all(), "next_attempt_at", "companies.alerts.send")


def _note(mail: AlertMail, *, problem: str, pauses: Sequence[timedelta] = (), sent: bool = False) -> None:
    AlertMail.objects.filter(pk=mail.pk).update(
        attempts=mail.attempts + 1,
        problem=problem[:300],
        sent_at=clock.now() if sent else None,
        next_attempt_at=clock.now() + pauses[0] if pauses else None,
    )


def _try(mail: AlertMail, message: EmailMultiAlternatives) -> str:
    """Send it, and return what went wrong, if anything."""
    try:
        message.send()
    except OSError as problem:  # what smtplib and sockets raise
        logger.warning("An alert could not be mailed", extra={"entry": mail.entry_id}, exc_info=True)
        return str(problem) or type(problem).__name__
    return ""


def letter(entry: AuditEntry, company: Company, address: str) -> EmailMultiAlternatives | None:
    """Write what one person is told of an entry, None where that is not wanted any more."""
    writer = _writers.get(entry.action)
    said = writer(entry, address) if writer else _alert(entry, company)
    if said is None:
        return None
    context = {"company": company, "letter": said, "url": settings.BASE_URL + said.path}
    message = EmailMultiAlternatives(
        said.subject,
        render_to_string("mail/alert.txt", context),
        to=[address],
        headers={"Message-ID": f"<alert-{entry.pk}-{digest(address)[:32]}@{settings.BASE_HOST}>"},
    )
    message.attach_alternative(render_to_string("mail/alert.html", context), "text/html")
    return message


def _alert(entry: AuditEntry, company: Company) -> Letter:
    """Write what owner and administrators are told of an entry."""
    alert = ALERTS[entry.action]
    values = _values(entry, company)
    return Letter(
        subject=" ".join((str(alert.subject) % values).split()),
        text=str(alert.text) % values,
        path=reverse(alert.url_name) if alert.url_name else "/",
        button=alert.button,
        why=_("Recibe este aviso porque es propietario o administrador de la empresa en Cuadre."),
        facts=changes_of(entry),
    )


def _values(entry: AuditEntry, company: Company) -> dict[str, Any]:
    """Return what the words may name; what an entry does not say is a dash."""
    said = dict(entry.after or {}) | {
        "company": company, "object": entry.object_label, "reason": entry.reason or _("sin motivo")
    }  # fmt: skip
    told = {name: in_words(value) for name, value in said.items()}
    return defaultdict(lambda: "—", told)
