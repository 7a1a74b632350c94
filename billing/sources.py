"""Where billables come from, by the name of the source's type, since billing knows none: its page, what is asked of it.

The app above says who answers: `sources.register("reservation", Bookings())` in its `ready()`.
"""

from collections.abc import Collection
from typing import Protocol

from django.urls import NoReverseMatch, reverse

from billing.models import Billable
from core.actor import Actor

PAGES = {"reservation": "reservations:detail", "payment": "payments:payment"}


class Source(Protocol):
    """What the app above answers for its sources, within billing's own transaction."""

    def check_stands(self, billable: Billable) -> None:
        """Lock the source of a billable, and refuse to offer that again where the source no longer asks for it.

        Raises:
            WorkflowError: with a code of that app, naming the source's present state.
        """

    def invoiced(self, source_ids: Collection[int], *, actor: Actor) -> None:
        """Take note that something of these was invoiced and money is still held for them, which is locked."""


_sources: dict[str, Source] = {}


def register(source_type: str, source: Source) -> None:
    """Tell billing who answers for a type of source; called once by the app above."""
    _sources[source_type] = source


def check_stands(billable: Billable) -> None:
    """Lock a billable's source, and refuse where it no longer asks for that; what nobody answers for stands.

    Raises:
        WorkflowError: with a code of the source's app.
    """
    if source := _sources.get(billable.source_type):
        source.check_stands(billable)


def tell_invoiced(source_type: str, source_ids: Collection[int], *, actor: Actor) -> None:
    """Say that something of sources was invoiced for which money is still held."""
    if source := _sources.get(source_type):
        source.invoiced(source_ids, actor=actor)


def page_of(source_type: str, source_id: int) -> str:
    """Return the address of a source's page, empty where it has none."""
    try:
        return reverse(PAGES[source_type], args=[source_id])
    except (KeyError, NoReverseMatch):
        return ""
