"""Tasks as the workers do them, at once."""

from django.http import HttpResponse
from django.test import Client

from desk import tasks
from desk.models import ItemState, Task


def worked() -> Task:
    """Do all of the latest task and return it."""
    tasks.advance(Task.objects.latest("pk").pk)
    return Task.objects.latest("pk")


def outcomes(task: Task) -> dict[int, str]:
    """Return what became of each thing: its refusal's code, "" where it was done."""
    assert not task.items.filter(state=ItemState.PENDING).exists()
    return dict(task.items.values_list("object_id", "code"))


def reasons(task: Task) -> set[str]:
    """Return what people are told about what was refused."""
    return set(task.items.filter(state=ItemState.REFUSED).values_list("message", flat=True))


def start(client: Client, list_name: str, act: str, data: dict, query: str = "") -> HttpResponse:
    """Start an act on a list's rows as its page does, once the question was answered."""
    return client.post(f"/tareas/nueva/{list_name}/{act}/?{query}", {"_start": "1"} | data)
