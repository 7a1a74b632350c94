"""People act on a page that is there; Playwright also acts before its scripts listen, which come last."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

PATIENCE = 15_000  # milliseconds until something that does not appear fails its test

_ACTS = "check click drag_to fill focus hover press press_sequentially select_option tap uncheck"


def be_patient(patch: pytest.MonkeyPatch) -> None:
    """Let whatever is done to a thing wait until the page it came with has loaded."""
    expect.set_options(timeout=PATIENCE)
    for name in _ACTS.split():
        patch.setattr(Locator, name, _on_a_loaded_page(getattr(Locator, name)))


def _on_a_loaded_page(act: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(act)
    def wait_and_act(thing: Locator, *args: Any, **options: Any) -> Any:
        thing.wait_for(state="attached")
        thing.page.wait_for_load_state()
        return act(thing, *args, **options)

    return wait_and_act


def press_patiently(page: Page) -> None:
    """Let the keys of a page wait until it has loaded."""
    for name in ("press", "type"):
        setattr(page.keyboard, name, _once_loaded(page, getattr(page.keyboard, name)))


def _once_loaded(page: Page, act: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(act)
    def wait_and_act(*args: Any, **options: Any) -> Any:
        page.wait_for_load_state()
        return act(*args, **options)

    return wait_and_act
