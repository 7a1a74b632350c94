"""What the apps above tell companies, which may not import them. Each registers once, in its AppConfig.ready().

hooks.when_opened(customers.make_final_consumer)        a new company gets its consumidor final
hooks.add_setup_steps(profile.setup_steps)              the checklist of a new company
hooks.hold_ruc_while(has_documents)                     the RUC is for life once it stands on a document
hooks.add_badge("billables", "billables.view", count)   a count in the left menu
hooks.add_own_badge("mentions", unread)                 a count that is each person's own
hooks.add_notice(notices.notices)                       what stands over every page while something is the matter

They are called with the company active.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.db.models import QuerySet

from companies.models import Company
from core import clock
from core.actor import Actor

MOST_COUNTED: Final = 100  # the menu then says 99+


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One thing a company needs before it can work; `note` says what it is for."""

    label: str
    done: bool
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Badge:
    name: str
    permission: str
    rows: Callable[[], QuerySet]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that is the matter: a sentence, its tone (`warn`, `bad`), an icon, and where it is seen to."""

    text: str
    tone: str = "warn"
    icon: str = "alert-triangle"
    url: str = ""
    action: str = ""


_when_opened: list[Callable[[], object]] = []
_setup_steps: list[Callable[[Company], Iterable[SetupStep]]] = []
_ruc_holders: list[Callable[[], bool]] = []
_badges: dict[str, _Badge] = {}
_own_badges: dict[str, Callable[[Actor], QuerySet]] = {}
_notices: list[Callable[[Company, Actor], Iterable[Notice]]] = []


def when_opened(callback: Callable[[], object]) -> None:
    """Have `callback` called in the transaction that opens a company, with that company active."""
    if callback not in _when_opened:
        _when_opened.append(callback)


def add_setup_steps(steps: Callable[[Company], Iterable[SetupStep]]) -> None:
    """Add steps to the checklist of a company that is being set up."""
    if steps not in _setup_steps:
        _setup_steps.append(steps)


def hold_ruc_while(used: Callable[[], bool]) -> None:
    """Refuse to change the active company's RUC while `used()` says that it stands somewhere for good."""
    if used not in _ruc_holders:
        _ruc_holders.append(used)


def add_badge(name: str, permission: str, rows: Callable[[], QuerySet]) -> None:
    """Show in the left menu how many `rows()` there are (an indexed query) to whoever holds the permission."""
    _badges[name] = _Badge(name, permission, rows)


def add_own_badge(name: str, rows: Callable[[Actor], QuerySet]) -> None:
    """Show to each person how many `rows(actor)` there are for them (an indexed query)."""
    _own_badges[name] = rows


def add_notice(notices: Callable[[Company, Actor], Iterable[Notice]]) -> None:
    """Show what `notices` yields over every page; it is asked for each page, so it takes one query or two."""
    if notices not in _notices:
        _notices.append(notices)


def opened() -> None:
    """Call everything that belongs to opening the active company."""
    for callback in _when_opened:
        callback()


def setup_steps(company: Company) -> list[SetupStep]:
    """Return the steps of all apps, in the order they are done."""
    return [step for steps in _setup_steps for step in steps(company)]


def ruc_is_held() -> bool:
    """Say whether the active company's RUC may not change any more."""
    return any(used() for used in _ruc_holders)


def badge_counts(actor: Actor, as_of: str = "") -> dict[str, int]:
    """Return the counts of the menu that are not zero and that the actor may see, none above `MOST_COUNTED`.

    Args:
        as_of: the active company and the hash at the end of its log, if nothing was written since it was read: every
            step writes there, so its counts were the same whenever the log ended so within this minute.
    """
    seen = tuple(badge.name for badge in _badges.values() if actor.may(badge.permission))
    counts = _counted_once(seen, as_of, f"{clock.now():%FT%R}") if as_of else _counted(seen)
    own = {name: _count(rows(actor)) for name, rows in _own_badges.items()}
    return {name: count for name, count in (counts | own).items() if count}


@lru_cache(maxsize=1024)
def _counted_once(names: tuple[str, ...], as_of: str, minute: str) -> dict[str, int]:
    return _counted(names)


def _counted(names: tuple[str, ...]) -> dict[str, int]:
    return {name: _count(_badges[name].rows()) for name in names}


def _count(rows: QuerySet) -> int:
    return rows.order_by()[:MOST_COUNTED].count()


def notices(company: Company, actor: Actor) -> list[Notice]:
    """Return what is the matter in the active company, as the actor is to be told."""
    return [notice for source in _notices for notice in source(company, actor)]
