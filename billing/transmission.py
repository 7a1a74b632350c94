"""How a signed document travels to SRI, exactly once: claim → send → record (law 6, law 9).

`queue` puts it in line in the transaction that signs it. The clock's `sweep` rings for those whose moment has come,
oldest first. `advance` carries one on: it claims the row in a short transaction, calls SRI with none open, and
`billing.outcomes` records what came of it. A worker that dies in between leaves its claim: after `LEASE` the next one
takes it that the outcome is unknown, and asks before it sends the same bytes again.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from billing import outcomes
from billing.models import Document, IssuerPause, SignedXml, Stage, Transmission
from core import clock
from core.jobs import enqueue_due
from core.tenancy import all_companies
from sri import connection, gateway

LEASE: Final = timedelta(seconds=90)  # longer than any call may take
CALLS_IN_A_ROW: Final = 3  # send, ask; and once more where SRI turns out to have nothing


@dataclass(frozen=True, slots=True)
class Call:
    """One claimed call to SRI."""

    transmission_id: int
    document_id: int
    claim: uuid.UUID
    sends: bool
    revision: int
    access_key: str
    environment: str
    content: bytes


def queue(document: Document) -> Transmission:
    """Put a signed document (or its corrected revision) in line, behind its company's pause if there is one."""
    pause = open_pauses(document).first()
    present = Transmission.objects.filter(document=document).first() if document.revision > 1 else None
    row = present or Transmission(document=document, environment=document.environment, queued_at=clock.now())
    row.stage = Stage.BLOCKED if pause else Stage.SEND
    row.next_attempt_at = None if pause else clock.now()
    row.claim = row.claimed_at = row.sent_at = row.received_at = row.absent_at = row.told_at = None
    row.failures = row.waits = 0
    row.problem, row.messages = pause.reason if pause else "", []
    row.save()
    return row


def open_pauses(document: Document) -> QuerySet[IssuerPause]:
    """Return what keeps this document from being sent: a pause of the company or of its establishment."""
    establishment = document.series.emission_point.establishment_id
    return IssuerPause.objects.filter(ended_at=None).filter(Q(establishment=None) | Q(establishment_id=establishment))


def sweep() -> int:
    """Queue a job for each transmission whose moment has come; while the line is down, for one that probes it."""
    found = 0
    for environment in ("1", "2"):
        due = Transmission.unscoped.filter(environment=environment)
        limit = 1 if connection.state(environment).is_open else None
        found += enqueue_due(due, "next_attempt_at", "billing.jobs.advance_transmission", lease=LEASE, limit=limit)
    return found


def advance(transmission_id: int) -> None:
    """Carry one transmission on until it has to wait; safe to run twice, also at the same time."""
    call = _in_turn(transmission_id)
    for _call in range(CALLS_IN_A_ROW):
        if call is None or not perform(call):
            return
        # What SRI received is asked for under the same claim; what it turns out not to have takes its turn to be sent.
        call = replace(call, sends=False) if call.sends else _in_turn(transmission_id)


def _in_turn(transmission_id: int) -> Call | None:
    return claim(transmission_id) if _has_its_turn(transmission_id) else None


def _has_its_turn(transmission_id: int) -> bool:
    """Ask for a place in the pace (sends) and past the breaker (both); where there is none, put the row off."""
    row = Transmission.objects.get(pk=transmission_id)
    is_open = connection.state(row.environment).is_open
    if not is_open and (row.stage != Stage.SEND or row.has_slot):
        return True
    later = connection.take_slot(row.environment)
    if later is None:
        return True
    nobody_holds_it = Q(claim=None) | Q(claimed_at__lte=clock.now() - LEASE)
    open_rows = Transmission.objects.filter(nobody_holds_it, pk=row.pk, stage__in=[Stage.SEND, Stage.ASK])
    open_rows.update(next_attempt_at=later, has_slot=not is_open)
    return False


@transaction.atomic
def claim(transmission_id: int, *, asking: bool = False) -> Call | None:
    """Mark the row in flight and return the call to make; None where nothing is to be done now.

    `asking`: a person or a rule wants to know now; whatever the row's next call is, SRI is asked.
    """
    row = Transmission.objects.select_for_update(of=("self",), no_key=True).get(pk=transmission_id)
    if _in_flight(row) or not (asking or row.stage in (Stage.SEND, Stage.ASK)):
        return None
    if row.claim and row.stage == Stage.SEND:
        row.stage = Stage.ASK  # whoever held it died: the document may have arrived
    sends = row.stage == Stage.SEND and not asking
    document = Document.objects.only("revision", "access_key").get(pk=row.document_id)
    row.claim, row.claimed_at, row.has_slot = uuid.uuid4(), clock.now(), False
    row.attempts += 1
    if row.stage in (Stage.SEND, Stage.ASK):
        row.next_attempt_at = clock.now() + LEASE
    if sends:
        row.sent_at, row.absent_at = clock.now(), None
    row.save()
    return Call(
        transmission_id=row.pk,
        document_id=row.document_id,
        claim=row.claim,
        sends=sends,
        revision=document.revision,
        access_key=document.access_key,
        environment=row.environment,
        content=_bytes(row.document_id, document.revision) if sends else b"",
    )


def _in_flight(row: Transmission) -> bool:
    return row.claimed_at is not None and row.claimed_at > clock.now() - LEASE


def _bytes(document_id: int, revision: int) -> bytes:
    return bytes(SignedXml.objects.get(document_id=document_id, revision=revision).content)


def perform(call: Call) -> bool:
    """Call SRI with no transaction open, and record the outcome; says whether to go on at once."""
    line = gateway.current()
    if call.sends:
        reception = line.receive(call.content, call.environment)
        _note_line(call.environment, reached=reception.answered, problem=reception.problem)
        return outcomes.record_reception(call, reception)
    answer = line.ask(call.access_key, call.environment)
    _note_line(call.environment, reached=answer.answered, problem=answer.problem)
    return outcomes.record_answer(call, answer)


def _note_line(environment: str, *, reached: bool, problem: str) -> None:
    """Tell the breaker; when the line is back, everything that was put off because of it is due again."""
    if not reached:
        connection.note_failure(environment, problem)
    elif connection.note_success(environment):
        with all_companies():
            _hurry(environment)


def _hurry(environment: str) -> None:
    """Make what failed while the line was down due now, the oldest first."""
    waiting = Transmission.unscoped.filter(environment=environment, claim=None, failures__gt=0)
    waiting.filter(next_attempt_at__gt=clock.now()).update(next_attempt_at=F("queued_at"), failures=0)
