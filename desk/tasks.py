"""Acts on many things in the background: start → slice → slice → done, with a result for each thing.

An app registers what it can do to one thing; a page or a program starts it on many:

    tasks.register(tasks.Kind("billing.void", _("Anular facturas"), work=void_one, permissions=("billing.void",)))
    tasks.start("billing.void", ids_and_labels, parameters={"reason": …}, actor=actor)

Each thing is worked in a transaction of its own that also marks it: a worker killed at any instant neither loses one
nor does one twice. What the workflow refuses is noted with its reason and the others go on.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from audit.log import record
from companies.credentials import CredentialRefused, again
from core import clock
from core.actor import Actor
from core.errors import Forbidden, RuleRefused, WorkflowError
from core.jobs import enqueue, enqueue_due
from desk.models import ItemState, Task, TaskItem, TaskState

MOST: Final = 100_000
SLICE_SECONDS: Final = 30.0  # the next slice waits behind what the things of this one have queued
LEASE: Final = timedelta(minutes=2)  # a slice that says nothing for so long has died with its worker
AT_ONCE: Final = 1_000
MOST_ATTEMPTS: Final = 5
FINISHING: Final = 0x7A5C  # with a task's id, the advisory lock of the one who makes its file


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be done to many things.

    Args:
        name: its code, such as `billing.void`; the same for ever, rows carry it.
        label: what the tray calls it.
        permissions: any of these is needed to start it; `work` checks for itself as well.
        work: does it to one thing (its id, the task's parameters, who asked), within a transaction; a WorkflowError
            is the reason why this one was left out.
        before: what must come first and outside any transaction, such as asking SRI.
        finish: makes what the task is for when all things are done, such as a file; within no transaction.
        page: the address of a thing's page, for the result page.
        most: no more things than these at once.
    """

    name: str
    label: str | Promise
    work: Callable[[int, dict[str, Any], Actor], object]
    permissions: tuple[str, ...] = ()
    before: Callable[[int, dict[str, Any], Actor], object] | None = None
    finish: Callable[[Task, Actor], object] | None = None
    page: Callable[[int], str] | None = None
    most: int = MOST


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; once, in the app's `ready()`."""
    _kinds[kind.name] = kind


def kind_of(task: Task) -> Kind:
    """Return what a task does."""
    return _kinds[task.kind]


def label_of(kind_name: str) -> str:
    """Return what a kind of task is called."""
    return str(_kinds[kind_name].label)


def page_of(item: TaskItem) -> str:
    """Return the address of the thing an item is about, "" if it has none."""
    kind = _kinds.get(item.task.kind)
    return kind.page(item.object_id) if kind and kind.page else ""


@transaction.atomic
def start(
    kind_name: str,
    things: Iterable[tuple[int, str]],
    *,
    title: str = "",
    parameters: dict[str, Any] | None = None,
    actor: Actor,
) -> Task:
    """Write down what is to be done to which things, and ring for the workers.

    Args:
        things: (id, what it is called) in the order they are to be done; read once, so a generator may stream them.

    Raises:
        Forbidden: the actor may not.
        RuleRefused: `nothing_selected` or `too_many_selected`.
    """
    kind = _kinds[kind_name]
    if kind.permissions:
        actor.require(*kind.permissions)
    task = Task.objects.create(
        kind=kind.name,
        title=title or str(kind.label),
        requested_by_id=actor.user_id,
        credential=actor.credential,
        parameters=parameters or {},
        next_attempt_at=clock.now() + LEASE,
        created_at=clock.now(),
    )
    task.total = _write_items(task, things, kind.most)
    if not task.total:
        raise RuleRefused(_("No se eligió nada."), code="nothing_selected")
    task.save(update_fields=["total"])
    record("task.started", task, actor=actor, after={"title": task.title, "total": task.total})
    enqueue("desk.tasks.advance", task.pk)
    return task


