"""A company's signing certificates: one is added, signs, says that it will expire, and is retired.

Two may be in use at once while one follows the other: the newer signs. The file and its password are stored encrypted
(FIELD_KEYS) and stand in no entry of the log, no event and no message.
"""

import base64
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.fernet import InvalidToken
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from audit.log import record
from core import clock
from core.actor import Actor
from core.crypto import encrypt
from core.errors import FieldError, RuleRefused, WorkflowError
from sri import keys
from sri.certificates import SENTENCES, CertificateRefused, Opened, open_p12
from sri.models import SEALED, Certificate
from sri.signing import ECUADOR, Signer

ALARMS: Final = (60, 30, 15, 7, 1)  # days before a certificate expires

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """What opening a stored certificate again says of it; without a problem it can sign now."""

    certificate: Certificate
    state: str
    days_left: int
    problem: str = ""
    problem_code: str = ""


@sensitive_variables()
@transaction.atomic
def add_certificate(p12: bytes, password: str, *, ruc: str, actor: Actor) -> Certificate:
    """Open a .p12 file, and have it sign for the active company from now on if it is the newest.

    Args:
        ruc: the active company's, which the certificate must name if it names any.

    Raises:
        RuleRefused: with the code and sentence of `sri.certificates.SENTENCES`; `ruc_missing`.
        WorkflowError: `certificate_exists`: it is in use already.
    """
    actor.require("certificates.manage")
    if not ruc:
        raise RuleRefused(_("Escriba primero el RUC en el perfil de la empresa."), code="ruc_missing")
    opened = _open(p12, password, ruc)
    certificate = Certificate(
        sealed_p12=encrypt(base64.b64encode(p12).decode()), sealed_password=encrypt(password), **_said(opened)
    )
    certificate.uploaded_at = clock.now()
    certificate.next_alarm_at = next_alarm(certificate)
    try:
        with transaction.atomic():
            certificate.save()
    except IntegrityError as error:
        raise WorkflowError(
            _("Este certificado ya está en uso: es el de %(holder)s.") % {"holder": certificate.holder},
            code="certificate_exists",
        ) from error
    record("certificate.added", certificate, actor=actor, after=_told(certificate))
    return certificate


@transaction.atomic
def retire_certificate(certificate_id: int, *, actor: Actor) -> Certificate:
    """Let a certificate sign nothing any more, and erase its key.

    The row stays, because documents were signed with it; what they need to be checked stands in themselves.

    Raises:
        WorkflowError: `certificate_retired`: it is retired already.
    """
    actor.require("certificates.manage")
    certificate = _lock(certificate_id)
    if certificate.retired_at:
        raise WorkflowError(_("El certificado ya está retirado."), code="certificate_retired")
    certificate.retired_at, certificate.next_alarm_at = clock.now(), None
    certificate.sealed_p12, certificate.sealed_password = "", ""
    certificate.save(update_fields=["retired_at", "next_alarm_at", *SEALED])
    keys.forget(certificate.pk)
    record("certificate.retired", certificate, actor=actor, after=_told(certificate))
    return certificate


def signer(*, ruc: str) -> tuple[Signer, int]:
    """Return what signs for the active company now, and the certificate's id: the newest in force and in use.

    Args:
        ruc: the active company's; a certificate that names another does not sign.

    Raises:
        RuleRefused: `certificate_missing`, `certificate_expired`, `certificate_not_yet_valid`,
            `certificate_unreadable`.
    """
    rows = list(Certificate.objects.for_ruc(ruc))
    current = next((row for row in rows if row.state == "active"), None)
    if current is None:
        raise _none_signs(rows)
    try:
        return keys.of(current), current.pk
    except (CertificateRefused, InvalidToken) as error:
        logger.error("A stored certificate cannot be opened", extra={"certificate": current.pk})
        raise RuleRefused(str(_UNREADABLE % {"holder": current.holder}), code="certificate_unreadable") from error


def check(certificate_id: int, *, actor: Actor) -> Check:
    """Open a stored certificate again and say how it is; nothing is changed."""
    actor.require("certificates.view")
    certificate = Certificate.objects.get(pk=certificate_id)
    state, days = certificate.state, days_left(certificate)
    if state in ("expired", "retired"):
        return Check(certificate, state, days)
    try:
        keys.of(certificate)
    except (CertificateRefused, InvalidToken):
        said = str(_UNREADABLE % {"holder": certificate.holder})
        return Check(certificate, state, days, said, "certificate_unreadable")
    return Check(certificate, state, days)


