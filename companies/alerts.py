"""What owner and administrators are told by mail as it happens, because nobody may be looking at a page.

An app records what is the matter as any other action; here its name stands beside the words of the mail. Each person
gets one mail for each entry of the log, under one Message-ID for ever: sent twice, it is the same message.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.changes import changes_of, in_words
from audit.models import AuditEntry
from companies.models import Company, Membership
from companies.permission_labels import Label
from companies.roles import Role
from core.crypto import digest
from core.tenancy import current_company_id

logger = logging.getLogger(__name__)


OPEN: Final = gettext_lazy("Abrir Cuadre")


@dataclass(frozen=True, slots=True)
class Alert:
    """How an action is told, and the page where something can be done about it, with the words of its button.

    Subject and text may name what the entry says after (`%(days)s`), `%(object)s`, `%(company)s` and `%(reason)s`.
    """

    subject: Label
    text: Label
    url_name: str = ""
    button: Label = OPEN


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
}


def tell_administrators(entry_id: int) -> None:
    """Mail an entry of the log to the owner and the administrators of its company.

    Raises:
        OSError: some could not be sent; the others have been.
    """
    entry = AuditEntry.objects.get(pk=entry_id)
    told = Membership.objects.active().filter(role__in=(Role.OWNER, Role.ADMINISTRATOR))
    company = Company.objects.get(pk=current_company_id())
    problems = []
    for address in told.order_by("pk").values_list("user__email", flat=True):
        try:
            letter(entry, company, address).send()
        except OSError as problem:  # what smtplib and sockets raise
            logger.warning("An alert could not be mailed", extra={"entry": entry.pk}, exc_info=True)
            problems.append(problem)
    if problems:
        raise problems[0]


def letter(entry: AuditEntry, company: Company, address: str) -> EmailMultiAlternatives:
    """Write what one person is told of an entry."""
    alert = ALERTS[entry.action]
    values = _values(entry, company)
    subject = " ".join((str(alert.subject) % values).split())
    context = {
        "company": company,
        "subject": subject,
        "text": str(alert.text) % values,
        "facts": changes_of(entry),
        "url": settings.BASE_URL + (reverse(alert.url_name) if alert.url_name else "/"),
        "button": alert.button,
    }
    message = EmailMultiAlternatives(
        subject,
        render_to_string("mail/alert.txt", context),
        to=[address],
        headers={"Message-ID": f"<alert-{entry.pk}-{digest(address)[:32]}@{settings.BASE_HOST}>"},
    )
    message.attach_alternative(render_to_string("mail/alert.html", context), "text/html")
    return message


def _values(entry: AuditEntry, company: Company) -> dict[str, Any]:
    """Return what the words may name; what an entry does not say is a dash."""
    said = dict(entry.after or {}) | {
        "company": company, "object": entry.object_label, "reason": entry.reason or _("sin motivo")
    }  # fmt: skip
    told = {name: in_words(value) for name, value in said.items()}
    return defaultdict(lambda: "—", told)
