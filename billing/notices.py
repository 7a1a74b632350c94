"""What stands over every page of a company that invoices electronically while something with SRI is amiss.

The real-time guard: transmission is immediate by law, so whatever waits longer than a minute is told to everybody, and
louder in the evening, when the day on the documents is about to end. Each notice leads to where its matter is seen to.
"""

from collections.abc import Iterator
from datetime import time
from typing import Final
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.sri_state import CERTIFICATE_NOTICE, SriState, Standing, standing
from companies.hooks import Notice
from companies.models import Company
from core import clock
from core.actor import Actor
from sri.messages import lookup

EVENING: Final = time(20)
NEAR: Final = 7  # days before the certificate expires from which everybody is told, not only administrators


def notices(company: Company, actor: Actor) -> Iterator[Notice]:
    """Say what is the matter, the gravest first; nothing without e-invoicing. One query."""
    if not company.e_invoicing:
        return
    now = standing(company)
    yield from _pauses(now, actor)
    yield from _doubts(now, actor)
    yield from _certificate(now, actor)
    yield from _line(now)
    yield from _late(now)
    yield from _rejected(now)


def address(name: str, *args: object) -> str:
    """Return an address by its name, empty where there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def at_sri(state: str) -> str:
    """Return the list that proves a count."""
    return f"{reverse('billing:sri')}?{urlencode({'sri': state})}"


def _pauses(now: Standing, actor: Actor) -> Iterator[Notice]:
    for pause in now.pauses:
        said = {"why": lookup(pause["code"]).title, "code": pause["code"], "place": pause["establishment"]}
        text = _("El envío al SRI está detenido: %(why)s (%(code)s).") % said
        if pause["establishment"]:
            text = _("El envío del establecimiento %(place)s al SRI está detenido: %(why)s (%(code)s).") % said
        if actor.may("company.manage"):
            yield Notice(text, "bad", "player-pause", address("billing:sri_resume", pause["pk"]), _("Reanudar…"))
        else:
            yield Notice(text, "bad", "player-pause", address("billing:sri"), _("Ver"))


def _doubts(now: Standing, actor: Actor) -> Iterator[Notice]:
    for series in now.doubts:
        text = _("Una serie no emite hasta que se confirme su último número. %(why)s") % {"why": series["doubt"]}
        url = address("billing:series_confirm", series["pk"]) if actor.may("company.manage") else ""
        yield Notice(text, "bad", "numbers", url or address("billing:series"), _("Confirmar…") if url else _("Ver"))


def _certificate(now: Standing, actor: Actor) -> Iterator[Notice]:
    url = address("sri:certificates") if actor.may("certificates.manage") else ""
    days = now.certificate_days
    if days is None:
        text = _("Falta el certificado de firma: sin él no se puede emitir.")
        yield Notice(text, "bad", "certificate", url, _("Subirlo") if url else "")
    elif not now.can_sign:
        text = _("Ningún certificado de firma está vigente: no se puede emitir.")
        yield Notice(text, "bad", "certificate", url, _("Renovar") if url else "")
    elif days <= CERTIFICATE_NOTICE.days and (url or days <= NEAR):
        said = {"days": days}
        text = ngettext(
            "El certificado de firma caduca en %(days)d día.", "El certificado de firma caduca en %(days)d días.", days
        )
        text = text % said if days else _("El certificado de firma caduca hoy.")
        yield Notice(text, "bad" if days <= NEAR else "warn", "certificate", url, _("Renovar") if url else "")


def _line(now: Standing) -> Iterator[Notice]:
    if now.line_down_since:
        since = clock.local(now.line_down_since)
        text = _("La línea con el SRI está caída desde las %(since)s. Los documentos se envían solos cuando vuelva.")
        yield Notice(text % {"since": f"{since:%H:%M}"}, "warn", "cloud-x", reverse("billing:sri"), _("Ver"))


def _late(now: Standing) -> Iterator[Notice]:
    if now.late:
        text = ngettext(
            "%(count)d comprobante lleva más de un minuto sin autorización del SRI.",
            "%(count)d comprobantes llevan más de un minuto sin autorización del SRI.",
            now.late,
        )
        tone = "bad" if clock.local(clock.now()).time() >= EVENING else "warn"
        yield Notice(text % {"count": now.late}, tone, "hourglass", at_sri(SriState.LATE), _("Ver cuáles"))


def _rejected(now: Standing) -> Iterator[Notice]:
    if now.rejected:
        text = ngettext(
            "%(count)d comprobante rechazado por el SRI espera corrección.",
            "%(count)d comprobantes rechazados por el SRI esperan corrección.",
            now.rejected,
        )
        url = at_sri(SriState.REJECTED)
        yield Notice(text % {"count": now.rejected}, "bad", "alert-triangle", url, _("Corregir"))
