"""A form page whose form has a line editor beside its fields (as `form.lines`)."""

from typing import Any

from django.http import HttpResponse

from core.editing import FormPage
from core.forms import unjudged, with_another_row


class LinesPage(FormPage):
    """A form with lines; "Agregar línea" works without JavaScript too."""

    layout = ""
    lines_title: Any = ""

    def answer(self) -> HttpResponse:
        """Show the form with one more empty line where that is asked; otherwise show or save it."""
        if "add_line" not in self.request.POST:
            return super().answer()
        form = self.form_class(with_another_row(self.request.POST, "lines"), initial=self.initial())
        unjudged(form, form.lines)  # type: ignore[attr-defined]
        return self.show(form)

    def show(self, form: Any, status: int = 200) -> HttpResponse:
        """Render the page with the form and its lines."""
        self.form = form
        return super().show(form, status)

    def context(self) -> dict[str, Any]:
        """Return the lines."""
        return {"formset": self.form.lines, "lines_title": self.lines_title}
