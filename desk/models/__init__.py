"""Desk's rows, one module for each noun."""

from desk.models.comments import Attachment, Comment, Mention
from desk.models.imports import Import, ImportRow, ImportState, Verdict
from desk.models.tasks import ItemState, Task, TaskItem, TaskState
from desk.models.views import FormDraft, SavedView

__all__ = [
    "Attachment",
    "Comment",
    "FormDraft",
    "Import",
    "ImportRow",
    "ImportState",
    "ItemState",
    "Mention",
    "SavedView",
    "Task",
    "TaskItem",
    "TaskState",
    "Verdict",
]