@transaction.atomic
def tell_expiry(certificate_id: int, *, actor: Actor) -> None:
    """Record that a certificate in use will expire, and set when to say so again; said once for each of `ALARMS`.

    One that another in use outlives expires silently: nobody has to do anything.
    """
    certificate = _lock(certificate_id)
    following = next_alarm(certificate)
    # The clock has put the moment off by a lease; where it is already the following one, the alarm was given.
    if certificate.next_alarm_at in (None, following):
        return
    certificate.next_alarm_at = following
    certificate.save(update_fields=["next_alarm_at"])
    succeeded = Certificate.objects.in_use().filter(valid_until__gt=certificate.valid_until).exists()
    if certificate.state == "expired" or succeeded:
        return
    after = {"days": days_left(certificate), "valid_until": certificate.valid_until.astimezone(ECUADOR).isoformat()}
    record("certificate.expiring", certificate, actor=actor, after=after)


# Rules


def days_left(certificate: Certificate) -> int:
    """Return how many days remain, a begun one counted; 0 once it has expired."""
    return max(0, -((clock.now() - certificate.valid_until) // timedelta(days=1)))


def next_alarm(certificate: Certificate) -> datetime | None:
    """Return the next moment at which to say that it will expire, None after the last."""
    moments = (certificate.valid_until - timedelta(days=days) for days in ALARMS)
    return min((moment for moment in moments if moment > clock.now()), default=None)


_UNREADABLE: Final = gettext_lazy(
    "El certificado guardado de %(holder)s ya no se puede abrir. Súbalo de nuevo; si el problema sigue, avise a quien "
    "administra la instalación."
)


@sensitive_variables()
def _open(p12: bytes, password: str, ruc: str) -> Opened:
    """Open the file; whatever goes wrong leaves without the frames that hold the password."""
    try:
        return open_p12(p12, password, ruc=ruc, now=clock.now())
    except CertificateRefused as refused:
        code, message = refused.code, refused.message
    except Exception as error:  # a file nobody foresaw; its traceback would carry the password along
        logger.error("A certificate file could not be read", extra={"error": type(error).__name__})
        code, message = "certificate_unreadable", SENTENCES["certificate_unreadable"]
    field = "password" if code == "p12_password_wrong" else "file"
    raise RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])


def _none_signs(rows: list[Certificate]) -> RuleRefused:
    """Say why nothing signs, by the certificates in use, none of which is in force."""
    coming = [row for row in rows if row.state == "future"]
    if coming:
        day = f"{min(row.valid_from for row in coming).astimezone(ECUADOR):%d/%m/%Y}"
        return RuleRefused(
            _("El certificado de firma vale desde el %(day)s: todavía no puede firmar.") % {"day": day},
            code="certificate_not_yet_valid",
        )
    if rows:
        day = f"{max(row.valid_until for row in rows).astimezone(ECUADOR):%d/%m/%Y}"
        return RuleRefused(
            _("El certificado de firma caducó el %(day)s. Suba el nuevo en Empresa, Firma electrónica.") % {"day": day},
            code="certificate_expired",
        )
    return RuleRefused(
        _("Falta el certificado de firma de la empresa. Súbalo en Empresa, Firma electrónica."),
        code="certificate_missing",
    )


def _lock(certificate_id: int) -> Certificate:
    return Certificate.objects.select_for_update(of=("self",), no_key=True).get(pk=certificate_id)


def _said(opened: Opened) -> dict[str, Any]:
    return {
        "holder": opened.holder[:300],
        "issuer": opened.issuer[:500],
        "serial": opened.serial[:60],
        "ruc": opened.ruc_in_certificate,
        "fingerprint": opened.fingerprint,
        "valid_from": opened.valid_from,
        "valid_until": opened.valid_until,
    }


def _told(certificate: Certificate) -> dict[str, Any]:
    """Return what the log says of a certificate: nothing that opens anything."""
    return {
        "holder": certificate.holder,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "valid_until": certificate.valid_until.astimezone(ECUADOR).isoformat(),
    }
