"""Desk in Django admin: view-only."""

from django.contrib import admin

from core.admin import ViewAdmin
from desk.models import Attachment, Comment, FormDraft, Import, ImportRow, Mention, SavedView, Task, TaskItem


@admin.register(Task)
class TaskAdmin(ViewAdmin):
    """Work in the background."""

    list_display = ("title", "kind", "state", "done", "refused", "total", "created_at")
    list_filter = ("state",)
    ordering = ("-id",)


@admin.register(TaskItem)
class TaskItemAdmin(ViewAdmin):
    """What became of each thing."""

    list_display = ("task", "position", "label", "state", "message")
    ordering = ("-id",)


@admin.register(Import)
class ImportAdmin(ViewAdmin):
    """Files that people brought."""

    list_display = ("file_name", "kind", "state", "rows_read", "created_at")
    ordering = ("-id",)


@admin.register(ImportRow)
class ImportRowAdmin(ViewAdmin):
    """Their rows."""

    list_display = ("source", "position", "verdict", "message")
    ordering = ("-id",)


@admin.register(SavedView)
class SavedViewAdmin(ViewAdmin):
    """Lists as people keep them."""

    list_display = ("name", "list_name", "owner", "shared")
    ordering = ("-id",)


@admin.register(FormDraft)
class FormDraftAdmin(ViewAdmin):
    """What was typed and not sent."""

    list_display = ("form", "user", "saved_at")
    ordering = ("-id",)


@admin.register(Comment)
class CommentAdmin(ViewAdmin):
    """Notes beside things."""

    list_display = ("object_type", "object_id", "author_name", "created_at", "withdrawn_at")
    ordering = ("-id",)


@admin.register(Mention)
class MentionAdmin(ViewAdmin):
    """Who was named in a note."""

    list_display = ("comment", "user", "read_at")
    ordering = ("-id",)


@admin.register(Attachment)
class AttachmentAdmin(ViewAdmin):
    """Files kept beside things."""

    list_display = ("name", "object_type", "object_id", "size", "created_at")
    ordering = ("-id",)
