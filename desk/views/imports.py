"""Bringing a file: which, what each row would do, apply, the result, and taking it back."""

from io import BytesIO
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.chips import chip
from core.editing import ConfirmForm, FormPage
from core.listing import Empty, ListPage, Tab
from core.money import ZERO, format_number
from core.sheets import CSV, TYPES
from core.views import Text, done, is_htmx, page
from desk import import_batches, import_files, import_kinds, import_writing, imports
from desk.filters import ImportFilterSet, ImportRowFilterSet
from desk.import_kinds import Kind
from desk.models import Import, ImportRow, ImportState, TaskState
from desk.tables import ImportRowTable, ImportTable

MAY = ("imports.run",)
SHOWN = 20  # rows on the import's own page; the list has them all


def crumbs_to(*more: tuple[Text, str]) -> list[tuple[Text, str]]:
    """Return the pages above one of an import."""
    return [(gettext_lazy("Importaciones"), reverse("desk:imports")), *more]


class ImportList(ListPage):
    """Files that were brought."""

    permissions = MAY
    title = gettext_lazy("Importaciones")
    subtitle = gettext_lazy("Archivos traídos: qué haría cada fila, qué se aplicó y qué se deshizo.")
    filterset_class, table_class = ImportFilterSet, ImportTable
    tabs = (
        Tab(gettext_lazy("Todas")),
        Tab(gettext_lazy("Sin aplicar"), {"state": "checked"}),
        Tab(gettext_lazy("Aplicadas"), {"state": "applied"}),
        Tab(gettext_lazy("Deshechas"), {"state": "undone"}),
    )
    search_placeholder = gettext_lazy("Nombre del archivo")
    totals_url = "desk:import_all_totals"
    new_url, new_label, new_permissions = "desk:import_new", gettext_lazy("Importar un archivo"), MAY
    empty = Empty(
        gettext_lazy("Todavía no se ha importado nada"),
        gettext_lazy("Traiga su lista de clientes desde Excel o CSV: primero verá qué haría cada fila."),
        "upload",
        "desk:import_new",
        gettext_lazy("Importar un archivo"),
        "imports.run",
    )

    def queryset(self) -> QuerySet:
        """Return the imports, with who brought them."""
        return Import.objects.select_related("requested_by")


class RowList(ListPage):
    """The rows of files."""

    permissions = MAY
    title = gettext_lazy("Filas importadas")
    filterset_class, table_class = ImportRowFilterSet, ImportRowTable
    tabs = (
        Tab(gettext_lazy("Todas")),
        Tab(gettext_lazy("Nuevas"), {"verdict": "create"}),
        Tab(gettext_lazy("Cambian"), {"verdict": "update"}),
        Tab(gettext_lazy("Sin cambios"), {"verdict": "same"}),
        Tab(gettext_lazy("Con error"), {"verdict": "error"}),
    )
    ordering_fields, default_ordering = ("position",), "position"
    search_placeholder = gettext_lazy("Cualquier texto de la fila")
    totals_url = "desk:import_row_totals"
    empty = Empty(
        gettext_lazy("Todavía no se ha importado nada"),
        gettext_lazy("Cada fila de un archivo estará aquí, con lo que se haría de ella o qué le falta."),
        "file-import",
        "desk:import_new",
        gettext_lazy("Importar un archivo"),
        "imports.run",
    )

    def queryset(self) -> QuerySet:
        """Return the rows, with the import each is of."""
        return ImportRow.objects.select_related("source")


class UploadForm(forms.Form):
    """A file to bring."""

    file = forms.FileField(
        label=_("Archivo"),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        help_text=gettext_lazy("Excel (.xlsx) o CSV, hasta 60.000 filas. Los títulos van en la primera fila."),
    )


