"""Desk: what people keep beside the documents, and the work they leave to the workers."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Background tasks, imports, exports, saved views, comments, attachments, unsent forms."""

    name = "desk"
    verbose_name = "Escritorio"

    def ready(self) -> None:
        """Tell companies what the top bar counts, which views lists may offer, and the workers what they do here."""
        from companies import hooks
        from core import list_tools
        from desk import comments, exports, finders, import_batches, saved, tasks

        hooks.add_own_badge("mentions", comments.unread)
        finders.register()
        import_batches.register_tasks()
        list_tools.keep_views(saved.offered)
        tasks.register(exports.kind())
