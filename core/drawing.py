"""Migrations that do not draw the models again for an index, a constraint or a trigger.

Django makes a model's class and those of all its neighbours anew after every operation, which is nearly all the time
that the migrations of an empty database take. Operations of these three kinds change neither columns nor relations.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db.migrations.state import ModelState, ProjectState

BESIDE_THE_COLUMNS: Final = ("indexes", "constraints", "triggers")


@contextmanager
def kept_models() -> Iterator[None]:
    """Tell a model of its new indexes, constraints and triggers instead of making it again."""
    render, reload = ModelState.render, ProjectState.reload_model

    def render_and_remember(state: ModelState, apps: Any) -> Any:
        model = render(state, apps)
        model.drawn_from = _drawn_from(state)
        return model

    def tell_or_reload(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
        if not _told(state, app_label, model_name):
            reload(state, app_label, model_name, delay)

    ModelState.render, ProjectState.reload_model = render_and_remember, tell_or_reload  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        ModelState.render, ProjectState.reload_model = render, reload  # type: ignore[method-assign]


def _told(state: ProjectState, app_label: str, model_name: str) -> bool:
    """Bring a drawn model up to date where nothing else of it has changed; False where it must be drawn again."""
    apps, now = state.__dict__.get("apps"), state.models.get((app_label, model_name.lower()))
    if apps is None or now is None:
        return False
    model = apps.all_models[app_label].get(model_name.lower())
    if getattr(model, "drawn_from", None) != _drawn_from(now):
        return False
    for name in BESIDE_THE_COLUMNS:
        if name in now.options:
            setattr(model._meta, name, list(now.options[name]))
    return True


def _drawn_from(state: ModelState) -> tuple[Any, ...]:
    """Say from what a model's columns and relations are drawn."""
    options = {name: value for name, value in state.options.items() if name not in BESIDE_THE_COLUMNS}
    return dict(state.fields), state.bases, list(state.managers), options
