"""While migrations run, a model hears of an index or a constraint, and is made again when a column changes."""

from collections.abc import Iterator

import pytest
from django.db import models
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, AlterField, CreateModel, RemoveIndex
from django.db.migrations.state import ModelState, ProjectState

from core.drawing import kept_models

INDEX = models.Index(fields=["size"], name="by_size")
LAW = models.CheckConstraint(condition=models.Q(size__gt=0), name="has_a_size")


@pytest.fixture
def state() -> Iterator[ProjectState]:
    with kept_models():
        state = ProjectState()
        fields = [("id", models.AutoField(primary_key=True)), ("size", models.IntegerField())]
        CreateModel("Thing", fields).state_forwards("things", state)
        assert state.apps.get_model("things", "thing")
        yield state


def test_an_index_and_a_constraint_are_told_to_the_class_there_is(state):
    drawn = state.apps.get_model("things", "thing")
    for operation in (AddIndex("thing", INDEX), AddConstraint("thing", LAW)):
        operation.state_forwards("things", state)
    assert state.apps.get_model("things", "thing") is drawn
    assert (drawn._meta.indexes, drawn._meta.constraints) == ([INDEX], [LAW])
    RemoveIndex("thing", "by_size").state_forwards("things", state)
    assert (drawn._meta.indexes, drawn._meta.constraints) == ([], [LAW])


@pytest.mark.parametrize(
    "operation",
    [AddField("thing", "name", models.TextField()), AlterField("thing", "size", models.BigIntegerField())],
)
def test_a_column_makes_a_class_of_its_own_and_keeps_what_was_told(state, operation):
    AddIndex("thing", INDEX).state_forwards("things", state)
    before = state.clone()
    operation.state_forwards("things", state)
    drawn = state.apps.get_model("things", "thing")
    assert drawn is not before.apps.get_model("things", "thing")
    assert isinstance(drawn._meta.get_field(operation.name), type(operation.field))
    assert [index.name for index in drawn._meta.indexes] == ["by_size"]


def test_afterwards_django_draws_as_before():
    render, reload = ModelState.render, ProjectState.reload_model
    with kept_models():
        pass
    assert (ModelState.render, ProjectState.reload_model) == (render, reload)
