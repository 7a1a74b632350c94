"""What a document's page tells of SRI: where it stands in plain words, what happens next, and what a person can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from lxml import etree

from billing.models import Authorization, Document, SignedXml, SriAuthorization, Stage, Status, Transmission
from billing.profile import issuer_snapshot
from companies.models import Company
from core import clock
from core.actor import Actor
from core.templatetags.cuadre import by_second
from sri import connection
from sri.messages import Action, advise, lookup
from sri.outcomes import Answered, Received

# The acts, as the page's buttons know them.
CHECK, RETRY, CORRECT, REPLACE, REPAIR = "check", "retry", "correct", "replace", "repair"

OUTCOMES: Final = {
    Received.RECEIVED: gettext_lazy("Recibido"),
    Received.RETURNED: gettext_lazy("Devuelto"),
    Received.UNREACHABLE: gettext_lazy("No se llegó al SRI"),
    Received.UNKNOWN: gettext_lazy("Sin respuesta clara"),
    Answered.AUTHORIZED: gettext_lazy("Autorizado"),
    Answered.REFUSED: gettext_lazy("No autorizado"),
    Answered.PROCESSING: gettext_lazy("En proceso"),
    Answered.ABSENT: gettext_lazy("El SRI no lo tiene"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """Where a document stands, in a sentence, and what comes next."""

    tone: str
    icon: str
    text: str
    next: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One of SRI's messages: its code, its words, what it adds, and what to do about it."""

    code: str
    title: str
    text: str
    info: str
    advice: str
    is_note: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Everything the block shows. `moves` says that SRI's word is still to come: the block asks again by itself."""

    document: Document
    told: Told
    row: Transmission | None
    word: SriAuthorization | None
    revisions: Sequence[SignedXml]
    messages: Sequence[Message] = ()
    acts: frozenset[str] = frozenset()
    moves: bool = False
    attempts: int = 0

    @property
    def mark(self) -> str:
        """Return what the rest of the page depends on: when it changes, the page is out of date."""
        return f"{self.document.authorization}-{self.document.status}-{self.document.revision}"


def block(document: Document, actor: Actor) -> Block | None:
    """Return what the page tells of SRI, None for a document that does not go there."""
    if not document.access_key:
        return None
    row = Transmission.objects.filter(document=document).first()
    words = SriAuthorization.objects.filter(document=document).defer("content")
    word = words.first() if document.authorized_at else None
    revisions = list(SignedXml.objects.filter(document=document).defer("content").order_by("-revision"))
    lost = is_lost(document, row, revisions)
    return Block(
        document=document,
        told=_lost(document, row) if lost else _told(document, row),
        row=row,
        word=word,
        revisions=revisions,
        messages=messages_of(row),
        acts=_acts(document, row, actor, lost=lost),
        moves=_is_open(document) and not (row and row.stage in (Stage.BLOCKED, Stage.STOPPED)),
        attempts=row.attempts if row else 0,
    )


def messages_of(row: Transmission | None) -> list[Message]:
    """Return SRI's last messages, each with what to do."""
    return [_message(item) for item in (row.messages if row else ())]


def _message(item: dict[str, str]) -> Message:
    rule, info = lookup(item["code"]), item.get("info", "")
    advice = item.get("advice") or advise(item["code"], info)
    return Message(item["code"], rule.title, item["text"], info, advice, rule.action is Action.NOTE)


def needs_another_number(row: Transmission | None) -> bool:
    """Say whether SRI refused number or date for good (45, 65), so that only a new document helps."""
    return any(lookup(item["code"]).action is Action.REPLACE for item in (row.messages if row else ()))


def is_lost(document: Document, row: Transmission | None, revisions: Sequence[SignedXml]) -> bool:
    """Say whether its rows contradict each other or SRI, as `upkeep.orphans` finds them."""
    if row is not None and row.stage == Stage.DONE and document.authorization != Authorization.AUTHORIZED:
        return True
    signed = any(each.revision == document.revision for each in revisions)
    return _is_open(document) and (row is None or not signed)


def _is_open(document: Document) -> bool:
    waits = document.authorization in (Authorization.PENDING, Authorization.SENT)
    return waits and document.status != Status.VOIDED


def _acts(document: Document, row: Transmission | None, actor: Actor, *, lost: bool) -> frozenset[str]:
    """Return what this person can do now."""
    if lost:
        return frozenset({REPAIR} if actor.may("company.manage") and document.status != Status.VOIDED else ())
    if row is None or document.authorization == Authorization.AUTHORIZED or document.status == Status.VOIDED:
        return frozenset()
    acts, may_issue = set(), actor.may("billing.issue")
    if not row.claim and (may_issue or actor.may("billing.void")):
        acts.add(CHECK)
    if not row.claim and may_issue and row.stage != Stage.BLOCKED:
        acts.add(RETRY)
    if document.authorization == Authorization.REJECTED and may_issue:
        acts.add(CORRECT)
        if actor.may("billing.void") and needs_another_number(row):
            acts.add(REPLACE)
    return frozenset(acts)


# In words


