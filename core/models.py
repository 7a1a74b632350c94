"""Core's own rows: remembered answers, heartbeats, what the clock has run."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock
from core.tenancy import CompanyModel


class IdempotencyKey(CompanyModel):
    """A request that was carried out, and what it was answered; committed together with its effect."""

    credential = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "credential", "key"], name="a_request_is_carried_out_once"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key


class Heartbeat(models.Model):
    """When a kind of process ("clock", "workers") last showed that it works; of no company."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("señal de vida")
        verbose_name_plural = _("señales de vida")

    def __str__(self) -> str:
        return self.name


class ScheduleRun(models.Model):
    """One start of an entry of `config/schedules.py`: which, for which local day; of no company."""

    name = models.CharField(max_length=80)
    day = models.DateField()
    started_at = models.DateTimeField()

    class Meta:
        verbose_name = _("tarea diaria")
        verbose_name_plural = _("tareas diarias")
        constraints = [
            models.UniqueConstraint(fields=["name", "day"], name="a_schedule_starts_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"


class InstallationFact(models.Model):
    """Something true of this whole installation, such as "its data are a demo"; of no company."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
