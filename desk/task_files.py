"""The file a task was for, where people fetch it: made at its end, in Django's storage."""

import os
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage

from desk.models import Task


def keep_file(task: Task, file: IO[bytes] | File, name: str) -> None:
    """Store the file a task was for; made again after a crash, it takes the place of the first."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    path = f"{task.company_id}/tasks/{task.pk}-{name}"
    default_storage.delete(path)
    stored = default_storage.save(path, File(file))
    Task.objects.filter(pk=task.pk).update(path=stored, file_name=name, size=size)
