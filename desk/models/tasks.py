"""Work on many things that a person left to the workers: the rows are its list, its cursor and its result."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.addresses import address_of
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet


class TaskState(models.TextChoices):
    """How far a task has got."""

    RUNNING = "running", _("En curso")
    DONE = "done", _("Terminada")
    CANCELLED = "cancelled", _("Detenida")
    FAILED = "failed", _("Con error")


TASK_STEPS: list[tuple[str, str]] = [
    (TaskState.RUNNING, TaskState.DONE),
    (TaskState.RUNNING, TaskState.CANCELLED),
    (TaskState.RUNNING, TaskState.FAILED),
    (TaskState.FAILED, TaskState.RUNNING),
]


class TaskQuerySet(CompanyQuerySet):
    """Named reads of tasks."""

    def running(self) -> Self:
        """Return those with something left to do."""
        return self.filter(state=TaskState.RUNNING)

    def of(self, user_id: int | None) -> Self:
        """Return those that a person asked for."""
        return self.filter(requested_by_id=user_id)


class Task(CompanyModel):
    """One act on many things, done in the background slice by slice; `done` of `total` items are behind it.

    Each item is worked in a transaction of its own that also marks it, so a worker killed at any instant neither
    loses one nor does one twice. A task that makes a file names it in `path`.
    """

    kind = models.CharField(max_length=40)
    title = models.CharField(_("tarea"), max_length=200)
    requested_by = models.ForeignKey(
        "companies.User", verbose_name=_("pedida por"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    credential = models.CharField(max_length=40)  # whose permissions count while it runs: read anew for each slice
    parameters = models.JSONField(default=dict)
    state = models.CharField(_("estado"), max_length=10, choices=TaskState.choices, default=TaskState.RUNNING)
    total = models.PositiveIntegerField(_("elementos"), default=0)
    done = models.PositiveIntegerField(_("hechos"), default=0)
    refused = models.PositiveIntegerField(_("no hechos"), default=0)
    path = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, default=clock.now)
    created_at = models.DateTimeField(_("pedida"), default=clock.now)
    finished_at = models.DateTimeField(_("terminada"), null=True)
    seen_at = models.DateTimeField(null=True)

    objects = CompanyManager.from_queryset(TaskQuerySet)()  # type: ignore[misc]

    class Meta:
        ordering = ["-id"]
        verbose_name = _("tarea")
        verbose_name_plural = _("tareas")
        constraints = [
            models.CheckConstraint(
                condition=Q(done__lte=F("total"), refused__lte=F("done")), name="task_cursor_stays_in_its_list"
            ),
            models.CheckConstraint(
                condition=Q(state="running", finished_at=None) | (~Q(state="running") & Q(finished_at__isnull=False)),
                name="task_finished_exactly_with_its_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="task_due"),
            models.Index(fields=["company", "-id"], name="task_by_id"),
            models.Index(fields=["company", "requested_by", "-id"], name="task_by_person"),
        ]
        triggers = [pgtrigger.FSM(name="task_takes_allowed_steps", field="state", transitions=TASK_STEPS)]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the page that shows how far it is and what came of it."""
        return address_of("desk:task", self.pk)

    @property
    def succeeded(self) -> int:
        """Return how many items were done."""
        return self.done - self.refused

    @property
    def percent(self) -> int:
        """Return how far it is."""
        return self.done * 100 // self.total if self.total else (0 if self.state == TaskState.RUNNING else 100)


class ItemState(models.TextChoices):
    """What became of one item."""

    PENDING = "pending", _("Por hacer")
    DONE = "done", _("Hecho")
    REFUSED = "refused", _("No hecho")


class TaskItem(CompanyModel):
    """One thing of a task's list: which object, and what became of it."""

    task = CompanyForeignKey(Task, related_name="items")
    position = models.PositiveIntegerField()
    object_id = models.BigIntegerField()
    label = models.CharField(_("elemento"), max_length=200, blank=True)
    state = models.CharField(_("resultado"), max_length=8, choices=ItemState.choices, default=ItemState.PENDING)
    code = models.CharField(max_length=60, blank=True)
    message = models.CharField(_("motivo"), max_length=1000, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name = _("elemento de tarea")
        verbose_name_plural = _("elementos de tareas")
        constraints = [
            models.UniqueConstraint(fields=["company", "task", "position"], name="one_task_item_per_position"),
            models.UniqueConstraint(fields=["company", "task", "object_id"], name="one_task_item_per_object"),
            models.CheckConstraint(
                condition=Q(state="refused") & ~Q(message="") | ~Q(state="refused") & Q(message=""),
                name="task_item_refused_exactly_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["company", "task", "state", "position"], name="task_item_by_state")]

    def __str__(self) -> str:
        return self.label or str(self.object_id)
