"""Desk: what people keep beside the documents, and the work they leave to the workers."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Background tasks, imports, exports, saved views, comments, attachments, unsent forms."""

    name = "desk"
    verbose_name = "Escritorio"

    def ready(self) -> None:
        """Tell the apps below what the top bar counts, what is mailed, which views lists offer, what workers do."""
        from companies import alerts, hooks
        from core import list_tools
        from desk import comments, exports, finders, import_batches, mention_mail, saved, tasks

        alerts.write_with("mention.created", mention_mail.write)
        hooks.add_own_badge("mentions", comments.unread)
        finders.register()
        import_batches.register_tasks()
        list_tools.keep_views(saved.offered)
        tasks.register(exports.kind())
