"""After a restored backup: confirming the last number of a series, and bringing lost documents back."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import numbering, recovery
from billing.forms.recovery import BringBackForm, ConfirmSeriesForm
from billing.models import Series
from core.editing import FormPage
from core.views import Text, done


class _Recovery(FormPage):
    permissions = ("company.manage",)

    def cancel_url(self) -> str:
        """Return to the series."""
        return reverse("billing:series")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the series."""
        return [(_("Series"), reverse("billing:series"))]


class ConfirmSeries(_Recovery):
    """Say which number was the last."""

    form_class = ConfirmSeriesForm
    submit_label = gettext_lazy("Confirmar y volver a emitir")

    def prepare(self) -> None:
        """Find the series and say why it is in doubt."""
        rows = Series.objects.select_related("emission_point__establishment")
        self.series: Series = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.title = _("Confirmar el último número de %(series)s") % {"series": self.series}
        self.subtitle = self.series.doubt or _("Esta serie no espera confirmación.")

    def initial(self) -> dict[str, Any]:
        """Start with the last number known here."""
        return {"last_number": self.series.last_number}

    def save(self, form: ConfirmSeriesForm) -> HttpResponse:
        """Confirm it."""
        series = recovery.confirm_series(self.series.pk, form.cleaned_data["last_number"], actor=self.actor)
        point = self.series.emission_point
        number = numbering.format_number(point.establishment.code, point.code, series.next_number)
        return done(self.request, _("La serie sigue con el número %(number)s.") % {"number": number}, "billing:series")


class BringBack(_Recovery):
    """Bring a lost document back by its XML."""

    title = gettext_lazy("Recuperar un comprobante")
    subtitle = gettext_lazy(
        "Se pregunta al SRI por su clave de acceso y se guarda lo que el SRI tiene autorizado; el archivo solo dice la "
        "clave."
    )
    form_class = BringBackForm
    submit_label = gettext_lazy("Recuperar")

    def save(self, form: BringBackForm) -> HttpResponse:
        """Ask SRI, and store it."""
        document = recovery.bring_back(form.cleaned_data["file"], actor=self.actor)
        return done(self.request, _("Comprobante %(number)s recuperado.") % {"number": document.number}, document)
