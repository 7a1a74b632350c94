"""What is true of the whole installation: whether its data are a demo, and how far its loading came."""

from enum import StrEnum
from typing import Final

from core import clock
from core.models import InstallationFact

DEMO: Final = "demo"


class Demo(StrEnum):
    """How far the demo's loading came; an installation in use has NONE."""

    NONE = ""
    LOADING = "loading"
    LOADED = "loaded"


def demo() -> Demo:
    """Say whether the data here are a demo; only then may `demo --reset` throw them away."""
    fact = InstallationFact.objects.filter(name=DEMO).first()
    return Demo(fact.value) if fact else Demo.NONE


def note_demo(state: Demo) -> None:
    """Note how far the demo's loading came: LOADING before its first row, LOADED after its last."""
    InstallationFact.objects.update_or_create(name=DEMO, defaults={"value": state.value, "at": clock.now()})