class NewImport(FormPage):
    """Bring a file."""

    permissions = MAY
    template = "desk/import_new.html"
    form_class = UploadForm
    submit_label = gettext_lazy("Revisar el archivo")

    def prepare(self) -> None:
        """Find what is to be brought: the first kind unless one is named."""
        offered = import_kinds.offered(self.actor)
        wanted = self.request.GET.get("kind") or (offered[0].name if offered else "")
        self.kind = import_kinds.named(wanted)
        self.others = [kind for kind in offered if kind is not self.kind]
        self.title = _("Importar %(what)s") % {"what": str(self.kind.label).lower()}

    def save(self, form: UploadForm) -> HttpResponse:
        """Read it; headings that are not recognised are asked for."""
        file = form.cleaned_data["file"]
        content = file.read(import_files.MAX_BYTES + 1)
        imported = imports.start(self.kind.name, file.name, content, ask=True, actor=self.actor)
        if imported.lacks_columns:
            return done(self.request, _("Diga qué columna es cada una."), "desk:import_columns", imported.pk)
        return done(self.request, _("Archivo recibido: se está revisando."), imported)

    def cancel_url(self) -> str:
        """Return to the imports."""
        return reverse("desk:imports")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the imports."""
        return crumbs_to()

    def context(self) -> dict[str, Any]:
        """Say what may stand in the file."""
        return {"kind": self.kind, "others": self.others}


@page(*MAY)
def template(request: HttpRequest) -> HttpResponse:
    """Send a file with every heading and one example."""
    kind, ending = import_kinds.named(request.GET.get("kind", "")), request.GET.get("format", CSV)
    if ending not in import_writing.KINDS:
        raise Http404
    file = BytesIO()
    import_writing.template(kind, ending, file)
    return _attachment(file, _("plantilla-%(kind)s") % {"kind": str(kind.label).lower()}, ending)


@page(*MAY)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an import; htmx asks how far it is while the workers work, and then for the whole page."""
    imported = get_object_or_404(Import.objects.select_related("task", "requested_by"), pk=pk)
    working = imported.task is not None and imported.task.state == TaskState.RUNNING
    if is_htmx(request) and not working:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    template_name = "components/progress.html" if is_htmx(request) else "desk/import.html"
    return render(request, template_name, _context(request, imported, working=working))


def _context(request: HttpRequest, imported: Import, *, working: bool) -> dict[str, Any]:
    task = imported.task
    progress = {"label": task.title, "done": task.done, "total": task.total, "percent": task.percent,
                "state": "running"} if task and working else None  # fmt: skip
    if is_htmx(request):
        return {"task": progress, "progress_url": imported.get_absolute_url()}
    kind, counts = import_batches.kind_of(imported), import_batches.tally(imported)
    problems = imported.rows.filter(verdict="error") if counts["error"] else imported.rows.all()
    rows = imported.rows.exclude(kept="") if counts["kept"] else problems
    shown = list(rows.order_by("position")[:SHOWN])
    for row in shown:
        row.source = imported
    return {
        "title": imported.file_name,
        "crumbs": crumbs_to(),
        "imported": imported,
        "kind": kind,
        "chips": chip("waiting", _("Faltan columnas")) if imported.lacks_columns else chip(
            imported.state, imported.get_state_display()),
        "task": progress,
        "progress_url": imported.get_absolute_url(),
        "stopped": imports.is_stopped(imported) and not imported.lacks_columns,
        "counts": counts,
        "cards": _cards(imported, counts),
        "to_apply": counts["create"] + counts["update"],
        "columns": [(heading, kind.column(imported.columns.get(heading, ""))) for heading in imported.headings],
        "rows": ImportRowTable(shown, exclude=[] if imported.applied_at else ["object_id"]),
        "rows_title": _rows_title(counts),
        "rows_url": f"{reverse('desk:import_rows')}?source={imported.pk}",
    }  # fmt: skip


def _rows_title(counts: dict[str, int]) -> str:
    if counts["kept"]:
        return _("Lo que no se deshizo, y por qué")
    return _("Filas con error") if counts["error"] else _("Primeras filas")


def _cards(imported: Import, counts: dict[str, int]) -> list[dict[str, Any]]:
    """Return the figures of an import, each with the list that proves it."""
    if imported.state == ImportState.CHECKING:
        return []
    base = f"{reverse('desk:import_rows')}?source={imported.pk}"
    written = imported.state not in (ImportState.CHECKING, ImportState.CHECKED)
    labels = [
        (_("Se crearon") if written else _("Se crearían"), "create", "verdict=create", "plus", "good"),
        (_("Se cambiaron") if written else _("Se cambiarían"), "update", "verdict=update", "pencil", "info"),
        (_("Quedan igual"), "same", "verdict=same", "check", ""),
        (_("Con error"), "error", "verdict=error", "alert-triangle", "bad"),
        (_("Con aviso"), "warned", "outcome=warned", "info-circle", "warn"),
        (_("Deshechas"), "undone", "outcome=undone", "arrow-back-up", ""),
        (_("No se deshicieron"), "kept", "outcome=kept", "lock", "warn"),
    ]
    always = ("create", "update", "same", "error")
    return [
        {"label": label, "value": format_number(ZERO + counts[name], 0), "url": f"{base}&{query}", "icon": icon,
         "tone": tone if counts[name] else ""}
        for label, name, query, icon, tone in labels
        if counts[name] or name in always
    ]  # fmt: skip


