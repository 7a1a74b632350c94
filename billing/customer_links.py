"""Links that the apps above put on a customer's page beside its figures; each registers once, in its AppConfig.ready().

customer_links.add("reservations.view", own_bookings)

A link costs no query: it says where something is, not how much of it there is.
"""

from collections.abc import Callable
from typing import NamedTuple

from billing.models import Customer
from core.actor import Actor
from core.views import Text


class Link(NamedTuple):
    """What is beside a customer: words, address, icon."""

    label: Text
    url: str
    icon: str


_links: list[tuple[str, Callable[[Customer], Link]]] = []


def add(permission: str, link: Callable[[Customer], Link]) -> None:
    """Show the link that `link` makes of a customer to whoever holds the permission."""
    if (permission, link) not in _links:
        _links.append((permission, link))


def of(customer: Customer, actor: Actor) -> list[Link]:
    """Return the links of a customer's page that the actor may follow."""
    return [link(customer) for permission, link in _links if actor.may(permission)]
