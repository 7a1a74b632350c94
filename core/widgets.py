"""The combobox: a form field that finds one of very many rows by any part of their names and numbers.

    customer = ComboboxField(Customer.objects.all, url=reverse_lazy("billing:customer_lookup"), label=_("Cliente"))

With JavaScript the box asks `url` while one types. Without, the typed text is posted and the field finds it: one
match is taken, several are offered as radio buttons.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.ids import whole
from core.searchable import SearchableQuerySet

MOST_OPTIONS = 8
Text = str | Promise


class ComboboxWidget(forms.Widget):
    """A text box `<name>_text` and a hidden `<name>` with the chosen id; its value is the pair (id, text)."""

    def __init__(self, url: Text, placeholder: Text = "", attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.url, self.placeholder = url, placeholder
        self.options: list[tuple[Any, str]] = []

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Render components/combobox.html with the project's own templates, not the form renderer's."""
        chosen, text = value or ("", "")
        attrs = self.build_attrs(self.attrs, attrs)
        return render_to_string(
            "components/combobox.html",
            {
                "name": name,
                "id": attrs.get("id", f"id_{name}"),
                "url": self.url,
                "value": chosen,
                "text": text,
                "placeholder": self.placeholder,
                "required": self.is_required,
                "invalid": attrs.get("aria-invalid"),
                "described_by": attrs.get("aria-describedby"),
                "autofocus": attrs.get("autofocus"),
                "options": self.options,
            },
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[str, str]:
        """Return the chosen id and the typed text."""
        return data.get(name) or "", data.get(f"{name}_text") or ""

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Say whether the form did not carry the control at all."""
        return name not in data and f"{name}_text" not in data


class ComboboxField(forms.Field):
    """Finds one row of `rows()`; cleans to the row itself, or None."""

    widget: ComboboxWidget
    default_error_messages = {
        "unknown": _("Esa opción ya no está disponible. Búsquela de nuevo."),
        "no_match": _("Nada coincide con «%(text)s»."),
        "several": _("Varias opciones coinciden con «%(text)s». Elija una."),
    }

    def __init__(
        self, rows: Callable[[], SearchableQuerySet], *, url: Text, placeholder: Text = "", **options: Any
    ) -> None:
        self.rows = rows
        super().__init__(widget=ComboboxWidget(url, placeholder), **options)

    def prepare_value(self, value: Any) -> tuple[Any, str]:
        """Show a row, or a row's id, as the pair the widget expects."""
        if isinstance(value, tuple):
            return value
        row = value if isinstance(value, Model) else self.rows().filter(pk=value).first() if value else None
        return (row.pk, str(row)) if row else ("", "")

    def to_python(self, value: Any) -> Model | None:
        """Take the chosen row, or the only one the text matches.

        Raises:
            ValidationError: the row is not (or no longer) there, or the text matches none or several.
        """
        chosen, text = value if isinstance(value, tuple) else (value, "")
        if chosen:
            return self._chosen(str(chosen))
        return self._found(text.strip()) if text.strip() else None

    def _chosen(self, pk: str) -> Model:
        row = self.rows().filter(pk=whole(pk)).first()
        if row is None:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        return row

    def _found(self, text: str) -> Model:
        matches = list(self.rows().search(text)[: MOST_OPTIONS + 1])
        if len(matches) == 1:
            return matches[0]
        self.widget.options = [(row.pk, str(row)) for row in matches[:MOST_OPTIONS]]
        code = "several" if matches else "no_match"
        raise ValidationError(self.error_messages[code], code=code, params={"text": text})

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare ids: the text beside them is only a label."""
        before, _text = self.prepare_value(initial)
        return str(before) != str((data or ("", ""))[0])
