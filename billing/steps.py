"""What may be done with an invoice in the state it is in, and the refusal that names that state."""

from django.utils.translation import gettext as _

from billing.models import STATUS_STEPS, Authorization, Document, Status
from core.errors import WorkflowError


def check_step(document: Document, to: Status) -> None:
    """Refuse a step that the document's state does not allow.

    Raises:
        WorkflowError: `already_issued`, `not_a_draft`, `not_issued`.
    """
    if document.deleted_at is None and (document.status, to) in STATUS_STEPS:
        return
    if to == Status.ISSUED and document.status in (Status.ISSUED, Status.PAID):
        raise WorkflowError(
            _("La factura ya fue emitida con el número %(number)s.") % {"number": document.number},
            code="already_issued",
        )
    raise wrong_state(document, "not_a_draft" if to == Status.ISSUED else "not_issued")


def wrong_state(document: Document, code: str) -> WorkflowError:
    """Return the refusal that names the present state."""
    state = _("Descartada") if document.deleted_at else document.get_status_display()
    return WorkflowError(
        _("«%(document)s» está en estado «%(state)s»: no admite esta acción.") % {"document": document, "state": state},
        code=code,
    )


def require_draft(document: Document) -> None:
    """Refuse what is no draft any more.

    Raises:
        WorkflowError: `not_a_draft`.
    """
    if document.status != Status.DRAFT or document.deleted_at:
        raise wrong_state(document, "not_a_draft")


def check_voidable(document: Document) -> None:
    """Refuse to void what is paid, credited, with SRI, or not issued at all (D7).

    Raises:
        WorkflowError: `already_voided`, `already_paid`, `not_issued`, `has_credit_notes`,
            `authorization_not_voidable`.
    """
    if document.status == Status.VOIDED:
        raise WorkflowError(_("La factura ya está anulada."), code="already_voided")
    if document.status == Status.PAID:
        raise WorkflowError(
            _("Está pagada por completo. Anule antes sus cobros.")
            if document.is_sales_note
            else _("La factura está pagada por completo. Anule antes sus cobros, o corríjala con una nota de crédito."),
            code="already_paid",
        )
    check_step(document, Status.VOIDED)
    if document.notes_on_it.live().exclude(status__in=[Status.DRAFT, Status.VOIDED]).exists():
        raise WorkflowError(
            _("La factura tiene notas de crédito: anúlelas antes, o acredite lo que queda."), code="has_credit_notes"
        )
    if document.authorization in (Authorization.SENT, Authorization.AUTHORIZED):
        raise WorkflowError(
            _("La factura está «%(state)s» ante el SRI: no se anula aquí.")
            % {"state": document.get_authorization_display()},
            code="authorization_not_voidable",
        )
