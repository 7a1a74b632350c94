"""Files that people keep beside a thing: add, take away, withdraw. What a file is, its bytes say, not its name."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import record
from core import clock
from core.actor import Actor
from core.crypto import new_secret
from core.errors import FieldError, RuleRefused, WorkflowError
from core.tenancy import current_company_id
from desk import things
from desk.models import Attachment

MAX_BYTES: Final = 10 * 1024 * 1024
OFFICE: Final = "application/vnd.openxmlformats-officedocument."

Test = Callable[[bytes], bool]


def _begins(*signatures: bytes) -> Test:
    return lambda content: content.startswith(signatures)


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False


def _is_markup(content: bytes) -> bool:
    return _is_text(content) and content.decode("utf-8-sig").lstrip().startswith("<")


def _is_office(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "[Content_Types].xml" in packed.namelist()
    except zipfile.BadZipFile:
        return False


# Which files are kept: by the ending of the name, how they are served, and how their bytes prove it.
KINDS: Final[dict[str, tuple[str, Test]]] = {
    ".pdf": ("application/pdf", _begins(b"%PDF-")),
    ".png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    ".jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".gif": ("image/gif", _begins(b"GIF87a", b"GIF89a")),
    ".webp": ("image/webp", lambda content: content.startswith(b"RIFF") and content[8:12] == b"WEBP"),
    ".docx": (f"{OFFICE}wordprocessingml.document", _is_office),
    ".xlsx": (f"{OFFICE}spreadsheetml.sheet", _is_office),
    ".xml": ("application/xml", _is_markup),
    ".csv": ("text/csv", _is_text),
    ".txt": ("text/plain", _is_text),
}


@transaction.atomic
def add(object_type: str, object_id: int, name: str, content: bytes, *, actor: Actor) -> Attachment:
    """Keep a file beside a thing.

    Raises:
        Forbidden: the actor may not write, or not see the thing.
        RuleRefused: `attachment_empty`, `attachment_too_large`, `attachment_kind_refused`.
    """
    actor.require("comments.write")
    thing = things.find(object_type, object_id, actor)
    name = _clean(name)
    row = Attachment.objects.create(
        object_type=object_type,
        object_id=object_id,
        name=name,
        content_type=_content_type(name, content),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        path=default_storage.save(f"{current_company_id()}/attachments/{new_secret()}", ContentFile(content)),
        uploaded_by_id=actor.user_id,
        created_at=clock.now(),
    )
    after = {"object_type": object_type, "object_id": object_id, "thing": str(thing), "size": row.size}
    record("attachment.added", row, actor=actor, after=after | {"sha256": row.sha256}, public=_public(row))
    return row


@transaction.atomic
def withdraw(attachment_id: int, *, actor: Actor) -> Attachment:
    """Take a file off a thing; its bytes stay (D28). One's own, or anybody's for who administers the company.

    Raises:
        WorkflowError: `not_your_attachment`, `attachment_withdrawn`.
    """
    row = _locked(attachment_id, actor)
    if row.withdrawn_at:
        raise WorkflowError(_("El archivo ya está retirado."), code="attachment_withdrawn")
    row.withdrawn_at = clock.now()
    return _changed("attachment.withdrawn", row, actor)


@transaction.atomic
def restore(attachment_id: int, *, actor: Actor) -> Attachment:
    """Put a withdrawn file back.

    Raises:
        WorkflowError: `not_your_attachment`, `attachment_not_withdrawn`.
    """
    row = _locked(attachment_id, actor)
    if row.withdrawn_at is None:
        raise WorkflowError(_("El archivo no está retirado."), code="attachment_not_withdrawn")
    row.withdrawn_at = None
    return _changed("attachment.restored", row, actor)


def content_of(row: Attachment) -> bytes:
    """Return a file's bytes.

    Raises:
        WorkflowError: `file_missing`: a backup was restored without it.
    """
    try:
        with default_storage.open(row.path) as file:
            content: bytes = file.read()
    except FileNotFoundError as missing:
        raise WorkflowError(
            _("El archivo «%(name)s» no está en el almacenamiento. Avise a quien administra la instalación.")
            % {"name": row.name},
            code="file_missing",
        ) from missing
    return content


def _locked(attachment_id: int, actor: Actor) -> Attachment:
    actor.require("comments.write")
    visible = Attachment.objects.filter(object_type__in=things.seen_by(actor))
    row = visible.select_for_update(of=("self",), no_key=True).get(pk=attachment_id)
    mine = row.uploaded_by_id is not None and row.uploaded_by_id == actor.user_id
    if not mine and not actor.may("company.manage"):
        raise WorkflowError(
            _("Solo quien subió el archivo, o un administrador, puede retirarlo."), code="not_your_attachment"
        )
    return row


def _changed(action: str, row: Attachment, actor: Actor) -> Attachment:
    row.save(update_fields=["withdrawn_at"])
    record(action, row, actor=actor, after={"withdrawn": bool(row.withdrawn_at)}, public=_public(row))
    return row


def _public(row: Attachment) -> dict[str, object]:
    return {"attachment_id": row.pk, "object_type": row.object_type, "object_id": row.object_id, "name": row.name}


def _clean(name: str) -> str:
    """Keep of a name what people can read, and its ending."""
    readable = "".join(char for char in name.replace("\\", "/").rpartition("/")[2] if char.isprintable())
    path = PurePosixPath(readable.strip(" .") or "archivo")
    return f"{path.stem[:180]}{path.suffix.lower()[:10]}"


def _content_type(name: str, content: bytes) -> str:
    if not content:
        raise _refused("attachment_empty", _("El archivo está vacío."))
    if len(content) > MAX_BYTES:
        raise too_large()
    content_type, proves = KINDS.get(PurePosixPath(name).suffix, ("", lambda _content: False))
    if not proves(content):
        kinds = ", ".join(ending.removeprefix(".").upper() for ending in KINDS if ending != ".jpeg")
        message = _("No se pudo adjuntar «%(name)s»: se admiten %(kinds)s cuyo contenido sea lo que dicen ser.")
        raise _refused("attachment_kind_refused", message % {"name": name, "kinds": kinds})
    return content_type


def too_large() -> RuleRefused:
    """Return the refusal of a file that is too large, which the doors give before they read it."""
    return _refused("attachment_too_large", _("El archivo pesa más de %(most)d MB.") % {"most": MAX_BYTES // 1024**2})


def _refused(code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field="file", code=code, message=message)])
