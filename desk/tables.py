"""How desk's lists look."""

from typing import Any

import django_tables2 as tables
from django.http import Http404
from django.urls import NoReverseMatch
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.addresses import address_of
from core.chips import chip
from core.list_names import list_at
from core.tables import AgoColumn, ChipColumn, IconsColumn, LinkColumn, Table
from core.words import gettext
from core.words import gettext_lazy as _
from desk import import_kinds, saved, tasks
from desk.models import Import, ImportRow, SavedView, Task, TaskItem

NUMBER = {"th": {"class": "num"}, "td": {"class": "num"}}
LESSER = {"th": {"class": "lo"}, "td": {"class": "lo nowrap"}}


class TaskTable(Table):
    """Tasks: what, who, how far, what came of it."""

    title = LinkColumn(_("Tarea"))
    requested_by = tables.Column(_("Pedida por"), attrs=LESSER, default=_("un programa"))
    created_at = AgoColumn(_("Pedida"))
    state = ChipColumn(_("Estado"))
    done = tables.Column(_("Avance"), attrs=NUMBER)
    refused = tables.Column(_("No hechos"), attrs=NUMBER)

    def render_done(self, record: Task) -> str:
        """Render how many of how many."""
        return gettext("%(done)d de %(total)d") % {"done": record.done, "total": record.total}


class TaskItemTable(Table):
    """What became of each thing of a task."""

    position = tables.Column(_("N.º"), attrs=NUMBER)
    label = tables.Column(_("Elemento"), empty_values=())
    state = ChipColumn(_("Resultado"))
    message = tables.Column(_("Motivo"), default="—")

    class Meta:
        row_attrs = {"data-href": None}

    def render_label(self, record: TaskItem) -> SafeString | str:
        """Render the thing as the link to its page, where it has one."""
        url = tasks.page_of(record)
        return format_html('<a class="row-link" href="{}">{}</a>', url, record) if url else str(record)


class SavedViewTable(Table):
    """Kept views: what they are called, of which list, whose."""

    name = LinkColumn(_("Vista"))
    list_name = tables.Column(_("Lista"))
    owner = tables.Column(_("De"), attrs=LESSER)
    shared = tables.Column(_("Quién la ve"))
    is_default = tables.Column(_("Al abrir la lista"))
    icons = IconsColumn()

    class Meta:
        row_attrs = {"data-href": lambda record: _address(record) or None}

    def render_name(self, record: SavedView) -> SafeString | str:
        """Render the name as the link that opens the list so."""
        url = _address(record)
        return format_html('<a class="row-link" href="{}">{}</a>', url, record.name) if url else record.name

    def render_list_name(self, value: str) -> Any:
        """Render what the list is called."""
        try:
            return list_at(value).title
        except Http404:
            return value

    def render_shared(self, value: bool) -> Any:
        """Say who sees it."""
        return _("toda la empresa") if value else _("solo quien la guardó")

    def render_is_default(self, value: bool) -> SafeString | str:
        """Mark the one that opens with the list."""
        return chip("active", gettext("sí")) if value else ""

    def icons_of(self, record: SavedView) -> list[tuple[str, str, str]]:
        """Offer to change it, to whoever may."""
        if not saved.may_change(record, self.request.actor):
            return []
        return [(address_of("desk:view_edit", record.pk), "pencil", gettext("Cambiar"))]


class ImportTable(Table):
    """Files that were brought: what of, who, how far."""

    file_name = LinkColumn(_("Archivo"))
    kind = tables.Column(_("De qué"))
    requested_by = tables.Column(_("Traída por"), attrs=LESSER, default=_("un programa"))
    created_at = AgoColumn(_("Traída"))
    rows_read = tables.Column(_("Filas"), attrs=NUMBER)
    state = ChipColumn(_("Estado"))

    def render_kind(self, value: str) -> Any:
        """Render what people call what it brings."""
        return import_kinds.named(value).label

    def render_state(self, record: Import) -> SafeString:
        """Render the state; one that waits for a person says so."""
        return (
            chip("waiting", gettext("Faltan columnas"))
            if record.lacks_columns
            else chip(record.state, record.get_state_display())
        )


class ImportRowTable(Table):
    """The rows of a file: what stood there, what it does or did, and why not."""

    position = tables.Column(_("Fila"), attrs=NUMBER)
    verdict = ChipColumn(_("Veredicto"))
    cells = tables.Column(_("Contenido"), attrs={"td": {"class": "clip"}})
    message = tables.Column(_("Detalle"), empty_values=())
    object_id = tables.Column(_("Ficha"), default="")

    class Meta:
        row_attrs = {"data-href": None}

    def render_cells(self, value: list[str]) -> str:
        """Render the first texts of the row."""
        return " · ".join(cell for cell in value if cell)[:160]

    def render_message(self, record: ImportRow) -> str:
        """Render the reason or the warning, and why it was not taken back."""
        return " ".join(text for text in (record.message, record.kept) if text) or (
            gettext("Deshecha.") if record.undone_at else "—"
        )

    def render_object_id(self, record: ImportRow) -> SafeString | str:
        """Link to what the row made or changed, where the person may still open it."""
        model: Any = import_kinds.named(record.source.kind).row_model
        if not record.object_id or record.undone_at:
            return ""
        return format_html('<a href="{}">{}</a>', model(pk=record.object_id).get_absolute_url(), gettext("Ver"))


def _address(view: SavedView) -> str:
    """Return the address of the list as the view keeps it, "" if there is no such list."""
    try:
        return saved.address(view)
    except NoReverseMatch:
        return ""