def _write_items(task: Task, things: Iterable[tuple[int, str]], most: int) -> int:
    written, remaining = 0, iter(things)
    while batch := list(islice(remaining, AT_ONCE)):
        if written + len(batch) > most:
            raise RuleRefused(
                _("Son más de %(most)d elementos: acote los filtros.") % {"most": most}, code="too_many_selected"
            )
        TaskItem.objects.bulk_create(
            TaskItem(task=task, position=written + position, object_id=pk, label=label[:200])
            for position, (pk, label) in enumerate(batch, start=1)
        )
        written += len(batch)
    return written


def advance(task_id: int) -> None:
    """Do the next slice of a task; run twice or after a crash, it goes on where the rows say."""
    task = Task.objects.get(pk=task_id)
    if task.state != TaskState.RUNNING:
        return
    kind = kind_of(task)
    try:
        actor = again(task.credential)
        if kind.permissions:
            actor.require(*kind.permissions)
    except (CredentialRefused, Forbidden) as refused:
        _fail(task, str(refused))
        return
    until = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < until:
        if not _do_next(task, kind, actor):
            _finish(task, kind, actor)
            return
    _go_on(task)


def _do_next(task: Task, kind: Kind, actor: Actor) -> bool:
    """Do one thing and mark it, in one transaction; say whether there was one that no other slice has in hand."""
    free = _free(task)
    if kind.before:
        waiting = _next_free(task)
        if waiting is None:
            return False
        with suppress(WorkflowError):  # `work` meets the same state and says so with its own refusal
            kind.before(waiting.object_id, task.parameters, actor)
        free = free.filter(pk=waiting.pk)
    with transaction.atomic():
        item = free.first()
        if item is None:
            return kind.before is not None  # another slice has taken it meanwhile
        if not Task.objects.running().filter(pk=task.pk).exists():
            return False
        _work(item, task, kind, actor)
        item.save(update_fields=["state", "code", "message"])
        refused = int(item.state == ItemState.REFUSED)
        Task.objects.filter(pk=task.pk).update(
            done=F("done") + 1, refused=F("refused") + refused, next_attempt_at=clock.now() + LEASE
        )
    return True


@transaction.atomic
def _next_free(task: Task) -> TaskItem | None:
    return _free(task).first()


def _free(task: Task) -> Any:
    pending = task.items.filter(state=ItemState.PENDING)
    return pending.select_for_update(skip_locked=True, no_key=True)


def _work(item: TaskItem, task: Task, kind: Kind, actor: Actor) -> None:
    try:
        with transaction.atomic():
            kind.work(item.object_id, task.parameters, actor)
        item.state = ItemState.DONE
    except WorkflowError as refusal:
        item.state, item.code, item.message = ItemState.REFUSED, refusal.code, refusal.message[:1000]
    except ObjectDoesNotExist:
        item.state, item.code, item.message = ItemState.REFUSED, "not_found", _("Ya no existe.")


@transaction.atomic
def _go_on(task: Task) -> None:
    if Task.objects.running().filter(pk=task.pk).update(attempts=0, next_attempt_at=clock.now() + LEASE):
        task.refresh_from_db()
        _tell("bulk_job.progress", task, Actor.job("desk.tasks"))
        enqueue("desk.tasks.advance", task.pk)


def _finish(task: Task, kind: Kind, actor: Actor) -> None:
    """Make what the task is for and close it; what another slice still has in hand ends it there.

    Only who has seen all of it done takes the lock, so whoever finds it taken may leave the end to its holder.
    """
    if not _is_complete(task):
        return
    with _finishing(task) as alone:
        if not alone or not _is_complete(task):
            return
        if kind.finish:
            try:
                kind.finish(task, actor)
            except WorkflowError as refusal:
                _fail(task, refusal.message)
                return
        _close(task)


def _is_complete(task: Task) -> bool:
    task.refresh_from_db()
    return task.state == TaskState.RUNNING and task.done >= task.total


