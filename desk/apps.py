"""Desk: what people keep beside the documents, and the work they leave to the workers."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Background tasks, imports, exports, saved views, comments, attachments, unsent forms."""

    name = "desk"
    verbose_name = "Escritorio"
