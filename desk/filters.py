"""The filters of desk's lists, shared by pages and API."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.filters import SearchFilterSet
from desk.models import ItemState, SavedView, Task, TaskItem, TaskState


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

    task = django_filters.NumberFilter("task_id", label=_("Tarea (número)"))
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
