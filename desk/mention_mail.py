"""The mail that tells a colleague that a note names them: written as it goes out, of what then still stands."""

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.models import AuditEntry
from companies.alerts import Letter
from companies.models import Membership
from desk import things
from desk.models import Mention


def write(entry: AuditEntry, address: str) -> Letter | None:
    """Write what the one who is named is told of a `mention.created`.

    Returns:
        None once it is not to go: the note was withdrawn, or its reader left, may not see the thing or wants no mails.
    """
    mention = Mention.objects.select_related("comment", "user").get(pk=entry.object_id)
    note = mention.comment
    if note.withdrawn_at or not _is_wanted(mention):
        return None
    thing = (entry.after or {}).get("thing", "")
    return Letter(
        subject=" ".join((_("%(who)s le menciona en %(thing)s") % {"who": note.author_name, "thing": thing}).split()),
        text=note.text,
        path=things.page_of(note.object_type, note.object_id) or reverse("desk:mentions"),
        button=_("Abrir la nota"),
        why=_("Recibe este correo porque le mencionan en Cuadre. Puede dejar de recibirlo en «Avisos por correo»."),
    )


def _is_wanted(mention: Mention) -> bool:
    reader = Membership.objects.active().filter(user_id=mention.user_id, mails_mentions=True).first()
    return reader is not None and things.permission_of(mention.comment.object_type) in reader.permissions