def _told(document: Document, row: Transmission | None) -> Told:
    if document.status == Status.VOIDED:
        return Told("muted", "ban", _("Anulada aquí sin autorización del SRI: no se envía."))
    if document.authorization == Authorization.AUTHORIZED:
        return Told("good", "rubber-stamp", _("Autorizada por el SRI."))
    if row is None:
        return Told("muted", "circle-dashed", _("Sin envío."))
    if document.authorization == Authorization.REJECTED:
        return _rejected(row)
    if row.stage == Stage.BLOCKED:
        waits = _("Sale sola cuando un administrador reanude el envío. No emita otra en su lugar.")
        return Told("bad", "player-pause", _("Detenida: el SRI no deja emitir por ahora."), waits)
    if row.claim:
        return Told("info", "loader-2", _("Se está hablando con el SRI sobre ella en este momento."))
    return _received(row) if row.received_at else _not_received(row)


def _rejected(row: Transmission) -> Told:
    if needs_another_number(row):
        coming = _("Con este número o esta fecha no se autorizará nunca: reemplácela por otra igual.")
        return Told("bad", "alert-triangle", _("El SRI no la admite."), coming)
    coming = _("Corrija lo que indica el SRI y reenvíela: conserva su número.")
    return Told("bad", "alert-triangle", _("El SRI la rechazó."), coming)


def _received(row: Transmission) -> Told:
    text = _("El SRI la recibió a las %(hour)s y la está procesando.") % {"hour": by_second(row.received_at)}
    return Told("info", "send", text, _coming(row, _("Se consultará de nuevo %(when)s (intento %(n)d).")))


def _not_received(row: Transmission) -> Told:
    if not row.failures and row.stage == Stage.SEND:
        return Told("warn", "hourglass", _("En cola: sale hacia el SRI en un momento."))
    if row.stage == Stage.ASK:
        text = _("No se sabe todavía si el SRI la recibió.")
        coming = _coming(
            row, _("Se consultará por su clave %(when)s (intento %(n)d); si no la tiene, se envía la misma.")
        )
        return Told("warn", "help-circle", text, coming)
    since = connection.state(row.environment).since
    text = _("Todavía no se pudo entregar al SRI.")
    if since:
        text = _("La línea con el SRI está caída desde las %(hour)s.") % {"hour": by_second(since)}
    return Told(
        "warn", "cloud-x", text, _coming(row, _("Se enviará de nuevo %(when)s (intento %(n)d). No emita otra."))
    )


def _lost(document: Document, row: Transmission | None) -> Told:
    if document.status == Status.VOIDED:
        text = _("El SRI la tiene autorizada y aquí está anulada.")
        return Told("bad", "alert-triangle", text, _("Anúlela también en el portal del SRI."))
    if row and row.stage == Stage.DONE:
        text = _("El SRI tiene autorizado otro contenido para esta clave de acceso.")
        return Told("bad", "alert-triangle", text, _("Un administrador puede repararla: se vuelve a consultar al SRI."))
    coming = _("Un administrador puede repararla: se consulta al SRI antes de enviar nada.")
    return Told("bad", "alert-triangle", _("Quedó fuera de la cola de envío."), coming)


def _coming(row: Transmission, sentence: str) -> str:
    if row.next_attempt_at is None:
        return ""
    when = _("en un momento")
    if row.next_attempt_at > clock.now():
        when = _("a las %(hour)s") % {"hour": by_second(row.next_attempt_at)}
    return sentence % {"when": when, "n": row.attempts + 1}


# Before it is signed again

BUYER: Final = {
    "identification": gettext_lazy("Identificación del cliente"),
    "name": gettext_lazy("Nombre del cliente"),
    "address": gettext_lazy("Dirección del cliente"),
    "email": gettext_lazy("Correo del cliente"),
    "phone": gettext_lazy("Teléfono del cliente"),
}
ISSUER: Final = {
    "ruc": gettext_lazy("RUC de la empresa"),
    "legal_name": gettext_lazy("Razón social"),
    "trade_name": gettext_lazy("Nombre comercial"),
    "head_office": gettext_lazy("Dirección matriz"),
    "branch": gettext_lazy("Dirección del establecimiento"),
    "keeps_accounts": gettext_lazy("Obligado a llevar contabilidad"),
    "special_taxpayer": gettext_lazy("Contribuyente especial"),
    "withholding_agent": gettext_lazy("Agente de retención"),
    "rimpe": gettext_lazy("Leyenda RIMPE"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a document says and what customer or company say now."""

    label: str
    before: str
    after: str


def present_changes(document: Document, company: Company) -> list[Change]:
    """Return what signing the document again would change, where its lines stay; a note keeps its invoice's buyer."""
    now = issuer_snapshot(company, document.series)
    names = () if document.is_credit_note else BUYER
    buyer = [(BUYER[name], getattr(document, f"buyer_{name}"), getattr(document.customer, name)) for name in names]
    issuer = [(ISSUER[name], document.issuer.get(name), now[name]) for name in ISSUER]
    return [Change(str(label), _said(old), _said(new)) for label, old, new in [*buyer, *issuer] if old != new]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("sí") if value else _("no")
    return str(value or "—")


# For administrators


def pretty(raw: bytes) -> str:
    """Return an answer as people read it: indented where it is XML, as it came where it is not."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True, strip_cdata=False)
    try:
        return str(etree.tostring(etree.fromstring(raw, parser), pretty_print=True, encoding="unicode"))
    except (etree.XMLSyntaxError, ValueError):
        return raw.decode("utf-8", errors="replace")


def outcome_label(outcome: str) -> Any:
    """Return what people call an outcome of a call."""
    return OUTCOMES.get(outcome, outcome)  # type: ignore[call-overload]
