"""What becomes of a document by what SRI answered: the last step of claim → send → record.

Everything here happens in one short transaction that locks the document, then its transmission, stores the raw answer
and lets only the holder of the claim act on it. `sri.messages` says what each of SRI's codes asks for.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import record
from billing import files, letters, settlement
from billing.models import (
    Authorization,
    Document,
    IssuerPause,
    SignedXml,
    SriAnswer,
    SriAuthorization,
    Stage,
    Status,
    Transmission,
)
from billing.telling import tell
from core import clock
from core.actor import Actor
from core.jobs import enqueue
from sri import connection
from sri.messages import Action, SriMessage, decisive
from sri.outcomes import Answer, Answered, Received, Reception
from sri.xml.sameness import same_content

if TYPE_CHECKING:
    from billing.transmission import Call

ACTOR: Final = Actor.job("SRI")
FIRST_QUESTION: Final = timedelta(seconds=1)  # after SRI said that it is at work; then doubling
LONGEST_WAIT: Final = timedelta(minutes=5)
PROCESSING_LIMIT: Final = timedelta(hours=24)  # ficha técnica §5.12
RAW_LIMIT: Final = 512 * 1024
_random: Final = Random()  # noqa: S311 - spreads retries, keeps no secret


@transaction.atomic
def record_reception(call: "Call", reception: Reception) -> bool:
    """Record what SRI said to a document it was sent; says whether the next call may follow at once."""
    held = _hold(call, reception, SriAnswer.Operation.RECEIVE)
    if held is None:
        return False
    document, row = held
    match reception.outcome:
        case Received.RECEIVED:
            _keep_messages(row, reception.messages)
            return _received(document, row, call)
        case Received.RETURNED:
            _keep_messages(row, reception.messages)
            return _refused(document, row, reception.messages, call)
        case Received.UNREACHABLE:
            return _put_off(row, Stage.SEND, reception.problem)
        case _:
            return _in_doubt(document, row, reception.problem)


@transaction.atomic
def record_answer(call: "Call", answer: Answer) -> bool:
    """Record what SRI said of a document that was asked for; says whether the next call may follow at once."""
    held = _hold(call, answer, SriAnswer.Operation.ASK)
    if held is None:
        return False
    document, row = held
    if answer.messages:
        _keep_messages(row, answer.messages)
    match answer.outcome:
        case Answered.AUTHORIZED:
            return _authorized(document, row, answer)
        case Answered.REFUSED:
            return _not_authorized(document, row, answer.messages, call)
        case Answered.PROCESSING:
            return _wait(document, row)
        case Answered.ABSENT:
            return _absent(document, row)
        case _:
            return _put_off(row, row.stage, answer.problem)


def _hold(
    call: "Call", answer: Reception | Answer, operation: SriAnswer.Operation
) -> tuple[Document, Transmission] | None:
    """Lock document and transmission, keep the raw answer, and let go of the claim; None where another has it now."""
    documents = settlement.lock_documents([call.document_id], "series__emission_point__establishment")
    document = documents[call.document_id]
    row = Transmission.objects.select_for_update(of=("self",), no_key=True).get(pk=call.transmission_id)
    SriAnswer.objects.create(
        document=document,
        operation=operation,
        revision=call.revision,
        access_key=call.access_key,
        at=clock.now(),
        milliseconds=int(answer.elapsed * 1000),
        outcome=answer.outcome,
        http_status=answer.http_status,
        problem=answer.problem[:500],
        codes=",".join(message.code for message in answer.messages)[:200],
        raw=answer.raw[:RAW_LIMIT],
    )
    if row.claim != call.claim:
        return None
    row.claim = row.claimed_at = None
    return document, row


def _keep_messages(row: Transmission, messages: Sequence[SriMessage]) -> None:
    row.messages = [
        {"code": item.code, "text": item.text, "info": item.info, "kind": item.kind, "advice": item.advice}
        for item in messages
    ]


# What follows


def _received(document: Document, row: Transmission, call: "Call") -> bool:
    """SRI has the document: from now on it is only asked for, at once and still under this call's claim."""
    _set(document, Authorization.SENT, "sent")
    row.received_at, row.problem, row.failures, row.waits = clock.now(), "", 0, 0
    row.stage, row.claim, row.claimed_at = Stage.ASK, call.claim, clock.now()
    row.save()
    return True


