"""Closings of the books: the history, what is still open before one closes, closing and opening again."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from billing import closing
from billing.forms.closing import CloseForm, ReopenForm
from billing.models import PeriodClose
from core import clock
from core.editing import FormPage
from core.views import Text, done, page

LATEST = 100
# Where a person sees what is unfinished, and what it is called.
LISTS = {
    "drafts": (gettext_lazy("Borradores de facturas"), "billing:invoices", "status=draft"),
    "note_drafts": (gettext_lazy("Borradores de notas de crédito"), "billing:credit_notes", "status=draft"),
    "unauthorized": (gettext_lazy("Sin autorización del SRI"), "billing:sri", ""),
    "uncollected": (gettext_lazy("Por cobrar"), "billing:invoices", "status=issued"),
}


@require_GET
@page("company.view")
def closings(request: HttpRequest) -> HttpResponse:
    """Show up to when the books are closed, and each closing with its reason."""
    until = closing.closed_until()
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "title": _("Cierres de mes"),
        "until": until,
        "closings": PeriodClose.objects.newest().select_related("closed_by")[:LATEST],
        "may_close": actor.may("periods.close"),
        "may_reopen": actor.may("periods.reopen") and until is not None,
    }
    return render(request, "billing/closings.html", context)


class _Closing(FormPage):
    template = "billing/closing_form.html"

    def cancel_url(self) -> str:
        """Return to the closings."""
        return reverse("billing:closings")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the closings."""
        return [(_("Cierres de mes"), reverse("billing:closings"))]


class Close(_Closing):
    """Close up to a day, having seen what is still open."""

    permissions = ("periods.close",)
    title, form_class = gettext_lazy("Cerrar el mes"), CloseForm
    submit_label = gettext_lazy("Cerrar")

    def initial(self) -> dict[str, Any]:
        """Propose the end of last month, or what was asked for."""
        return {"closed_until": self._day(self.request.GET.get("until", "")) or closing.proposed()}

    def answer(self) -> HttpResponse:
        """Only look again at what is open, where that was asked for."""
        if "review" not in self.request.POST:
            return super().answer()
        form = CloseForm(initial={name: self.request.POST.get(name) for name in ("closed_until", "reason")})
        return self.show(form)

    def save(self, form: CloseForm) -> HttpResponse:
        """Close."""
        until = form.cleaned_data["closed_until"]
        closing.close(until, reason=form.cleaned_data["reason"], actor=self.actor)
        told = _("Los libros quedaron cerrados hasta el %(day)s.") % {"day": until.strftime("%d/%m/%Y")}
        return done(self.request, told, "billing:closings")

    def context(self) -> dict[str, Any]:
        """Show what is unfinished up to the day that stands in the form."""
        typed = self._day(self.request.POST.get("closed_until", ""))
        until = typed or self.initial()["closed_until"]
        work = [(row, *_place(row.name, until)) for row in closing.open_work(until) if row.count]
        return {"until": until, "work": work, "reviews": True}

    def _day(self, text: str) -> date | None:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return None
        return day if clock.FIRST_DAY <= day <= clock.LAST_DAY else None


def _place(name: str, until: date) -> tuple[Text, str]:
    label, url_name, query = LISTS[name]
    return label, f"{reverse(url_name)}?{query}&to={until.isoformat()}".replace("?&", "?")


class Reopen(_Closing):
    """Open the books again, from an earlier day on."""

    permissions = ("periods.reopen",)
    title, form_class = gettext_lazy("Reabrir el período"), ReopenForm
    submit_label = gettext_lazy("Reabrir")

    def save(self, form: ReopenForm) -> HttpResponse:
        """Reopen."""
        row = closing.reopen(form.cleaned_data["closed_until"], reason=form.cleaned_data["reason"], actor=self.actor)
        told = _("El período se reabrió. Cerrado hasta: %(day)s.") % {"day": str(row).lower()}
        if row.closed_until is None:
            told = _("El período se reabrió: no queda nada cerrado.")
        return done(self.request, told, "billing:closings")

    def context(self) -> dict[str, Any]:
        """Say what is in force."""
        return {"until": closing.closed_until()}