class _OfImport(FormPage):
    permissions = MAY

    def prepare(self) -> None:
        """Find the import."""
        self.imported = get_object_or_404(Import.objects.select_related("task"), pk=self.kwargs["pk"])
        self.kind: Kind = import_batches.kind_of(self.imported)

    def cancel_url(self) -> str:
        """Return to the import."""
        return self.imported.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the import and the list of them."""
        return crumbs_to((self.imported.file_name, self.imported.get_absolute_url()))


class ChooseColumns(_OfImport):
    """Say which column each heading is."""

    title = gettext_lazy("Qué columna es cada una")
    template = "desk/import_columns.html"
    submit_label = gettext_lazy("Revisar con estas columnas")
    form_class = forms.Form

    def make_form(self, *data: Any) -> forms.Form:
        """Make a choice for each heading of the file."""
        form, first = forms.Form(*data[:1]), self.imported.rows.order_by("position")[0]
        choices = [("", _("No se importa")), *((column.field, column.label) for column in self.kind.columns)]
        for position, (heading, cell) in enumerate(zip(self.imported.headings, first.cells, strict=True)):
            form.fields[f"heading-{position}"] = forms.ChoiceField(
                label=heading,
                choices=choices,
                required=False,
                initial=self.imported.columns.get(heading, ""),
                help_text=escape(cell[:80]),
            )
        return form

    def save(self, form: forms.Form) -> HttpResponse:
        """Have the rows judged anew."""
        chosen = {
            heading: form.cleaned_data[f"heading-{position}"] for position, heading in enumerate(self.imported.headings)
        }
        imports.choose_columns(self.imported.pk, chosen, actor=self.actor)
        return done(self.request, _("Se está revisando con esas columnas."), self.imported)

    def context(self) -> dict[str, Any]:
        """Name what nobody has said yet."""
        missing = [str(column.label) for column in self.kind.missing(self.imported.columns)]
        return {"missing": _("Falta decir cuál es: %(names)s.") % {"names": ", ".join(missing)} if missing else ""}


class Apply(_OfImport):
    """Write what the rows say, having been told how many."""

    title = gettext_lazy("Aplicar la importación")
    template = "components/confirm_page.html"
    form_class = ConfirmForm
    submit_label = gettext_lazy("Aplicar")

    def save(self, form: ConfirmForm) -> HttpResponse:
        """Begin."""
        imports.apply(self.imported.pk, actor=self.actor)
        return done(self.request, _("Se está aplicando."), self.imported)

    def context(self) -> dict[str, Any]:
        """Count what is going to happen."""
        counts = import_batches.tally(self.imported)
        told = [
            (counts["create"], "plus", ngettext("Se crea %(n)d.", "Se crean %(n)d.", counts["create"])),
            (counts["update"], "pencil", ngettext("Se cambia %(n)d.", "Se cambian %(n)d.", counts["update"])),
            (counts["same"], "check", ngettext("%(n)d queda igual.", "%(n)d quedan igual.", counts["same"])),
            (counts["error"], "alert-triangle",
             ngettext("%(n)d con error queda fuera.", "%(n)d con error quedan fuera.", counts["error"])),
        ]  # fmt: skip
        consequences: list[Any] = [
            {"text": text % {"n": count}, "icon": icon, "tone": "bad" if icon == "alert-triangle" else "info"}
            for count, icon, text in told
            if count
        ]
        consequences.append(
            {"text": _("Después se puede deshacer lo que nadie haya cambiado ni usado."), "icon": "arrow-back-up",
             "tone": "info"}
        )  # fmt: skip
        return {"consequences": consequences, "safe": True, "lead": f"{self.kind.label} · {self.imported.file_name}"}


class Undo(_OfImport):
    """Take an import back, having been told what stays."""

    title = gettext_lazy("Deshacer la importación")
    template = "components/confirm_page.html"
    form_class = ConfirmForm
    submit_label = gettext_lazy("Deshacer")

    def save(self, form: ConfirmForm) -> HttpResponse:
        """Begin."""
        imports.undo(self.imported.pk, actor=self.actor)
        return done(self.request, _("Se está deshaciendo."), self.imported)

    def context(self) -> dict[str, Any]:
        """Say what goes and what stays."""
        counts = import_batches.tally(self.imported)
        return {
            "lead": f"{self.kind.label} · {self.imported.file_name}",
            "consequences": [
                _("Lo que se creó se retira de las listas (%(n)d como máximo).") % {"n": counts["create"]},
                _("Lo que se cambió vuelve a decir lo de antes (%(n)d como máximo).") % {"n": counts["update"]},
                {"text": _("Lo que alguien cambió o usó después se queda como está, y se dice por qué."),
                 "icon": "lock", "tone": "info"},
            ],
        }  # fmt: skip


@page(*MAY)
def rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the rows with an error, with their reasons: to put right and bring again."""
    imported = get_object_or_404(Import, pk=pk)
    file = BytesIO()
    import_writing.rejected(imported, file)
    return _attachment(file, _("con-error-%(id)d") % {"id": imported.pk}, CSV)


def _attachment(file: BytesIO, name: str, ending: str) -> HttpResponse:
    response = HttpResponse(file.getvalue(), content_type=TYPES[ending])
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response