def _refused(document: Document, row: Transmission, messages: Sequence[SriMessage], call: "Call") -> bool:
    """Do what the table of messages says of the one that decides."""
    message = decisive(messages)
    action = message.rule.action if message else Action.RETRY
    if message is None or action == Action.RETRY:
        return _in_doubt(
            document, row, message.text if message else _("El SRI devolvió el comprobante sin decir por qué.")
        )
    match action:
        case Action.ASK:
            return _received(document, row, call)
        case Action.WAIT:
            return _wait(document, row)
        case Action.BLOCK_ISSUER | Action.BLOCK_ESTABLISHMENT:
            return _blocked(document, row, message, whole_company=action == Action.BLOCK_ISSUER)
        case Action.REPLACE:
            return _unusable(document, row, message)
        case _:
            return _rejected(document, row, message)


def _not_authorized(document: Document, row: Transmission, messages: Sequence[SriMessage], call: "Call") -> bool:
    """SRI decided against it: by the table; where the fault was SRI's own, the same bytes are handed in again later."""
    message = decisive(messages)
    if message and message.rule.action not in (Action.RETRY, Action.ASK, Action.WAIT):
        return _refused(document, row, messages, call)
    _set(document, Authorization.PENDING, "waiting")
    row.received_at = None
    return _put_off(row, Stage.SEND, message.text if message else _("El SRI no lo autorizó sin decir por qué."))


def _authorized(document: Document, row: Transmission, answer: Answer) -> bool:
    """SRI said AUTORIZADO: final, unless what it has is not what is here."""
    _stop(row, Stage.DONE)
    row.received_at, row.problem = row.received_at or clock.now(), ""
    row.save()
    if document.authorization == Authorization.AUTHORIZED:
        return False
    if document.status == Status.VOIDED or not _is_ours(document, answer):
        return _orphan(document, row)
    if document.authorization == Authorization.REJECTED:
        _set(document, Authorization.PENDING, "waiting")
    authorize(document, row, answer)
    files.request(document)
    letters.request(document)
    return False


def authorize(document: Document, row: Transmission, answer: Answer) -> None:
    """Keep SRI's word and mark the locked document by it: the one way to be authorized."""
    authorized_at, content = answer.authorized_at or clock.now(), answer.wrapper or b""
    _stop(row, Stage.DONE)
    row.save()
    SriAuthorization.objects.create(
        document=document,
        access_key=document.access_key,
        number=answer.number or document.access_key,
        authorized_at=authorized_at,
        content=content,
        sha256=digest(content),
        received_at=clock.now(),
    )
    document.authorized_at = authorized_at
    _set(document, Authorization.AUTHORIZED, "authorized")


def digest(content: bytes) -> str:
    """Return the checksum under which bytes are kept."""
    return hashlib.sha256(content).hexdigest()


def _is_ours(document: Document, answer: Answer) -> bool:
    """Say whether SRI holds the content of the present revision (an earlier one may have arrived meanwhile)."""
    if not answer.document:
        return True
    signed = SignedXml.objects.get(document=document, revision=document.revision)
    return same_content(bytes(signed.content), answer.document)


def _rejected(document: Document, row: Transmission, message: SriMessage) -> bool:
    """SRI will not have it as it is: a person corrects it and sends it again under the same number."""
    row.problem = f"{message.code}: {message.text}"[:500]
    _stop(row, Stage.STOPPED)
    row.save()
    _set(document, Authorization.REJECTED, "failed", reason=row.problem)
    return False


def _unusable(document: Document, row: Transmission, message: SriMessage) -> bool:
    """The number is another's (45) or the date too old (65): the document is issued anew (law 6).

    A date of today that SRI takes for the future is a matter of clocks: it is sent again later.
    """
    if message.rule.code == "65" and document.issue_date >= clock.today():
        return _put_off(row, Stage.SEND, f"{message.code}: {message.text}")
    _rejected(document, row, message)
    enqueue("billing.jobs.replace_document", document.pk, message.rule.code)
    return False


