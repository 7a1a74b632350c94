"""Templates of lines: the list, the editor, and keeping the lines of a document."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from billing import line_templates
from billing.drafts import DraftLine
from billing.editor import LINES, initial_lines, typed_lines
from billing.forms.drafts import LineRows, tax_choices
from billing.forms.line_templates import KeepForm, TemplateForm
from billing.line_templates import TemplateInput
from billing.models import Document, LineTemplate
from core import clock
from core.editing import SHAPE_REFUSED, FormPage
from core.errors import WorkflowError
from core.forms import unjudged, with_another_row
from core.views import Text, done, note_refusal, page, show_refusal


@require_GET
@page("products.view")
def templates(request: HttpRequest) -> HttpResponse:
    """List the templates, those that are put away last."""
    rows = LineTemplate.objects.annotate(line_count=Count("lines")).order_by("-active", "name")
    context = {
        "title": _("Plantillas de líneas"),
        "templates": rows,
        "may_manage": request.actor.may("products.manage"),  # type: ignore[attr-defined]
    }
    return render(request, "billing/line_templates.html", context)


class NewTemplate(FormPage):
    """Keep lines under a name."""

    permissions = ("products.manage",)
    title: Text = gettext_lazy("Nueva plantilla de líneas")
    template = "billing/line_template.html"
    layout = ""
    given: Sequence[DraftLine] = ()
    lines: Any

    def make_form(self, *data: Any) -> TemplateForm:
        """Make the head, and the rows beside it."""
        sent = data[0] if data else None
        start = [] if sent else initial_lines(self.given)  # a row that is as it was still counts
        self.lines = LineRows(
            sent, prefix=LINES, initial=start, form_kwargs={"tax_choices": tax_choices(clock.today())}
        )
        self.lines.extra = 0 if start else 1
        return TemplateForm(sent, initial=self.initial())

    def answer(self) -> HttpResponse:
        """Add a row where that was asked for; check head and rows together."""
        if self.request.method != "POST":
            return super().answer()
        if "add_line" in self.request.POST:
            form = self.make_form(with_another_row(self.request.POST, LINES))
            unjudged(form, self.lines)
            return self.show(form)
        form = self.make_form(self.request.POST)
        checked = [form.is_valid(), self.lines.is_valid()]
        if not all(checked):
            return self.show(form, SHAPE_REFUSED)
        try:
            return self.save(form)
        except WorkflowError as refusal:
            self._show_refusal(form, refusal)
            return note_refusal(self.show(form, refusal.status), refusal)

    def _show_refusal(self, form: TemplateForm, refusal: WorkflowError) -> None:
        """Put a refusal of a line on that line, any other on the head."""
        rows = self.lines.filled()
        for error in refusal.fields:
            place, _dot, rest = error["field"].partition(".")
            position, _dot, name = rest.partition(".")
            if place == LINES and position.isdecimal() and int(position) < len(rows):
                line = rows[int(position)][1]
                line.add_error(name if name in line.fields else None, error["message"])
                return
        show_refusal(form, refusal)

    def entered(self, form: TemplateForm) -> TemplateInput:
        """Return what was typed."""
        head = form.cleaned_data
        return TemplateInput(head["name"], typed_lines(self.lines), head["active"])

    def save(self, form: TemplateForm) -> HttpResponse:
        """Keep it."""
        line_templates.create(self.entered(form), actor=self.actor)
        return done(self.request, _("Plantilla guardada."), "billing:line_templates")

    def cancel_url(self) -> str:
        """Return to the list."""
        return reverse("billing:line_templates")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Plantillas de líneas"), reverse("billing:line_templates"))]

    def context(self) -> dict[str, Any]:
        """Give the rows."""
        return {"formset": self.lines}


class EditTemplate(NewTemplate):
    """Change a template or put it away."""

    def prepare(self) -> None:
        """Find it."""
        self.row = get_object_or_404(LineTemplate, pk=self.kwargs["pk"])
        self.title, self.given = self.row.name, line_templates.lines_of(self.row)

    def initial(self) -> dict[str, Any]:
        """Start with what it says."""
        return {"name": self.row.name, "active": self.row.active, "version": self.row.version}

    def save(self, form: TemplateForm) -> HttpResponse:
        """Change it, unless somebody saved first."""
        line_templates.update(
            self.row.pk, self.entered(form), actor=self.actor, expected_version=form.cleaned_data["version"]
        )
        return done(self.request, _("Plantilla guardada."), "billing:line_templates")


class Keep(FormPage):
    """Keep the lines of a document as a template."""

    permissions = ("products.manage",)
    title, form_class = gettext_lazy("Guardar las líneas como plantilla"), KeepForm
    subtitle = gettext_lazy("Con los precios y descuentos que tienen aquí; el documento no cambia.")

    def prepare(self) -> None:
        """Find the document."""
        self.document = get_object_or_404(Document.objects.invoices(), pk=self.kwargs["pk"])

    def save(self, form: KeepForm) -> HttpResponse:
        """Keep them."""
        kept = line_templates.keep(self.document.pk, form.cleaned_data["name"], actor=self.actor)
        return done(self.request, _("Plantilla «%(name)s» guardada.") % {"name": kept.name}, self.document)

    def cancel_url(self) -> str:
        """Return to the document."""
        return self.document.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the document."""
        return [(_("Facturas"), reverse("billing:invoices")), (str(self.document), self.cancel_url())]