@contextmanager
def _finishing(task: Task) -> Iterator[bool]:
    """Say whether this slice alone makes the file; a killed worker's lock goes with its connection."""
    key = [FINISHING, task.pk % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        alone = cursor.fetchone()[0]
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


@transaction.atomic
def _close(task: Task) -> None:
    closed = (
        Task.objects.running()
        .filter(pk=task.pk)
        .update(state=TaskState.DONE, finished_at=clock.now(), next_attempt_at=None, error="")
    )
    if closed:
        task.refresh_from_db()
        _tell("bulk_job.completed", task, Actor.job("desk.tasks"))


@transaction.atomic
def retry(task_id: int, *, actor: Actor) -> Task:
    """Try once more, as a new task, what a finished one could not do.

    Raises:
        Forbidden: somebody else's, without `company.manage`, or what the kind needs is missing.
        WorkflowError: `task_running`.
        RuleRefused: `nothing_selected`: all of it was done.
    """
    task = _of(task_id, actor)
    if task.state == TaskState.RUNNING:
        raise WorkflowError(_("La tarea está en curso: espere a que termine."), code="task_running")
    left = task.items.filter(state=ItemState.REFUSED).values_list("object_id", "label")
    return start(task.kind, left.iterator(AT_ONCE), title=task.title, parameters=task.parameters, actor=actor)


def see(task: Task, actor: Actor) -> None:
    """Note that who asked for a finished task has looked at what came of it: the tray's dot goes."""
    if task.seen_at is None and task.state != TaskState.RUNNING and task.credential == actor.credential:
        Task.objects.filter(pk=task.pk, seen_at=None).update(seen_at=clock.now())


def _of(task_id: int, actor: Actor) -> Task:
    task: Task = Task.objects.select_for_update(no_key=True, of=("self",)).get(pk=task_id)
    if task.credential != actor.credential:
        actor.require("company.manage")
    return task


@transaction.atomic
def cancel(task_id: int, *, actor: Actor) -> Task:
    """Stop a task: what is done stays done, the rest is left as it is.

    Raises:
        Forbidden: somebody else's, without `company.manage`.
        WorkflowError: `task_finished`.
    """
    task = _of(task_id, actor)
    if task.state != TaskState.RUNNING:
        raise WorkflowError(_("La tarea está «%(state)s».") % {"state": task.get_state_display()}, code="task_finished")
    task.state, task.finished_at, task.next_attempt_at = TaskState.CANCELLED, clock.now(), None
    task.save(update_fields=["state", "finished_at", "next_attempt_at"])
    _tell("task.cancelled", task, actor)
    return task


@transaction.atomic
def _fail(task: Task, error: str) -> None:
    failed = (
        Task.objects.running()
        .filter(pk=task.pk)
        .update(state=TaskState.FAILED, finished_at=clock.now(), next_attempt_at=None, error=error[:500])
    )
    if failed:
        task.refresh_from_db()
        _tell("task.failed", task, Actor.job("desk.tasks"))


def _tell(action: str, task: Task, actor: Actor) -> None:
    figures = {"total": task.total, "processed": task.done, "successful": task.succeeded, "failed": task.refused}
    record(
        action,
        task,
        actor=actor,
        after={"state": task.state, **figures},
        public={"job_id": task.pk, "title": task.title, "progress": task.percent, "status": task.state, **figures},
    )


def sweep() -> int:
    """Ring again for tasks whose slice died with its worker; for the clock. One that keeps dying is given up."""
    return enqueue_due(Task.unscoped.all(), "next_attempt_at", "desk.tasks.resume", lease=LEASE)


def resume(task_id: int) -> None:
    """Go on with a task that fell silent, so often and no more."""
    Task.objects.running().filter(pk=task_id).update(attempts=F("attempts") + 1)
    task = Task.objects.get(pk=task_id)
    if task.attempts > MOST_ATTEMPTS:
        _fail(task, _("Se detuvo varias veces sin avanzar. Avise a quien administra la instalación."))
    else:
        advance(task_id)
