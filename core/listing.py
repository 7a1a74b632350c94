"""The one list page: filter, tabs, keyset pages, and the totals of the filtered set in a second request.

    class Invoices(ListPage):
        permissions = ("billing.view",)
        title = _("Facturas")
        filterset_class, table_class = InvoiceFilterSet, InvoiceTable
        tabs = (Tab(_("Todas"), {}), Tab(_("Borradores"), {"status": "draft"}))
        ordering_fields, default_ordering = ("issue_date", "total"), "-id"
        totals_url = "billing:invoice_totals"

        def queryset(self):
            return Document.objects.invoices()

    path("facturas/", Invoices.as_view(), name="invoices"),
    path("facturas/totales/", Invoices.as_totals_view(), name="invoice_totals"),

Everywhere, without code of its own: choice of columns, kept views, export of what is shown (core.list_tools), and the
acts that `bulk` declares (core.bulk). `core.list_names.list_at(name)` finds a list again.

A column that can be sorted is called like its field (`issue_date`), is `orderable=True` and stands in
`ordering_fields`, each of which needs an index led by the company.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core import list_tools
from core.actor import Actor
from core.bulk import BulkAction, added
from core.filter_bar import link
from core.filters import SearchFilterSet
from core.list_tools import EXPORTS, TOOLS, VIEW, Choice, Export, KeptView
from core.money import ZERO, format_number
from core.pagination import COUNT_LIMIT
from core.paging import paginate
from core.searchable import FEW
from core.tables import SortedRows, Table
from core.views import Text, View, is_htmx, page


@dataclass(frozen=True, slots=True)
class Tab:
    """A named choice of filters, such as one state: the query parameters it sets."""

    label: Text
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list without rows says: the next step, and where it is done (shown to those who may)."""

    title: Text
    text: Text = ""
    icon: str = "inbox"
    url_name: str = ""
    label: Text = ""
    permission: str = ""


