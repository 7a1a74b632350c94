"""The address of a thing by its id, for places that ask it of every row: looking it up once a name is enough."""

from functools import cache

from django.urls import reverse

_ID = 987_654_321_987  # what a row puts its own in the place of


def address_of(name: str, pk: object) -> str:
    """Return the address of this name whose one argument is a row's id.

    Raises:
        NoReverseMatch: there is no such address.
    """
    before, after = _around_id(name)
    return f"{before}{pk}{after}"


@cache
def address_named(name: str) -> str:
    """Return the address of this name, which takes no argument.

    Raises:
        NoReverseMatch: there is no such address.
    """
    return reverse(name)


@cache
def _around_id(name: str) -> tuple[str, str]:
    before, _id, after = reverse(name, args=[_ID]).partition(str(_ID))
    return before, after
