"""The same step on many documents: each its own transaction, one refused leaves the others alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from billing import upkeep, workflow
from billing.models import Document, Transmission
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError
from core.jobs import enqueue

MOST = 100
MOST_AT_SRI = 500  # sending again only puts rows back in line


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: done, or refused and why."""

    document: Document
    refusal: WorkflowError | None = None


def issue(documents: Sequence[Document], *, actor: Actor) -> list[Outcome]:
    """Issue drafts one after the other, in the order given.

    Raises:
        RuleRefused: `nothing_selected` or `too_many_selected`.
    """
    actor.require("billing.issue", "billing.issue_reservations")
    if not documents:
        raise RuleRefused(_("La lista está vacía: no hay borradores que emitir."), code="nothing_selected")
    if len(documents) > MOST:
        raise RuleRefused(
            _("Se pueden emitir hasta %(most)d borradores a la vez.") % {"most": MOST}, code="too_many_selected"
        )
    return [_issue(document, actor) for document in documents]


def _issue(document: Document, actor: Actor) -> Outcome:
    return _tried(document, lambda: workflow.issue(document.pk, actor=actor))


def retry(documents: Sequence[Document], *, actor: Actor) -> list[Outcome]:
    """Put documents that SRI has not authorized back in line, the same bytes, to go out now.

    Raises:
        RuleRefused: `nothing_selected` or `too_many_selected`.
    """
    actor.require("billing.issue")
    _check_count(documents)
    return [_retry(document, actor) for document in documents]


def _retry(document: Document, actor: Actor) -> Outcome:
    return _tried(document, lambda: upkeep.retry(document.pk, actor=actor))


def check(documents: Sequence[Document], *, actor: Actor) -> list[Outcome]:
    """Have the workers ask SRI about documents, one job each: no request waits for hundreds of answers.

    Raises:
        RuleRefused: `nothing_selected` or `too_many_selected`.
    """
    actor.require("billing.issue", "billing.void")
    _check_count(documents)
    pks = [document.pk for document in documents]
    sent = set(Transmission.objects.filter(document_id__in=pks).values_list("document_id", flat=True))
    for pk in sorted(sent):
        enqueue("billing.jobs.check_document", pk)
    return [Outcome(document, None if document.pk in sent else upkeep.not_electronic()) for document in documents]


def _check_count(documents: Sequence[Document]) -> None:
    if not documents:
        raise RuleRefused(_("No se eligió ningún comprobante."), code="nothing_selected")
    if len(documents) > MOST_AT_SRI:
        raise RuleRefused(
            _("Se pueden elegir hasta %(most)d comprobantes a la vez. Acote los filtros.") % {"most": MOST_AT_SRI},
            code="too_many_selected",
        )


def _tried(document: Document, step: Callable[[], Document]) -> Outcome:
    try:
        return Outcome(step())
    except WorkflowError as refusal:
        return Outcome(document, refusal)
