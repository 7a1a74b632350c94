"""Corregir y reenviar: what SRI refused is corrected under the same number, as a new revision (law 2).

Everything of the earlier revision is kept: its lines, its signed bytes, SRI's answers. The date stays, and so does the
access key unless one of its parts was wrong.
"""

from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from billing import billables as billables_door
from billing import closing, discounts, electronic, files, note_storing, settlement, storing, upkeep, xml_parts
from billing.closing import Doing
from billing.drafts import DraftInput, compose
from billing.models import Authorization, Billable, Document, Status
from billing.profile import check_complete
from billing.telling import story, tell
from companies.models import Company
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError, check_version
from core.money import format_money
from core.tenancy import current_company_id


@transaction.atomic
def correct(
    document_id: int, entered: DraftInput | None = None, *, actor: Actor, expected_version: int | None = None
) -> Document:
    """Make the next revision of a document that SRI refused, sign it and send it under the same number.

    Args:
        entered: what the document should say, of an invoice; without it the lines stay, and only buyer and issuer are
            copied anew from what customer and company say now (a note always keeps its lines, and its invoice's buyer).

    Raises:
        WorkflowError: `not_rejected`, `note_keeps_its_lines`, `sri_in_flight`.
        RuleRefused: `other_customer`, `other_billables`, `below_settled`, `period_closed` (of other lines), and
            what `compose` and issuing refuse.
    """
    actor.require("billing.issue")
    locked = billables_door.lock(Billable.objects.filter(document_id=document_id).values_list("pk", flat=True))
    document = settlement.lock_documents(
        [document_id], "customer", "modifies", "series__emission_point__establishment"
    ).get(document_id)
    if document is None:
        raise Document.DoesNotExist
    _check(document, expected_version)
    upkeep.give_up(document)
    company = Company.objects.get(pk=current_company_id())
    check_complete(company, document.series)
    before = story(document) | {"revision": document.revision}
    document.revision += 1
    document.authorization = Authorization.PENDING
    if entered is None:
        _keep_lines(document, company)
    else:
        _compose_again(document, entered, company, locked, actor)
    electronic.sign(document, company, xml_parts.read(document))
    tell("corrected", document, actor=actor, before=before, after=story(document) | {"revision": document.revision})
    files.request(document)
    return document


def _check(document: Document, expected_version: int | None) -> None:
    check_version(document.version, expected_version)
    if document.authorization != Authorization.REJECTED or document.status not in (Status.ISSUED, Status.PAID):
        raise WorkflowError(
            _("Solo se corrige un comprobante que el SRI rechazó; este está «%(state)s».")
            % {"state": document.get_authorization_display()},
            code="not_rejected",
        )


def _keep_lines(document: Document, company: Company) -> None:
    """Copy the present parts into the new revision, and buyer and issuer anew."""
    parts = xml_parts.read(document)
    if document.modifies:
        note_storing.freeze(document, document.modifies, company)
    else:
        storing.freeze(document, company)
    _save(document, company)
    storing.copy_parts(parts, document)


def _compose_again(
    document: Document, entered: DraftInput, company: Company, locked: list[Billable], actor: Actor
) -> None:
    if document.is_credit_note:
        raise WorkflowError(
            _("Una nota de crédito copia las líneas de su factura: no se cambian."), code="note_keeps_its_lines"
        )
    if entered.customer_id != document.customer_id:
        raise _other("customer", _("Una corrección no cambia de cliente."), code="other_customer")
    if set(entered.billable_ids) != {row.pk for row in locked}:
        raise _other("billables", _("Una corrección lleva los mismos pendientes."), code="other_billables")
    closing.check_open(document.issue_date, doing=Doing.CORRECT)
    settled = document.total - document.balance
    composition = compose(replace(entered, date_asked=document.issue_date), company, locked, document_id=document.pk)
    total = composition.totals.total
    if total < settled:
        raise RuleRefused(
            _("La corrección suma %(total)s y ya hay %(settled)s cobrados.")
            % {"total": format_money(total), "settled": format_money(settled)},
            code="below_settled",
        )
    document.discount_approved_by = discounts.approve(composition, company, actor=actor)
    storing.copy_content(document, entered, composition)
    storing.freeze(document, company)
    document.balance = total - settled
    document.status = Status.ISSUED if document.balance else Status.PAID
    _save(document, company)
    storing.store_parts(document, composition)


def _other(field: str, message: str, *, code: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])


def _save(document: Document, company: Company) -> None:
    """Save the header first: the database then takes the parts of its new revision, and only those."""
    electronic.rekey(document, company)
    document.version += 1
    document.save()
