"""A document's XML as files: as SRI authorized it, or as it was signed here; always the stored bytes."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from billing import files
from billing.models import Document, SignedXml, SriAuthorization
from core.errors import WorkflowError


@dataclass(frozen=True, slots=True)
class XmlFile:
    """An XML to be taken away."""

    name: str
    content: bytes
    is_authorized: bool


def authorized(document: Document) -> XmlFile | None:
    """Return the XML in SRI's wrapper, which is what the buyer gets; None while SRI has not authorized it."""
    word = SriAuthorization.objects.filter(document=document).first()
    return XmlFile(files.file_name(document, "xml"), bytes(word.content), is_authorized=True) if word else None


def signed(document: Document, revision: int | None = None) -> XmlFile:
    """Return the bytes that were signed here: of the present revision, or of another.

    Raises:
        WorkflowError: `not_electronic`.
        ObjectDoesNotExist: there is no such revision.
    """
    check_electronic(document)
    row = SignedXml.objects.get(document=document, revision=document.revision if revision is None else revision)
    name = files.file_name(document, f"revision-{row.revision}-firmada.xml")
    return XmlFile(name, bytes(row.content), is_authorized=False)


def best(document: Document) -> XmlFile:
    """Return the authorized XML, or the signed one, whose name says that it is not authorized.

    Raises:
        WorkflowError: `not_electronic`.
    """
    found = authorized(document)
    if found:
        return found
    unauthorized = signed(document)
    return XmlFile(files.file_name(document, "sin-autorizar.xml"), unauthorized.content, is_authorized=False)


def check_electronic(document: Document) -> None:
    """Refuse what has no XML.

    Raises:
        WorkflowError: `not_electronic`.
    """
    if not document.access_key:
        raise WorkflowError(_("Este documento no va al SRI: no tiene XML."), code="not_electronic")
