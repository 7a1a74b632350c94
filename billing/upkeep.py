"""What people and the night do about transmissions: ask now, send again, resume a paused queue, reconcile.

A call to SRI is never made with a transaction of ours open.
"""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from audit.log import record
from billing import settlement, transmission
from billing.models import (
    Authorization,
    Document,
    IssuerPause,
    SignedXml,
    SriAnswer,
    Stage,
    Status,
    Transmission,
)
from billing.telling import tell
from companies.models import Company
from core import clock
from core.actor import Actor
from core.errors import WorkflowError
from core.tenancy import all_companies, company_context, current_company_id

OPEN: Final = (Authorization.PENDING, Authorization.SENT)
ALARM_AFTER: Final = timedelta(hours=24)
ANSWERS_KEPT: Final = timedelta(days=90)  # D28
RECONCILED: Final = timedelta(days=40)  # voided documents are asked for as long as SRI's own month and the next


def check(document_id: int, *, actor: Actor) -> Document:
    """Ask SRI now what it has of a document ("consultar ahora"), and record it.

    Raises:
        WorkflowError: `not_electronic`; `sri_in_flight`: a call is under way at this moment.
    """
    actor.require("billing.issue", "billing.void")
    row = _transmission(document_id)
    call = transmission.claim(row.pk, asking=True)
    if call is None:
        raise _in_flight()
    transmission.perform(call)
    return Document.objects.get(pk=document_id)


@transaction.atomic
def retry(document_id: int, *, actor: Actor) -> Document:
    """Send the same bytes again, now: of what SRI refused, or of what waits for its next attempt.

    Raises:
        WorkflowError: `not_electronic`, `already_authorized`, `already_voided`, `queue_paused`, `sri_in_flight`.
    """
    actor.require("billing.issue")
    document, row = lock(document_id)
    if document.authorization == Authorization.AUTHORIZED:
        raise WorkflowError(_("El SRI ya autorizó este comprobante."), code="already_authorized")
    if document.status == Status.VOIDED:
        raise WorkflowError(_("El comprobante está anulado: no se envía."), code="already_voided")
    if row.stage == Stage.BLOCKED:
        raise WorkflowError(_("El envío está detenido: %(why)s") % {"why": row.problem}, code="queue_paused")
    if row.claim:
        raise _in_flight()
    before = {"authorization": document.authorization}
    if document.authorization == Authorization.REJECTED:
        document.authorization = Authorization.PENDING
        document.version += 1
        document.save(update_fields=["authorization", "version"])
    row.stage = Stage.ASK if row.sent_at and document.authorization == Authorization.SENT else Stage.SEND
    row.next_attempt_at, row.failures = clock.now(), 0
    row.save()
    tell("retried", document, actor=actor, before=before, after={"authorization": document.authorization})
    return document


@transaction.atomic
def resume(pause_id: int, *, actor: Actor) -> IssuerPause:
    """Let a paused company, or establishment, send again: what waited goes out by itself.

    Raises:
        WorkflowError: `not_paused`.
    """
    actor.require("company.manage")
    pause = IssuerPause.objects.select_for_update(of=("self",), no_key=True).get(pk=pause_id)
    if pause.ended_at:
        raise WorkflowError(_("El envío ya se reanudó."), code="not_paused")
    pause.ended_at = clock.now()
    pause.save(update_fields=["ended_at"])
    held = Transmission.objects.filter(stage=Stage.BLOCKED)
    if pause.establishment_id:
        held = held.filter(document__series__emission_point__establishment_id=pause.establishment_id)
    others = IssuerPause.objects.filter(ended_at=None)
    if not others.filter(establishment=None).exists():
        for row in held.select_related("document__series__emission_point"):
            if not transmission.open_pauses(row.document).exists():
                row.stage, row.next_attempt_at, row.problem = Stage.SEND, clock.now(), ""
                row.save(update_fields=["stage", "next_attempt_at", "problem"])
    record("sri.resumed", pause, actor=actor, after={"code": pause.code}, reason=pause.reason)
    return pause


# Before a document is given up


def ask_if_sent(document_id: int) -> None:
    """Ask SRI about a document that may have reached it, so that what follows knows (D7). Outside any transaction."""
    row = Transmission.objects.filter(document_id=document_id).first()
    if row is None or row.stage == Stage.DONE or row.sent_at is None:
        return
    call = transmission.claim(row.pk, asking=True)
    if call is not None:
        transmission.perform(call)


def give_up(document: Document) -> None:
    """Stop the transmission of a locked document that is being voided.

    Raises:
        WorkflowError: `sri_in_flight`; `sri_unknown`: SRI may have it and could not be asked.
    """
    row = Transmission.objects.select_for_update(of=("self",), no_key=True).filter(document=document).first()
    if row is None:
        return
    if row.claim:
        raise _in_flight()
    known = row.sent_at is None or row.absent_at is not None or document.authorization == Authorization.REJECTED
    if not known or document.authorization == Authorization.SENT:
        raise WorkflowError(
            _("No se sabe todavía si el SRI recibió el comprobante: no se puede anular hasta consultarlo. %(problem)s")
            % {"problem": row.problem},
            code="sri_unknown",
        )
    row.stage, row.next_attempt_at = Stage.STOPPED, None
    row.save(update_fields=["stage", "next_attempt_at"])


