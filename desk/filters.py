"""The filters of desk's lists, shared by pages and API."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.filters import SearchFilterSet
from core.shapes import LARGEST_ID
from desk.models import Import, ImportRow, ImportState, ItemState, SavedView, Task, TaskItem, TaskState, Verdict


class RowFilter(django_filters.NumberFilter):
    """The number of the row that others belong to."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, max_value=LARGEST_ID, min_value=0, **options)


class TaskFilterSet(SearchFilterSet):
    """Filters of tasks."""

    state = django_filters.ChoiceFilter(label=_("Estado"), choices=TaskState.choices)

    class Meta:
        model = Task
        fields: list[str] = []

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search the title; a company has few enough tasks to read them."""
        return queryset.filter(title__icontains=value.strip())


class TaskItemFilterSet(SearchFilterSet):
    """Filters of the things of tasks."""

    task = RowFilter("task_id", label=_("Tarea (número)"))
    state = django_filters.ChoiceFilter(label=_("Resultado"), choices=ItemState.choices)
    code = django_filters.CharFilter(label=_("Código del motivo"))

    class Meta:
        model = TaskItem
        fields: list[str] = []

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search what the thing is called."""
        return queryset.filter(label__icontains=value.strip())


class SavedViewFilterSet(SearchFilterSet):
    """Filters of kept views."""

    list_name = django_filters.CharFilter(label=_("Lista"))

    class Meta:
        model = SavedView
        fields: list[str] = []

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search the name."""
        return queryset.filter(name__icontains=value.strip())


class ImportFilterSet(SearchFilterSet):
    """Filters of imports."""

    kind = django_filters.CharFilter(label=_("De qué"))
    state = django_filters.ChoiceFilter(label=_("Estado"), choices=ImportState.choices)

    class Meta:
        model = Import
        fields: list[str] = []

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search the file's name."""
        return queryset.filter(file_name__icontains=value.strip())


# What became of a row, beyond its verdict.
OUTCOMES = {
    "applied": Q(applied_at__isnull=False),
    "warned": ~Q(message="") & ~Q(verdict=Verdict.ERROR),
    "undone": Q(undone_at__isnull=False),
    "kept": ~Q(kept=""),
}


class ImportRowFilterSet(SearchFilterSet):
    """Filters of the rows of imports."""

    source = RowFilter("source_id", label=_("Importación (número)"))
    verdict = django_filters.ChoiceFilter(label=_("Veredicto"), choices=Verdict.choices)
    outcome = django_filters.ChoiceFilter(
        label=_("Resultado"),
        method="by_outcome",
        choices=[
            ("applied", _("Aplicada")),
            ("warned", _("Con aviso")),
            ("undone", _("Deshecha")),
            ("kept", _("No se deshizo")),
        ],
    )
    code = django_filters.CharFilter(label=_("Código"))

    class Meta:
        model = ImportRow
        fields: list[str] = []

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search what stood in the file."""
        return queryset.filter(cells__icontains=value.strip())

    def by_outcome(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep the rows that came out so."""
        return queryset.filter(OUTCOMES[value])
