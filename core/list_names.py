"""Finding a list by the name of its address: for what is done to lists elsewhere (acts, files, kept views)."""

from django.http import Http404
from django.urls import NoReverseMatch, resolve, reverse

from core.listing import ListPage


def list_at(name: str) -> type[ListPage]:
    """Return the list whose address has this name.

    Raises:
        Http404: there is none.
    """
    try:
        return resolve(reverse(name)).func.list_page  # type: ignore[attr-defined]
    except (NoReverseMatch, AttributeError) as error:
        raise Http404 from error