# By themselves


def watch_delays() -> None:
    """Tell the people of each company whose documents have waited for SRI longer than a day; an hourly sweep."""
    with all_companies():
        late = Transmission.unscoped.filter(
            stage__in=[Stage.SEND, Stage.ASK], queued_at__lt=clock.now() - ALARM_AFTER, told_at=None
        )
        companies = sorted(set(late.values_list("company_id", flat=True)))
    for company_id in companies:
        with company_context(company_id):
            _tell_of_delay()


@transaction.atomic
def _tell_of_delay() -> None:
    late = Transmission.objects.select_for_update(of=("self",), no_key=True).filter(
        stage__in=[Stage.SEND, Stage.ASK], queued_at__lt=clock.now() - ALARM_AFTER, told_at=None
    )
    ids = list(late.values_list("pk", flat=True))
    if not ids:
        return
    Transmission.objects.filter(pk__in=ids).update(told_at=clock.now())
    company = Company.objects.get(pk=current_company_id())
    record("sri.delayed", company, actor=Actor.job("SRI"), after={"documents": len(ids)})


def reconcile() -> None:
    """Ask SRI for every document that is not final, and for what was voided lately; the nightly job.

    What is found out is recorded as any answer is; what does not agree is an orphan (`orphans`).
    """
    with all_companies():
        Transmission.unscoped.filter(
            stage__in=[Stage.SEND, Stage.ASK], next_attempt_at__isnull=False, claim=None, sent_at__isnull=False
        ).update(stage=Stage.ASK, next_attempt_at=clock.now())
        given_up = list(
            Transmission.unscoped.filter(
                stage=Stage.STOPPED, sent_at__isnull=False, queued_at__gt=clock.now() - RECONCILED
            ).values_list("company_id", "pk")
        )
    for company_id, pk in given_up:
        with company_context(company_id):
            call = transmission.claim(pk, asking=True)
            if call is not None:
                transmission.perform(call)


def orphans() -> QuerySet[Document]:
    """Return the electronic documents whose rows do not agree with each other or with SRI; each can be repaired.

    Issued without a place in the queue or without its bytes; or given up here and authorized at SRI.
    """
    of_it = Transmission.objects.filter(document=OuterRef("pk"))
    signed = SignedXml.objects.filter(document=OuterRef("pk"), revision=OuterRef("revision"))
    electronic = Document.objects.live().exclude(access_key="")
    lost = ~Q(status=Status.VOIDED) & Q(authorization__in=OPEN) & (~Exists(of_it) | ~Exists(signed))
    contradicted = ~Q(authorization=Authorization.AUTHORIZED) & Exists(of_it.filter(stage=Stage.DONE))
    return electronic.filter(lost | contradicted)


@transaction.atomic
def repair(document_id: int, *, actor: Actor) -> Document:
    """Put an orphan back on its way: its place in the queue is made (again), and SRI is asked before anything is sent.

    Raises:
        WorkflowError: `nothing_to_repair`; `voided_but_authorized`: SRI authorized what is voided here, which only
            an annulment at SRI mends.
    """
    actor.require("company.manage")
    document = settlement.lock_documents([document_id], "series__emission_point").get(document_id)
    if document is None:
        raise Document.DoesNotExist
    if not orphans().filter(pk=document_id).exists():
        raise WorkflowError(_("Este comprobante no necesita reparación."), code="nothing_to_repair")
    if document.status == Status.VOIDED:
        raise WorkflowError(
            _("El SRI autorizó el comprobante %(document)s, que aquí está anulado: anúlelo en el portal del SRI.")
            % {"document": document},
            code="voided_but_authorized",
        )
    row = Transmission.objects.filter(document=document).first() or transmission.queue(document)
    row.stage, row.next_attempt_at, row.claim, row.claimed_at = Stage.ASK, clock.now(), None, None
    row.sent_at = row.sent_at or clock.now()
    row.save()
    tell("repaired", document, actor=actor, after={"authorization": document.authorization})
    return document


def forget_old_answers() -> None:
    """Remove raw answers that need not be kept any more (D28); a daily job."""
    with all_companies():
        SriAnswer.unscoped.filter(at__lt=clock.now() - ANSWERS_KEPT).delete()


def lock(document_id: int) -> tuple[Document, Transmission]:
    """Lock a document, then its transmission.

    Raises:
        ObjectDoesNotExist: no such document in this company.
        WorkflowError: `not_electronic`.
    """
    document = settlement.lock_documents([document_id], "series__emission_point").get(document_id)
    if document is None:
        raise Document.DoesNotExist
    row = Transmission.objects.select_for_update(of=("self",), no_key=True).filter(document=document).first()
    if row is None:
        raise not_electronic()
    return document, row


def _transmission(document_id: int) -> Transmission:
    Document.objects.live().get(pk=document_id)
    row = Transmission.objects.filter(document_id=document_id).first()
    if row is None:
        raise not_electronic()
    return row


def not_electronic() -> WorkflowError:
    """Return the refusal of what concerns SRI only, on a document that does not go there."""
    return WorkflowError(_("Este documento no va al SRI."), code="not_electronic")


def _in_flight() -> WorkflowError:
    return WorkflowError(
        _("Se está hablando con el SRI sobre este comprobante en este momento. Intente en unos segundos."),
        code="sri_in_flight",
    )
