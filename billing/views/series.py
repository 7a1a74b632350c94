"""Where numbers come from: establishments, emission points and series, and the register of numbers not used."""

from typing import Any

from django.db.models import Model, Prefetch
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import numbering, recovery
from billing import series as setup
from billing.forms.series import (
    EstablishmentEditForm,
    EstablishmentForm,
    PointEditForm,
    PointForm,
    SeriesEditForm,
    SeriesForm,
)
from billing.models import DocumentType, EmissionPoint, Establishment, NumberGap, Series, SkippedNumbers
from billing.sales_notes import types_of
from companies.models import Company
from core.editing import FormPage
from core.views import Text, done, page

LATEST_GAPS = 100


@page("company.view")
def series(request: HttpRequest) -> HttpResponse:
    """Show the places numbers come from, and the numbers that were not used."""
    points = EmissionPoint.objects.prefetch_related(Prefetch("series", Series.objects.order_by("document_type")))
    establishments = list(Establishment.objects.prefetch_related(Prefetch("emission_points", points)))
    for point in (point for place in establishments for point in place.emission_points.all()):
        point.missing_types = _missing_types(point, request.company)  # type: ignore[attr-defined]
    gaps = NumberGap.objects.select_related("series__emission_point__establishment").order_by("-pk")
    usable = setup.usable_series(*DocumentType.values)
    warnings = [text for row in usable if (text := numbering.limit_warning(row))]
    context = {
        "title": _("Series y establecimientos"),
        "establishments": establishments,
        "gaps": [(gap, _number(gap)) for gap in gaps[:LATEST_GAPS]],
        "lost": [(row, _range(row)) for row in recovery.missing_numbers()],
        "warnings": warnings,
        "may_manage": request.actor.may("company.manage"),  # type: ignore[attr-defined]
    }
    return render(request, "billing/series.html", context)


def _missing_types(point: EmissionPoint, company: Company) -> list[tuple[str, str]]:
    """Return the types of document, code and name, that the company issues and have no series at an emission point."""
    present = {row.document_type for row in point.series.all()}
    return [(kind.value, str(kind.label)) for kind in _types(company) if kind.value not in present]


def _types(company: Company) -> list[DocumentType]:
    return [*sorted(types_of(company)), DocumentType.CREDIT_NOTE]


def _number(gap: NumberGap) -> str:
    point = gap.series.emission_point
    return numbering.format_number(point.establishment.code, point.code, gap.sequential)


def _range(skipped: SkippedNumbers) -> str:
    point = skipped.series.emission_point
    return f"{numbering.format_number(point.establishment.code, point.code, skipped.first)} – {skipped.last:09d}"


class _Setup(FormPage):
    permissions = ("company.manage",)

    def cancel_url(self) -> str:
        """Return to the series."""
        return reverse("billing:series")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the series."""
        return [(_("Series"), reverse("billing:series"))]

    def saved(self, message: str) -> HttpResponse:
        """Say so on the page of the series."""
        return done(self.request, message, "billing:series")


class NewEstablishment(_Setup):
    """Open an establishment."""

    title, form_class = gettext_lazy("Nuevo establecimiento"), EstablishmentForm

    def save(self, form: EstablishmentForm) -> HttpResponse:
        """Open it."""
        entered = form.cleaned_data
        setup.add_establishment(
            code=entered["code"], name=entered["name"], address=entered["address"], actor=self.actor
        )
        return self.saved(_("Establecimiento creado."))


class NewPoint(_Setup):
    """Open an emission point."""

    title, form_class = gettext_lazy("Nuevo punto de emisión"), PointForm

    def initial(self) -> dict[str, Any]:
        """Start in the establishment whose button was pressed."""
        return {"establishment": self.request.GET.get("establishment")}

    def save(self, form: PointForm) -> HttpResponse:
        """Open it."""
        entered = form.cleaned_data
        setup.add_emission_point(
            establishment_id=entered["establishment"].pk, code=entered["code"], name=entered["name"], actor=self.actor
        )
        return self.saved(_("Punto de emisión creado."))


class NewSeries(_Setup):
    """Open a series; another system's numbering goes on in it."""

    title, form_class = gettext_lazy("Nueva serie"), SeriesForm

    def make_form(self, *data: Any) -> SeriesForm:
        """Offer the types of document that the company issues."""
        form: SeriesForm = super().make_form(*data)
        kinds = _types(self.request.company)  # type: ignore[attr-defined]
        form.fields["document_type"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        return form

    def initial(self) -> dict[str, Any]:
        """Start at the emission point, and with the document, whose button was pressed."""
        return {name: self.request.GET.get(name) for name in ("emission_point", "document_type")}

    def save(self, form: SeriesForm) -> HttpResponse:
        """Open it."""
        entered = form.cleaned_data
        setup.add_series(
            emission_point_id=entered["emission_point"].pk,
            document_type=entered["document_type"],
            start_number=entered["start_number"],
            limit_number=entered["limit_number"],
            actor=self.actor,
        )
        return self.saved(_("Serie creada."))


class _Edit(_Setup):
    model: type[Model]
    fields: tuple[str, ...]

    def prepare(self) -> None:
        """Find the row."""
        self.row: Any = get_object_or_404(self.model, pk=self.kwargs["pk"])
        self.title = str(self.row)

    def initial(self) -> dict[str, Any]:
        """Return what is stored."""
        return {name: getattr(self.row, name) for name in (*self.fields, "version")}

    def save(self, form: BaseForm) -> HttpResponse:
        """Change it, unless somebody saved first."""
        values = {name: form.cleaned_data[name] for name in self.fields if name in form.fields}
        self.update(self.row.pk, values, expected_version=form.cleaned_data["version"])
        return self.saved(_("Cambios guardados."))

    def update(self, pk: int, values: dict[str, Any], *, expected_version: int | None) -> None:
        """Call the workflow."""
        raise NotImplementedError


class EditEstablishment(_Edit):
    """Change an establishment's name, address or activity."""

    model, form_class, fields = Establishment, EstablishmentEditForm, ("name", "address", "active")

    def update(self, pk: int, values: dict[str, Any], *, expected_version: int | None) -> None:
        """Change it."""
        setup.update_establishment(pk, values, actor=self.actor, expected_version=expected_version)


class EditPoint(_Edit):
    """Change an emission point's name or activity."""

    model, form_class, fields = EmissionPoint, PointEditForm, ("name", "active")

    def update(self, pk: int, values: dict[str, Any], *, expected_version: int | None) -> None:
        """Change it."""
        setup.update_emission_point(pk, values, actor=self.actor, expected_version=expected_version)


class EditSeries(_Edit):
    """Change a series' limit or activity, and its start while nothing was issued."""

    model, form_class, fields = Series, SeriesEditForm, ("start_number", "limit_number", "active")

    def update(self, pk: int, values: dict[str, Any], *, expected_version: int | None) -> None:
        """Change it."""
        setup.update_series(pk, values, actor=self.actor, expected_version=expected_version)
