"""The list of letters: its filters, shared by page and API, and its table."""

from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import CharField, F, Func, Q, QuerySet, Value
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.filters import CustomerFilter
from billing.models import Document, Letter
from core import clock
from core.filters import DayFilter, SearchFilterSet
from core.tables import AgoColumn, CheckColumn, ChipColumn, IconsColumn, Table

CLIPPED = {"td": {"class": "clip"}}


class LetterFilterSet(SearchFilterSet):
    """Filters of letters; `from` and `to` are the local days on which they were asked for."""

    state = django_filters.ChoiceFilter(label=_("Estado"), choices=Letter.State.choices)
    kind = django_filters.ChoiceFilter(label=_("Qué lleva"), choices=Letter.Kind.choices)
    customer = CustomerFilter()
    invoice = django_filters.NumberFilter("document_id", label=_("Factura (número interno)"))

    class Meta:
        model = Letter
        fields: list[str] = []

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """Declare the range under its names, which are words of Python."""
        filters = super().get_filters()
        filters["from"] = DayFilter(method="from_day", label=_("Desde"))
        filters["to"] = DayFilter(method="to_day", label=_("Hasta"))
        return filters

    def from_day(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        """Leave out what was asked for before the day began."""
        return queryset.filter(created_at__gte=clock.day_range(value)[0])

    def to_day(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        """Leave out what was asked for after the day ended."""
        return queryset.filter(created_at__lt=clock.day_range(value)[1])

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Look for a part of a recipient's address, or of what the document is found by."""
        addresses = Func(F("recipients"), Value(" "), function="array_to_string", output_field=CharField())
        about = Document.objects.search(value).values("pk")
        return queryset.annotate(addresses=addresses).filter(
            Q(addresses__icontains=value.strip()) | Q(document_id__in=about)
        )


class LetterTable(Table):
    """Letters: what about, to whom, when, and what became of it."""

    pk = CheckColumn()
    document = tables.Column(_("Documento"), empty_values=(), attrs={"td": {"class": "nowrap"}})
    customer = tables.Column(_("Cliente"), attrs=CLIPPED)
    recipients = tables.Column(_("Destinatarios"), attrs=CLIPPED)
    created_at = AgoColumn(_("Pedido"))
    sent_at = AgoColumn(_("Enviado"), attrs={"th": {"class": "lo"}, "td": {"class": "lo nowrap"}})
    state = ChipColumn(_("Estado"))
    problem = tables.Column(_("Problema"), attrs=CLIPPED)
    icons = IconsColumn()

    def render_document(self, record: Letter) -> SafeString | str:
        """Name the document, or say that it is a receipt or a statement, as the row's link."""
        url = record.get_absolute_url()
        label = record.document.number if record.document else record.get_kind_display()
        return format_html('<a class="row-link" href="{}">{}</a>', url, label) if url else label

    def render_recipients(self, value: list[str]) -> str:
        """List the addresses."""
        return ", ".join(value)

    def icons_of(self, record: Letter) -> list[tuple[str, str, str]]:
        """Offer to send it again."""
        if not self.request.actor.may("billing.mail"):
            return []
        return [(reverse("billing:letter_repeat", args=[record.pk]), "send", gettext("Enviar otra vez"))]
