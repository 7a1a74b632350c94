"""Where a page stands in the list a person came from: the way back, and the neighbours under the list's filters.

    place = around(request, "billing:invoices", document)
    context |= {"crumbs": place.crumbs, **place.context()}

The list's filters travel in the parameter `lista`; the first page reads them from the Referer.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.db.models import Model
from django.http import HttpRequest, QueryDict
from django.urls import resolve, reverse

from core.list_names import list_at
from core.paging import neighbours

LIST: Final = "lista"


@dataclass(frozen=True, slots=True)
class Place:
    """A page's place in a list."""

    crumbs: list[tuple[Any, str]]
    previous_url: str
    next_url: str
    carried: QueryDict  # what links between the documents of the list take along

    def context(self) -> dict[str, Any]:
        """Return what components/document_page.html shows of it."""
        return {"crumbs": self.crumbs, "previous_url": self.previous_url, "next_url": self.next_url}


def around(request: HttpRequest, list_name: str, row: Model) -> Place:
    """Find the place of `row` in the list at the address of this name."""
    carried = _carried(request, list_name)
    query = carried.get(LIST, "")
    listing = list_at(list_name)(request, name=list_name, params=QueryDict(query))
    before, after = neighbours(listing.rows(), listing.ordering, row)
    here = resolve(row.get_absolute_url())  # type: ignore[attr-defined]

    def beside(pk: Any) -> str:
        if pk is None:
            return ""
        url = reverse(here.view_name, kwargs=here.kwargs | {"pk": pk})
        return f"{url}?{carried.urlencode()}" if carried else url

    back = f"{reverse(list_name)}?{query}" if query else reverse(list_name)
    return Place([(listing.title, back)], beside(before), beside(after), carried)


def _carried(request: HttpRequest, list_name: str) -> QueryDict:
    referer = urlsplit(request.headers.get("Referer", ""))
    query = request.GET.get(LIST, referer.query if referer.path == reverse(list_name) else "")
    carried = QueryDict(mutable=True)
    if query:
        carried[LIST] = query
    return carried
