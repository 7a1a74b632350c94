"""Audit: who did what, when, why; and the proof that the log was not edited."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """The log."""

    name = "audit"
    verbose_name = "Auditoría"

    def ready(self) -> None:
        """Tell the go-to box what somebody worked on last, and where the log is."""
        from audit import queries
        from core import goto

        goto.add_recent(queries.touched_by)
        goto.add_pages(
            goto.Page(_("Auditoría"), "audit:log", "history", ("audit.view",), words=_("registro historial"))
        )
