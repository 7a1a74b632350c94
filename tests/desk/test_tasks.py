"""The engine of tasks: what is done, marked, refused, stopped and given up, slice by slice."""

from collections.abc import Iterator

import pytest

from audit.models import AuditEntry
from companies.models import Membership
from core import clock
from core.errors import Forbidden, RuleRefused, WorkflowError
from core.tenancy import all_companies
from desk import tasks
from desk.models import Comment, ItemState, Task, TaskState
from tests.factories import actor, make_user, own_company

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a dying worker looks like from inside: nothing catches it."""


@pytest.fixture
def boss(monkeypatch) -> Iterator:
    monkeypatch.setattr(tasks, "_kinds", {})
    with own_company() as company:
        yield actor(user_id=make_user(company).pk)


def note(pk: int, parameters: dict, actor) -> None:
    """Leave a trace on a thing, then refuse odd ones where the parameters say so."""
    Comment.objects.create(object_type="thing", object_id=pk, text="hecho", author_name=actor.label)
    if parameters.get("refuse_odd") and pk % 2:
        raise WorkflowError("Los impares no.", code="odd")


def kind(**values) -> None:
    tasks.register(tasks.Kind(**{"name": "test.note", "label": "Anotar", "work": note} | values))


def begin(count: int, boss, **parameters) -> Task:
    return tasks.start(
        "test.note", ((pk, f"Cosa {pk}") for pk in range(1, count + 1)), parameters=parameters, actor=boss
    )


def done() -> list[int]:
    return sorted(Comment.objects.values_list("object_id", flat=True))


def fresh(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


def test_each_thing_is_done_once_however_often_a_slice_is_run(boss):
    kind()
    task = begin(3, boss)
    for _ in range(3):
        tasks.advance(task.pk)
    assert done() == [1, 2, 3]
    task = fresh(task)
    assert (task.state, task.done, task.refused, task.percent) == (TaskState.DONE, 3, 0, 100)
    actions = list(AuditEntry.objects.filter(object_type="desk.task").order_by("pk").values_list("action", flat=True))
    assert actions == ["task.started", "bulk_job.completed"]


@pytest.mark.parametrize("after_its_effect", [False, True])
def test_a_worker_killed_within_a_thing_neither_loses_nor_repeats_one(boss, after_its_effect):
    deaths = iter([2])

    def dying(pk: int, parameters: dict, actor) -> None:
        if after_its_effect:
            note(pk, parameters, actor)
        if next(deaths, None) is not None and pk == 1:
            raise Killed
        if not after_its_effect:
            note(pk, parameters, actor)

    kind(work=dying)
    task = begin(3, boss)
    with pytest.raises(Killed):
        tasks.advance(task.pk)
    assert done() == []
    tasks.resume(task.pk)
    assert done() == [1, 2, 3]
    assert fresh(task).state == TaskState.DONE


def test_what_a_rule_refuses_is_noted_with_its_reason_leaves_nothing_and_the_others_go_on(boss):
    kind()
    task = begin(4, boss, refuse_odd=True)
    tasks.advance(task.pk)
    assert done() == [2, 4]
    refused = task.items.filter(state=ItemState.REFUSED).values_list("object_id", "code", "message")
    assert list(refused) == [(1, "odd", "Los impares no."), (3, "odd", "Los impares no.")]
    task = fresh(task)
    assert (task.state, task.succeeded, task.refused) == (TaskState.DONE, 2, 2)


def test_only_what_was_refused_is_tried_again(boss):
    kind()
    task = begin(4, boss, refuse_odd=True)
    tasks.advance(task.pk)
    again = tasks.retry(task.pk, actor=boss)
    assert list(again.items.values_list("object_id", "label")) == [(1, "Cosa 1"), (3, "Cosa 3")]
    assert again.parameters == task.parameters


def test_nothing_is_tried_again_while_it_runs_or_where_all_was_done(boss):
    kind()
    task = begin(2, boss)
    with pytest.raises(WorkflowError) as running:
        tasks.retry(task.pk, actor=boss)
    tasks.advance(task.pk)
    with pytest.raises(RuleRefused) as nothing:
        tasks.retry(task.pk, actor=boss)
    assert (running.value.code, nothing.value.code) == ("task_running", "nothing_selected")


def test_what_is_gone_is_refused_like_the_rest(boss):
    def gone(pk: int, parameters: dict, actor) -> None:
        Comment.objects.get(pk=-1)

    kind(work=gone)
    task = begin(1, boss)
    tasks.advance(task.pk)
    assert task.items.values_list("code", "message").get() == ("not_found", "Ya no existe.")


def test_a_slice_that_has_had_its_time_rings_for_the_next(boss, monkeypatch):
    monkeypatch.setattr(tasks, "SLICE_SECONDS", 0.0)
    kind()
    task = begin(2, boss)
    tasks.advance(task.pk)
    assert fresh(task).state == TaskState.RUNNING
    assert AuditEntry.objects.filter(action="bulk_job.progress").count() == 1


def test_who_lost_the_permission_meanwhile_goes_no_further(boss):
    kind(permissions=("billing.void",))
    task = begin(2, boss)
    with all_companies():
        Membership.objects.filter(user_id=boss.user_id).update(role="cashier")
    tasks.advance(task.pk)
    task = fresh(task)
    assert (task.state, task.done, done()) == (TaskState.FAILED, 0, [])
    assert "billing.void" in task.error


def test_who_left_the_company_goes_no_further(boss):
    kind()
    task = begin(2, boss)
    with all_companies():
        Membership.objects.filter(user_id=boss.user_id).update(ended_at=clock.now())
    tasks.advance(task.pk)
    assert (fresh(task).state, done()) == (TaskState.FAILED, [])


def test_who_may_not_cannot_start_it(boss):
    kind(permissions=("billing.void",))
    with pytest.raises(Forbidden):
        begin(1, actor("cashier"))
    assert not Task.objects.exists()


@pytest.mark.parametrize(("count", "code"), [(0, "nothing_selected"), (4, "too_many_selected")])
def test_nothing_and_too_much_are_refused_and_leave_nothing(boss, count, code):
    kind(most=3)
    with pytest.raises(RuleRefused) as refusal:
        begin(count, boss)
    assert refusal.value.code == code
    assert not Task.objects.exists()


def test_stopped_what_is_done_stays_done_and_the_rest_is_left(boss):
    stop_at = 2

    def stopping(pk: int, parameters: dict, actor) -> None:
        note(pk, parameters, actor)
        if pk == stop_at:
            tasks.cancel(task.pk, actor=boss)

    kind(work=stopping)
    task = begin(4, boss)
    tasks.advance(task.pk)
    task = fresh(task)
    assert (task.state, done()) == (TaskState.CANCELLED, [1, 2])
    with pytest.raises(WorkflowError) as refusal:
        tasks.cancel(task.pk, actor=boss)
    assert refusal.value.code == "task_finished"


def test_another_persons_task_is_stopped_only_by_who_manages_the_company(boss):
    kind()
    task = begin(1, boss)
    with pytest.raises(Forbidden):
        tasks.cancel(task.pk, actor=actor("cashier", user_id=boss.user_id + 1))
    assert tasks.cancel(task.pk, actor=actor("administrator", user_id=make_user().pk)).state == TaskState.CANCELLED


def test_the_file_is_made_at_the_end_and_once(boss):
    made = []
    kind(finish=lambda task, actor: made.append(task.done))
    task = begin(2, boss)
    tasks.advance(task.pk)
    tasks.advance(task.pk)
    assert made == [2]


def test_a_file_that_a_rule_refuses_fails_the_task_with_its_reason(boss):
    def refuse(task: Task, actor) -> None:
        raise RuleRefused("Son demasiadas filas.", code="too_many_rows")

    kind(finish=refuse)
    task = begin(1, boss)
    tasks.advance(task.pk)
    assert (fresh(task).state, fresh(task).error) == (TaskState.FAILED, "Son demasiadas filas.")


def test_one_that_keeps_dying_is_given_up(boss):
    def broken(pk: int, parameters: dict, actor) -> None:
        raise ZeroDivisionError

    kind(work=broken)
    task = begin(1, boss)
    for _ in range(tasks.MOST_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            tasks.resume(task.pk)
    tasks.resume(task.pk)
    assert fresh(task).state == TaskState.FAILED


def test_what_comes_first_is_done_outside_the_things_transaction(boss):
    told = []

    def ask(pk: int, parameters: dict, actor) -> None:
        told.append(pk)
        raise WorkflowError("SRI no responde.", code="sri_unknown")

    kind(before=ask)
    task = begin(2, boss)
    tasks.advance(task.pk)
    assert (told, done()) == ([1, 2], [1, 2])


def test_the_dot_goes_once_its_owner_has_looked(boss):
    kind()
    task = begin(1, boss)
    tasks.see(task, boss)
    assert fresh(task).seen_at is None  # not finished yet
    tasks.advance(task.pk)
    tasks.see(fresh(task), actor(user_id=boss.user_id + 1))
    assert fresh(task).seen_at is None
    tasks.see(fresh(task), boss)
    assert fresh(task).seen_at is not None
