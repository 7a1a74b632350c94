"""How the log and the access log look as lists."""

from typing import Any, Final

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from audit.changes import NOTHING, changes_of
from audit.labels import DOORS, label, object_kind, object_url
from audit.models import AccessEntry, AuditEntry
from core.chips import icon
from core.tables import Table
from core.templatetags import cuadre as show
from core.views import may_open
from core.words import gettext_lazy as _

MOST_SHOWN: Final = 2  # changes in a row of the list
LONGEST_NAME: Final = 36

_KIND_LOOKS = {
    AccessEntry.Kind.READ: ("neutral", "eye"),
    AccessEntry.Kind.REFUSED: ("bad", "ban"),
    AccessEntry.Kind.SIGN_IN: ("good", "login"),
    AccessEntry.Kind.SIGN_IN_FAILED: ("warn", "alert-triangle"),
}


class MomentColumn(tables.Column):
    """A moment to the minute, where the company is."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"attrs": {"td": {"class": "nowrap"}}} | options)

    def render(self, value: Any) -> str:
        """Render the moment."""
        return show.moment(value)


class DoorColumn(tables.Column):
    """Through which door."""

    attrs = {"td": {"class": "tight lo"}, "th": {"class": "lo"}}

    def render(self, value: str) -> str:
        """Render the door's name."""
        return str(DOORS.get(value, value))


class AuditTable(Table):
    """The log, newest first."""

    at = MomentColumn(_("Cuándo"))
    actor_label = tables.Column(_("Quién"), attrs={"td": {"class": "nowrap"}})
    door = DoorColumn(_("Por dónde"))
    action = tables.Column(_("Qué"))
    object_label = tables.Column(_("Objeto"), attrs={"td": {"class": "nowrap"}})
    summary = tables.Column(
        _("Cambios"), empty_values=(), attrs={"td": {"class": "clip lo"}, "th": {"class": "lo"}}, accessor="pk"
    )

    def render_action(self, value: str, record: AuditEntry) -> SafeString:
        """Render what happened as the row's link."""
        told = label(value)
        return format_html(
            '<a class="row-link" href="{}"><span class="chip tone-{}">{}{}</span></a>',
            record.get_absolute_url(), told.tone, icon(told.icon), told.text,
        )  # fmt: skip

    def render_object_label(self, value: str, record: AuditEntry) -> SafeString:
        """Render the object with what it is, linked to its page where it has one."""
        url = object_url(record.object_type, record.object_id)
        url = url if url and may_open(self.request.actor, url) else ""
        short = Truncator(value).chars(LONGEST_NAME)
        name = format_html('<a href="{}">{}</a>', url, short) if url else short
        return format_html('{}<br><small class="text-secondary">{}</small>', name, object_kind(record.object_type))

    def render_summary(self, record: AuditEntry) -> SafeString:
        """Render the first changes; the entry's page has them all."""
        changes = changes_of(record)
        pairs = ((name, _short(before, after)) for name, before, after in changes[:MOST_SHOWN])
        shown = format_html_join("; ", "{}: {}", pairs)
        return format_html("{}…", shown) if len(changes) > MOST_SHOWN else shown


def _short(before: str, after: str) -> str:
    return after if before == NOTHING else f"{before} → {after}"


class AccessTable(Table):
    """The access log, newest first."""

    at = MomentColumn(_("Cuándo"))
    kind = tables.Column(_("Qué"), attrs={"td": {"class": "tight"}})
    actor_label = tables.Column(_("Quién"), attrs={"td": {"class": "nowrap"}})
    door = DoorColumn(_("Por dónde"))
    path = tables.Column(_("Dirección"))
    detail = tables.Column(_("Detalle"), attrs={"td": {"class": "clip lo"}, "th": {"class": "lo"}})
    address = tables.Column(_("IP"), attrs={"td": {"class": "nowrap lo"}, "th": {"class": "lo"}})

    def render_kind(self, value: str, record: AccessEntry) -> SafeString:
        """Render the kind as a chip."""
        tone, name = _KIND_LOOKS.get(AccessEntry.Kind(record.kind), ("neutral", "circle"))
        return format_html(
            '<span class="chip tone-{}">{}{}</span>', tone, icon(name), record.get_kind_display().capitalize()
        )

    def render_path(self, value: str, record: AccessEntry) -> SafeString:
        """Render the method and the address that was asked for."""
        return format_html('<small class="mono">{} {}</small>', record.method, value)
