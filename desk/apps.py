"""Desk: what people keep beside the documents, and the work they leave to the workers."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Background tasks, imports, exports, saved views, comments, attachments, unsent forms."""

    name = "desk"
    verbose_name = "Escritorio"

    def ready(self) -> None:
        """Tell companies what the top bar counts."""
        from companies import hooks
        from desk import comments

        hooks.add_own_badge("mentions", comments.unread)
