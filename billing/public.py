"""The public link of a document (D19): an address nobody can guess, dead once it is revoked.

The token is sealed in its row, so that the address can be printed again; a visitor's token is found by its hash.
"""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from audit.log import record
from billing.models import Annulment, Authorization, Document, PublicLink, Status
from core import clock
from core.actor import Actor
from core.crypto import decrypt, digest, encrypt, new_secret
from core.errors import WorkflowError
from core.tenancy import all_companies


def open_link(document: Document) -> PublicLink:
    """Make the link of a document that has no live one, in the transaction that issues it."""
    token = new_secret()
    return PublicLink.objects.create(
        document=document, token_hash=digest(token), sealed_token=encrypt(token), created_at=clock.now()
    )


def address(document: Document) -> str:
    """Return the full URL of the document's live link, "" if it has none."""
    link = _live(document)
    return address_of(link) if link else ""


def printed_address(document: Document) -> str:
    """Return the URL that the printed form carries: the newest link's, so that revoking it changes no PDF."""
    if document.status == Status.DRAFT:
        return ""
    link = PublicLink.objects.filter(document=document).order_by("-pk").first()
    return address_of(link) if link else ""


def address_of(link: PublicLink) -> str:
    """Return the full URL of a link."""
    return settings.BASE_URL + reverse("billing:public", args=[decrypt(link.sealed_token)])


def by_token(token: str) -> PublicLink:
    """Return a visitor's live link with its company, whichever that is; unknown and revoked are the same query.

    Raises:
        PublicLink.DoesNotExist: no live link is like that.
    """
    with all_companies():
        return PublicLink.objects.select_related("company").get(token_hash=digest(token), revoked_at=None)


@transaction.atomic
def revoke(document_id: int, *, actor: Actor) -> PublicLink:
    """Kill the document's link: who has it finds nothing any more.

    Raises:
        WorkflowError: `no_public_link`.
    """
    actor.require("billing.mail")
    document = _lock(document_id)
    link = _live(document)
    if link is None:
        raise WorkflowError(_("El documento no tiene un enlace público activo."), code="no_public_link")
    return _end(link, actor)


@transaction.atomic
def renew(document_id: int, *, actor: Actor) -> PublicLink:
    """Give the document a new link; an earlier one is dead, and the PDF is made again with the new code.

    Raises:
        WorkflowError: `not_issued`: drafts have no link.
    """
    from billing import files  # which prints the address

    actor.require("billing.mail")
    document = _lock(document_id)
    if document.status == Status.DRAFT:
        raise WorkflowError(_("Un borrador no tiene enlace público: emítalo antes."), code="not_issued")
    present = _live(document)
    if present is not None:
        _end(present, actor)
    link = open_link(document)
    record("public_link.opened", link, actor=actor, after=_values(document), document_id=document.pk)
    files.request(document)
    return link


def note_visit(link: PublicLink) -> None:
    """Remember that somebody looked; once a minute is enough."""
    now = clock.now()
    if link.last_seen_at is None or (now - link.last_seen_at).total_seconds() >= 60:
        PublicLink.objects.filter(pk=link.pk).update(last_seen_at=now)


def is_the_buyer(document: Document, typed: str) -> bool:
    """Say whether somebody typed the buyer's identification, in a time that does not depend on how much was right."""
    return constant_time_compare(_normalized(typed), _normalized(document.buyer_identification))


def standing(document: Document) -> tuple[str, str]:
    """Return the document's state in plain words and the code of its chip."""
    if document.status == Status.VOIDED:
        return _("Anulada"), "voided"
    if document.annulment == Annulment.ANNULLED:
        return _("Anulada en el SRI"), "voided"
    if document.authorization == Authorization.AUTHORIZED:
        return _("Autorizada por el SRI"), "authorized"
    if document.authorization == Authorization.NONE:
        return _("Emitida"), "issued"
    return _("Pendiente de autorización del SRI"), "pending"


def _normalized(text: str) -> str:
    return "".join(char for char in text if char.isalnum()).casefold()


def _live(document: Document) -> PublicLink | None:
    return PublicLink.objects.filter(document=document, revoked_at=None).first()


def _lock(document_id: int) -> Document:
    return Document.objects.live().select_for_update(of=("self",), no_key=True).get(pk=document_id)


def _end(link: PublicLink, actor: Actor) -> PublicLink:
    link.revoked_at = clock.now()
    link.save(update_fields=["revoked_at"])
    record("public_link.revoked", link, actor=actor, after=_values(link.document), document_id=link.document_id)
    return link


def _values(document: Document) -> dict[str, str]:
    return {"number": document.number}
