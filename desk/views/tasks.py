"""Work in the background: the list, the tray, one task's progress and result, its file; trying again, stopping."""

from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Count, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.actor import Actor
from core.chips import chip
from core.listing import Empty, ListPage, Tab
from core.views import done, is_htmx, page
from desk import tasks
from desk.filters import TaskFilterSet, TaskItemFilterSet
from desk.models import ItemState, Task, TaskItem, TaskState
from desk.models.tasks import TaskQuerySet
from desk.tables import TaskItemTable, TaskTable

LISTED = 20  # things named under each reason; the rest is a click away
IN_TRAY = 8


def visible(actor: Actor) -> TaskQuerySet:
    """Return the tasks a person may look at: their own, everybody's for who manages the company or audits it."""
    rows: TaskQuerySet = Task.objects.all()
    return rows if actor.may("company.manage") or actor.may("audit.view") else rows.filter(credential=actor.credential)


class TaskList(ListPage):
    """What was left to the workers."""

    title = gettext_lazy("Tareas")
    subtitle = gettext_lazy("Lo que se hace en segundo plano, y lo que resultó.")
    filterset_class, table_class = TaskFilterSet, TaskTable
    tabs = (
        Tab(gettext_lazy("Todas")),
        Tab(gettext_lazy("En curso"), {"state": "running"}),
        Tab(gettext_lazy("Terminadas"), {"state": "done"}),
        Tab(gettext_lazy("Detenidas"), {"state": "cancelled"}),
        Tab(gettext_lazy("Con error"), {"state": "failed"}),
    )
    search_placeholder = gettext_lazy("Qué se pidió")
    totals_url = "desk:task_totals"
    empty = Empty(
        gettext_lazy("Todavía no hay tareas"),
        gettext_lazy("Marque filas de una lista y elija qué hacer con ellas: aquí verá cómo avanza."),
        "list-check",
    )

    def queryset(self) -> QuerySet:
        """Return the tasks this person may look at."""
        return visible(self.actor).select_related("requested_by")


class ItemList(ListPage):
    """What became of each thing of the tasks."""

    title = gettext_lazy("Elementos de la tarea")
    filterset_class, table_class = TaskItemFilterSet, TaskItemTable
    ordering_fields, default_ordering = ("position",), "position"
    search_placeholder = gettext_lazy("Número o nombre")
    totals_url = "desk:task_item_totals"
    empty = Empty(
        gettext_lazy("Ninguna tarea ha tratado nada todavía"),
        gettext_lazy("Aquí queda lo que fue de cada elemento: hecho, o por qué no."),
        "list-check",
        "desk:tasks",
        gettext_lazy("Ver las tareas"),
    )

    def queryset(self) -> QuerySet:
        """Return the things of the tasks this person may look at."""
        return TaskItem.objects.filter(task__in=visible(self.actor)).select_related("task")


@page()
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a task is, and what came of it; htmx asks again by itself while it runs."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found: Task = get_object_or_404(visible(actor).select_related("requested_by"), pk=pk)
    tasks.see(found, actor)
    template = "desk/task_state.html" if is_htmx(request) else "desk/task.html"
    return render(request, template, _context(found, actor))


def _context(found: Task, actor: Actor) -> dict[str, Any]:
    running = found.state == TaskState.RUNNING
    return {
        "title": found.title,
        "crumbs": [(_("Tareas"), reverse("desk:tasks"))],
        "chips": chip(found.state, found.get_state_display()),
        "task": found,
        "running": running,
        "reasons": _reasons(found),
        "items_url": f"{reverse('desk:task_items')}?task={found.pk}",
        "may_act": found.credential == actor.credential or actor.may("company.manage"),
        "has_file": bool(found.path) and found.state == TaskState.DONE,
    }


def _reasons(found: Task) -> list[dict[str, Any]]:
    """Return why things were left out, the most frequent reason first, each with the first things it names."""
    refused = found.items.filter(state=ItemState.REFUSED)
    counted = refused.values("code", "message").annotate(count=Count("pk")).order_by("-count", "message")[:LISTED]
    named: dict[tuple[str, str], list[dict[str, str]]] = {}
    for item in refused.order_by("position")[: LISTED * LISTED]:
        item.task = found
        things = named.setdefault((item.code, item.message), [])
        if len(things) < LISTED:
            things.append({"label": str(item), "url": tasks.page_of(item)})
    return [row | {"things": things, "more": row["count"] - len(things)}
            for row in counted for things in [named.get((row["code"], row["message"]), [])]]  # fmt: skip


@page()
def tray(request: HttpRequest) -> HttpResponse:
    """Answer the top bar's tray: what runs, and what is done and was not looked at."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    mine = Task.objects.filter(credential=actor.credential)
    latest = list(mine.order_by("-pk")[:IN_TRAY])
    context = {
        "latest": latest,
        "running": any(row.state == TaskState.RUNNING for row in latest),
        "unseen": sum(row.state != TaskState.RUNNING and row.seen_at is None for row in latest),
    }
    return render(request, "desk/tray.html", context)


@page()
def file(request: HttpRequest, pk: int) -> FileResponse:
    """Send the file a task was for."""
    found: Task = get_object_or_404(visible(request.actor), pk=pk, state=TaskState.DONE)  # type: ignore[attr-defined]
    permissions = tasks.kind_of(found).permissions
    if permissions:
        request.actor.require(*permissions)  # type: ignore[attr-defined]
    if not found.path or not default_storage.exists(found.path):
        raise Http404
    return FileResponse(default_storage.open(found.path), as_attachment=True, filename=found.file_name)


@require_POST
@page()
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try once more what could not be done."""
    again = tasks.retry(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Se intenta otra vez con lo que no se pudo."), again)


@require_POST
@page()
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a task."""
    stopped = tasks.cancel(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Tarea detenida: lo hecho queda hecho."), stopped)