class ListPage:
    """A list as a page. One object serves one request."""

    permissions: ClassVar[tuple[str, ...]] = ()
    title: Text = ""
    subtitle: Text = ""
    table_class: type[Table]
    filterset_class: type[SearchFilterSet] | None = None
    tabs: Sequence[Tab] = ()
    begins_with: Mapping[str, str] = MappingProxyType({})  # the filters of an address without any
    ordering_fields: Sequence[str] = ("id",)
    default_ordering: str = "-id"
    page_size: int = 50
    template: str = "components/list_page.html"
    search_placeholder: Text = ""
    totals_url: str = ""
    new_url: str = ""
    new_label: Text = ""
    new_permissions: tuple[str, ...] = ()
    empty: Empty | None = None
    bulk: Sequence[BulkAction] = ()
    exports: Sequence[Export] = EXPORTS

    def __init__(self, request: HttpRequest, *, name: str = "", params: QueryDict | None = None, **kwargs: Any) -> None:
        """Take what is asked for.

        Args:
            name: of the list's address; that of the request unless given.
            params: the filters, order and columns; those of the request unless given.
        """
        self.request, self.kwargs = request, kwargs
        self.params = request.GET if params is None else params
        self.name = name or (request.resolver_match.view_name if request.resolver_match else "")
        self.actor: Actor = request.actor  # type: ignore[attr-defined]
        self.counting = False  # all the rows, not a page of them

    # What a list says for itself

    def queryset(self) -> QuerySet:
        """Return all the rows there are, with what a row shows already joined."""
        raise NotImplementedError

    def totals(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Return what the filtered rows come to, for components/totals.html."""
        return [{"label": self.title, "value": bounded_count(rows)}]

    def menu(self) -> list[dict[str, Any]]:
        """Return the secondary actions of the list: [{label, url, icon}]."""
        return []

    def offered(self) -> list[BulkAction]:
        """Return the acts, the list's own and those of apps above, that this person may start."""
        acts = (*self.bulk, *added(self.name))
        return [act for act in acts if not act.permissions or any(map(self.actor.may, act.permissions))]

    def bulk_actions(self) -> list[dict[str, Any]]:
        """Return what marked rows (the column `pk`) can go through: [{label, url, icon}], each a POST."""
        query = list_tools.plain_query(self.params)
        return [act.button(self.name, query) for act in self.offered()]

    def hidden_columns(self) -> set[str]:
        """Return the columns this person or company has no use for."""
        return set()

    def context(self) -> dict[str, Any]:
        """Return what the template wants beyond the list itself."""
        return {}

    # The doors

    @classmethod
    def as_view(cls) -> View:
        """Return the page's view; htmx gets the rows alone."""

        @page(*cls.permissions)
        def list_view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            return cls(request, **kwargs).answer()

        list_view.list_page = cls  # type: ignore[attr-defined]
        return list_view

    @classmethod
    def as_totals_view(cls) -> View:
        """Return the view of the totals and the tabs' counts, asked for once the rows are there."""

        @page(*cls.permissions)
        def totals_view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            return cls(request, **kwargs).answer_totals()

        return totals_view

    def answer(self) -> HttpResponse:
        """Render the list, or only its rows where htmx exchanges them."""
        start = self._start() if self._is_bare() else ""
        if start:
            return redirect(f"{self.request.path}{start}")
        fragment = is_htmx(self.request) and self.request.htmx.target == "results"  # type: ignore[attr-defined]
        return render(self.request, "components/results_answer.html" if fragment else self.template, self._context())

    def _is_bare(self) -> bool:
        return not self.request.GET and not is_htmx(self.request)

    def _start(self) -> str:
        """Return the query that the list begins with: that of the person's own view, or of the list itself."""
        default = next((view for view in self.views if view.is_default), None)
        if default is not None:
            return default.url
        return f"?{urlencode(self.begins_with)}" if self.begins_with else ""

    def answer_totals(self) -> HttpResponse:
        """Render the totals: beside the rows for htmx, as a page otherwise."""
        self.counting = True
        template = "components/list_totals.html" if is_htmx(self.request) else "components/totals_page.html"
        totals = self.totals(self.rows())
        context = {
            "title": self.title,
            "totals": totals,
            "match_count": totals[0]["value"] if self.offered() else "",
            "tabs": self._tabs(counted=True),
            "back_url": f"../?{self.params.urlencode()}",
        }
        return render(self.request, template, context)

    # Rows

    @cached_property
    def filterset(self) -> SearchFilterSet | None:
        """Return the filters as the query string sets them."""
        return self._filterset(self.params)

    def _filterset(self, params: Any) -> SearchFilterSet | None:
        make = self.filterset_class
        if make is None:
            return None
        filterset = make(params, queryset=self.queryset(), request=self.request)
        filterset.most_found = COUNT_LIMIT if self.counting else FEW
        return filterset

    def rows(self) -> QuerySet:
        """Return the filtered rows: exactly what the list shows, over all its pages."""
        return self.filterset.qs if self.filterset is not None else self.queryset()

    def chunks(self, size: int) -> Iterator[list[Any]]:
        """Yield the rows of all pages in order, so many at a time."""
        cursor: str | None = None
        while True:
            found = paginate(self.rows(), self.ordering, cursor, size)
            yield found.rows
            cursor = found.next
            if cursor is None:
                return

    def export(self, code: str) -> Export:
        """Return one of the files the list can become.

        Raises:
            Http404: it cannot become this one.
        """
        for export in self.exports:
            if export.code == code:
                return export
        raise Http404

    @property
    def ordering(self) -> str:
        """Return `?sort=` where the list allows it, else what suits the filters, else the default."""
        asked = self.params.get("sort", "")
        suits = self.filterset_class.ordering_for(self.params) if self.filterset_class else ""
        allowed = (order for order in (asked, suits) if order.removeprefix("-") in self.ordering_fields)
        return next(allowed, self.default_ordering)

    # Columns and views

    @cached_property
    def columns(self) -> tuple[Choice, ...]:
        """Return the columns one may choose from, and whether each is shown."""
        return list_tools.choices(self.table_class, self.params, self.hidden_columns())

    @cached_property
    def views(self) -> Sequence[KeptView]:
        """Return the kept views this person may choose from."""
        return list_tools.views_of(self.name, self.actor)

    def table(self, rows: Sequence[Any], *, without: set[str] = frozenset()) -> Table:  # type: ignore[assignment]
        """Return rows as the list shows them: the chosen columns, but those of `without`."""
        hidden = without | self.hidden_columns() | {column.name for column in self.columns if not column.shown}
        table = self.table_class(SortedRows(rows), order_by=self.ordering, exclude=sorted(hidden))
        table.request = self.request  # not given to the constructor, which would cut the rows into pages of its own
        return table

    # Context

    def _context(self) -> dict[str, Any]:
        found = paginate(self.rows(), self.ordering, self.params.get("cursor"), self.page_size)
        bulk = self.bulk_actions()
        may_add = bool(self.new_url) and any(self.actor.may(permission) for permission in self.new_permissions)
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "list": self,
            "table": self.table(found.rows, without=set() if bulk else {"pk"}),
            "page": found,
            "filter": self.filterset,
            "hide_filters": ",".join(sorted({name for tab in self.tabs for name in tab.params})),
            "search_placeholder": self.search_placeholder,
            "tabs": self._tabs(),
            "totals_url": f"{reverse(self.totals_url, kwargs=self.kwargs)}{link(self.params, {})}"
            if self.totals_url
            else "",
            "new_url": reverse(self.new_url) if may_add else "",
            "new_label": self.new_label,
            "menu": self.menu(),
            "bulk_actions": bulk,
            "bulk_template": "components/bulk_bar.html" if bulk else "",
            "match_all": bool(self.offered() and (found.next or found.previous)),
            "empty": self._empty(),
        } | self.context()

    @property
    def query(self) -> str:
        """Return filters, order and columns, without the place in the list."""
        return list_tools.plain_query(self.params, VIEW)

    @property
    def view(self) -> KeptView | None:
        """Return the kept view that was opened."""
        return next((view for view in self.views if str(view.pk) == self.params.get(VIEW)), None)

    @property
    def kept_params(self) -> tuple[tuple[str, str], ...]:
        """Return what a choice of columns leaves as it is, for its form."""
        left = {list_tools.COLUMNS, *list_tools.PLACE_IN_LIST}
        return tuple((name, value) for name, values in self.params.lists() if name not in left for value in values)

    def _empty(self) -> dict[str, Any] | None:
        """Return what an empty list says; None leaves it to "nothing matches the search"."""
        names = {name for tab in self.tabs for name in tab.params}
        if any(value for name, value in self.params.items() if name not in names | TOOLS):
            return None
        tab = next((tab for tab in self.tabs if self._is_active(tab, names)), None)
        if self.tabs and tab is not self.tabs[0]:
            title = _("Nada en «%(tab)s»") % {"tab": tab.label} if tab else self.title
            return {"icon": "circle-check", "title": title, "text": _("Cuando haya algo, aparecerá aquí.")}
        return self._first_step()

    def _first_step(self) -> dict[str, Any] | None:
        said = self.empty
        if said is None:
            return None
        shown = said.url_name and (not said.permission or self.actor.may(said.permission))
        url = reverse(said.url_name) if shown else ""
        return {"icon": said.icon, "title": said.title, "text": said.text, "url": url, "label": said.label}

    def _tabs(self, *, counted: bool = False) -> list[dict[str, Any]]:
        names = {name for tab in self.tabs for name in tab.params}
        return [self._tab(tab, names, counted) for tab in self.tabs]

    def _tab(self, tab: Tab, names: set[str], counted: bool) -> dict[str, Any]:
        params = self.params.copy()
        for name in names:
            params.pop(name, None)
        url = link(params, dict(tab.params))
        for name, value in tab.params.items():
            params[name] = value
        filterset = self._filterset(params) if counted else None
        count = bounded_count(filterset.qs) if filterset is not None else None
        # The totals answer at an address of their own: their tabs lead back to the list.
        return {
            "label": tab.label,
            "url": f"{self._list_path()}{url}",
            "active": self._is_active(tab, names),
            "count": count,
        }

    def _is_active(self, tab: Tab, names: set[str]) -> bool:
        return all(self.params.get(name, "") == tab.params.get(name, "") for name in names)

    def _list_path(self) -> str:
        path = self.request.path
        return path.removesuffix("totales/") if self.totals_url else path


def bounded_count(rows: QuerySet) -> str:
    """Count rows exactly up to 100,000, as text; beyond that nobody waits for an exact figure."""
    counted = rows.order_by()[: COUNT_LIMIT + 1].count()
    return count_in_words(min(counted, COUNT_LIMIT), bounded=counted > COUNT_LIMIT)


def count_in_words(count: int, *, bounded: bool) -> str:
    """Say a count: `1.204`, or `más de 100.000` where counting stopped there."""
    figure = format_number(ZERO + count, 0)
    return _("más de %(count)s") % {"count": figure} if bounded else figure
