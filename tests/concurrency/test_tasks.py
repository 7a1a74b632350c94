"""Two slices of one task at the same instant: together they do each thing once, and the file is made once."""

import threading
import time

import pytest

from desk import tasks
from desk.models import Comment, Task, TaskState
from tests.concurrency.together import together
from tests.factories import SYSTEM, own_company

THINGS = 12


@pytest.fixture
def company(committing, monkeypatch):
    monkeypatch.setattr(tasks, "_kinds", {})
    with own_company() as company:
        yield company


def note(pk, parameters, actor):
    Comment.objects.create(object_type="thing", object_id=pk, text="hecho", author_name=actor.label)


@pytest.mark.parametrize("before", [None, lambda pk, parameters, actor: None])
def test_each_thing_is_done_once(company, before):
    made = []

    def finish(task, actor):
        time.sleep(0.05)  # long enough for the other slice to come by
        made.append(threading.get_ident())

    tasks.register(tasks.Kind("test.note", "Anotar", work=note, before=before, finish=finish))
    task = tasks.start("test.note", ((pk, "") for pk in range(THINGS)), actor=SYSTEM)
    together(company.pk, *[lambda: tasks.advance(task.pk)] * 3)
    assert sorted(Comment.objects.values_list("object_id", flat=True)) == list(range(THINGS))
    task = Task.objects.get()
    assert (task.state, task.done, len(made)) == (TaskState.DONE, THINGS, 1)


def test_who_finds_nothing_left_does_not_bar_the_end_to_who_has_the_last_thing_in_hand(company, monkeypatch):
    ends, finishing = [], tasks._finishing
    monkeypatch.setattr(tasks, "_finishing", lambda task: ends.append(threading.get_ident()) or finishing(task))

    def work(pk, parameters, actor):
        together(company.pk, lambda: tasks.advance(task.pk))

    tasks.register(tasks.Kind("test.note", "Anotar", work=work))
    task = tasks.start("test.note", [(1, "")], actor=SYSTEM)
    tasks.advance(task.pk)
    assert (ends, Task.objects.get().state) == ([threading.get_ident()], TaskState.DONE)