def _blocked(document: Document, row: Transmission, message: SriMessage, *, whole_company: bool) -> bool:
    """SRI does not let the company, or the establishment, issue: its documents wait until a person resumes."""
    if document.authorization == Authorization.SENT:
        _set(document, Authorization.PENDING, "waiting")
    establishment = None if whole_company else document.series.emission_point.establishment
    reason = f"{message.code}: {message.text}. {message.advice}"[:500]
    pause, is_new = IssuerPause.objects.get_or_create(
        establishment=establishment,
        ended_at=None,
        defaults={"code": message.code, "reason": reason, "document_id": document.pk, "since": clock.now()},
    )
    row.problem = reason
    _stop(row, Stage.BLOCKED)
    row.save()
    if is_new:
        _hold_queue(pause)
        record("sri.paused", pause, actor=ACTOR, after={"code": message.code}, reason=reason, document_id=document.pk)
    return False


def _hold_queue(pause: IssuerPause) -> None:
    waiting = Transmission.objects.filter(stage__in=[Stage.SEND, Stage.ASK], claim=None, received_at=None)
    if pause.establishment_id:
        waiting = waiting.filter(document__series__emission_point__establishment_id=pause.establishment_id)
    ids = list(waiting.filter(sent_at=None).values_list("pk", flat=True))
    Transmission.objects.filter(pk__in=ids).update(stage=Stage.BLOCKED, next_attempt_at=None, problem=pause.reason)


def _absent(document: Document, row: Transmission) -> bool:
    """SRI has nothing under this key: still at work if it said it received it, else the same bytes go again."""
    row.absent_at = clock.now()
    if row.received_at and clock.now() - row.received_at < PROCESSING_LIMIT:
        return _wait(document, row)
    if row.stage not in (Stage.SEND, Stage.ASK):
        row.save()
        return False
    if document.authorization == Authorization.SENT:
        _set(document, Authorization.PENDING, "waiting")
    row.received_at, row.failures = None, 0
    row.stage, row.next_attempt_at = Stage.SEND, clock.now()
    row.save()
    return True


def _wait(document: Document, row: Transmission) -> bool:
    """SRI is at work: ask again, ever more rarely, never send again."""
    if document.authorization == Authorization.PENDING:
        _set(document, Authorization.SENT, "sent")
    row.received_at = row.received_at or clock.now()
    row.waits += 1
    pause = min(FIRST_QUESTION * 2 ** min(row.waits - 1, 10), LONGEST_WAIT)
    if row.stage in (Stage.SEND, Stage.ASK):
        row.stage, row.next_attempt_at = Stage.ASK, clock.now() + pause
    row.save()
    return False


def _in_doubt(document: Document, row: Transmission, problem: str) -> bool:
    """It may have arrived: ask by key before the same bytes are sent again."""
    if document.authorization == Authorization.PENDING:
        _set(document, Authorization.SENT, "sent", reason=_("Sin respuesta clara del SRI: se consultará por la clave."))
    return _put_off(row, Stage.ASK, problem)


def _put_off(row: Transmission, stage: str, problem: str) -> bool:
    """Try again after the back-off, without end."""
    row.failures += 1
    row.problem = problem[:500]
    if row.stage in (Stage.SEND, Stage.ASK):
        row.stage, row.next_attempt_at = stage, clock.now() + connection.backoff(row.failures, random=_random)
    row.save()
    return False


def _orphan(document: Document, row: Transmission) -> bool:
    """SRI authorized what was given up here: people must know, nobody may act as if it did not exist."""
    row.problem = _("El SRI tiene autorizado otro contenido para esta clave de acceso.")
    if document.status == Status.VOIDED:
        row.problem = _("El SRI tiene autorizado este comprobante, que aquí está anulado.")
    row.save()
    record("sri.orphan_found", document, actor=ACTOR, after={"problem": row.problem}, document_id=document.pk)
    return False


def _stop(row: Transmission, stage: str) -> None:
    row.stage, row.next_attempt_at, row.failures, row.waits = stage, None, 0, 0


def _set(document: Document, state: str, verb: str, *, reason: str = "") -> None:
    """Move the document along SRI's axis and tell of it, unless it is there already."""
    if document.authorization == state or document.status == Status.VOIDED:
        return
    before = {"authorization": document.authorization}
    document.authorization = state
    document.version += 1
    document.save(update_fields=["authorization", "authorized_at", "version"])
    tell(verb, document, actor=ACTOR, before=before, after={"authorization": state}, reason=reason)
