"""Customers that are probably the same, and joining two of them."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import duplicates, merging
from billing.forms.merging import ChooseForm, MergeForm
from billing.models import Customer
from core.editing import FormPage
from core.ids import whole
from core.views import Text, done, page

MAY = ("customers.merge",)


@page(*MAY)
def probable(request: HttpRequest) -> HttpResponse:
    """Show the customers that are probably the same, and why one thinks so."""
    context = {
        "title": _("Posibles duplicados"),
        "crumbs": [(_("Clientes"), reverse("billing:customers"))],
        "groups": duplicates.groups(),
    }
    return render(request, "billing/duplicates.html", context)


class Merge(FormPage):
    """Choose the other customer; then see both side by side, and what joining them does."""

    permissions = MAY
    submit_label = gettext_lazy("Unir para siempre")

    def prepare(self) -> None:
        """Find the one that stays and, once it is chosen, the other."""
        self.keep = get_object_or_404(Customer.objects.live().select_related("kind"), pk=self.kwargs["pk"])
        chosen = whole(self.request.GET.get("other", ""))
        others = Customer.objects.live().select_related("kind")
        self.other = get_object_or_404(others, pk=chosen) if chosen is not None else None
        self.title = _("Unir otro cliente a %(name)s") % {"name": self.keep.name}
        self.template = "billing/merge.html" if self.other else "components/form_page.html"
        if self.other is None:
            self.submit_label = gettext_lazy("Ver los dos juntos")

    def make_form(self, *data: Any) -> forms.Form:
        """Ask for the other, or for what is kept of each."""
        if self.other is None:
            return ChooseForm(*data)
        return MergeForm(self.keep, self.other, *data[:1])

    def save(self, form: Any) -> HttpResponse:
        """Go on with the one that was chosen, or join the two."""
        if self.other is None:
            return redirect(f"{self.request.path}?other={form.cleaned_data['other'].pk}")
        versions = form.cleaned_data
        kept = merging.merge(
            self.keep.pk,
            self.other.pk,
            form.choices(),
            actor=self.actor,
            keep_version=versions["keep_version"],
            other_version=versions["other_version"],
        )
        return done(self.request, _("Los dos clientes son ahora uno."), kept)

    def cancel_url(self) -> str:
        """Return to the customer."""
        return self.keep.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list and the customer."""
        return [(_("Clientes"), reverse("billing:customers")), (self.keep.name, self.keep.get_absolute_url())]

    def context(self) -> dict[str, Any]:
        """Say what follows."""
        if self.other is None:
            return {}
        swap = f"{reverse('billing:customer_merge', args=[self.other.pk])}?other={self.keep.pk}"
        moved = merging.counts(self.other.pk)
        return {"keep": self.keep, "other": self.other, "moved": moved, "swap_url": swap}
