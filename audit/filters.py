"""Filters of the log and of the access log: one set each, for its page and its API."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit.labels import DOORS, LABELS, SUBJECTS
from audit.models import AccessEntry
from core.filters import MomentRangeFilterSet


class LogFilterSet(MomentRangeFilterSet):
    """Adds `search`, which looks into the given fields, to the local days of the moment `at`."""

    searched: tuple[str, ...] = ()

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Look for a part of the searched fields."""
        found = Q()
        for field in self.searched:
            found |= Q(**{f"{field}__icontains": value})
        return queryset.filter(found)


class AuditFilterSet(LogFilterSet):
    """What changed: by subject, action, object, invoice, who, door, correlation id, day."""

    searched = ("object_label", "actor_label", "reason")

    subject = django_filters.ChoiceFilter(
        method="about", choices=list(SUBJECTS.items()), label=_("Sobre"), empty_label=_("Todo")
    )
    action = django_filters.ChoiceFilter(
        choices=[(code, told.text) for code, told in LABELS.items()], label=_("Acción"), empty_label=_("Todas")
    )
    actor = django_filters.CharFilter(method="done_by", label=_("Quién (nombre o número de persona)"))
    door = django_filters.ChoiceFilter(choices=list(DOORS.items()), label=_("Por dónde"), empty_label=_("Todas"))
    object_type = django_filters.CharFilter(label=_("Tipo de objeto"))
    object_id = django_filters.NumberFilter(label=_("Número interno del objeto"))
    invoice = django_filters.NumberFilter("document_id", label=_("Factura (número interno)"))
    correlation_id = django_filters.CharFilter(label=_("Correlación"))

    def about(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep the actions on one subject."""
        return queryset.filter(action__startswith=f"{value}.")

    def done_by(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep what one person did (by id), or all whose name has this part."""
        if value.isdecimal():
            return queryset.filter(actor_user_id=int(value[:18]))
        return queryset.filter(actor_label__icontains=value)


class AccessFilterSet(LogFilterSet):
    """Who looked, who was refused, who came in."""

    searched = ("actor_label", "path", "detail", "code")

    kind = django_filters.ChoiceFilter(choices=AccessEntry.Kind.choices, label=_("Tipo"), empty_label=_("Todos"))
    code = django_filters.CharFilter(label=_("Código del rechazo"))
    door = django_filters.ChoiceFilter(choices=list(DOORS.items()), label=_("Por dónde"), empty_label=_("Todas"))
    correlation_id = django_filters.CharFilter(label=_("Correlación"))
