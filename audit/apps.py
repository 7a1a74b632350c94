"""Audit: who did what, when, why; and the proof that the log was not edited."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The log."""

    name = "audit"
    verbose_name = "Auditoría"
