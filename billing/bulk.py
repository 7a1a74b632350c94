"""The same step on many documents: each its own transaction, one refused leaves the others alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from billing import workflow
from billing.models import Document
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError

MOST = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: issued, or refused and why."""

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
    try:
        return Outcome(workflow.issue(document.pk, actor=actor))
    except WorkflowError as refusal:
        return Outcome(document, refusal)
