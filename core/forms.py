"""Form fields as people here type: amounts with comma or point, days as the browser's own picker."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import construct_instance
from django.forms.utils import ErrorDict, ErrorList
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core import clock
from core.ids import whole
from core.money import AmbiguousAmount, InvalidAmount, format_input, parse_amount


class AmountField(forms.Field):
    """An amount typed as `12,50` or `12.50`; `1.234` is refused with both readings (D26).

    Checks shape only: how many decimals and whether zero or less may be, the workflow says.
    """

    def __init__(self, *, numeric_attrs: dict[str, Any] | None = None, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "num"} | (numeric_attrs or {})
        options.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**options)

    def to_python(self, value: Any) -> Decimal | None:
        """Read the typed text.

        Raises:
            ValidationError: not an amount, or two different ones.
        """
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        try:
            return parse_amount(str(value))
        except (InvalidAmount, AmbiguousAmount) as error:
            said = {"said": str(error)}  # may hold a «%» somebody typed, which must not count as a place to fill in
            raise ValidationError("%(said)s", code=error.code, params=said) from error

    def prepare_value(self, value: Any) -> Any:
        """Show a stored amount as it is typed; show a refused text as it was."""
        return format_input(value) if isinstance(value, Decimal) else value


class DayInput(forms.DateInput):
    """The browser's date picker: shown in its user's way, sent as ISO."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A local date, picked (ISO) or typed as people write it (21/11/2026)."""

    widget = DayInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("input_formats", ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"])
        options.setdefault("error_messages", {"invalid": _("Escriba la fecha como 21/11/2026.")})
        super().__init__(**options)

    def to_python(self, value: Any) -> date | None:
        """Read the day.

        Raises:
            ValidationError: it is none, or none that may be entered.
        """
        day: date | None = super().to_python(value)
        if day and not clock.FIRST_DAY <= day <= clock.LAST_DAY:
            raise ValidationError(_("Revise el año de la fecha."), code="invalid")
        return day

    def prepare_value(self, value: Any) -> Any:
        """Show a date as the picker wants it."""
        return value.isoformat() if isinstance(value, date) else value


def with_another_row(data: QueryDict, prefix: str) -> QueryDict:
    """Return posted data with one more blank row in a formset: what "Agregar línea" asks without JavaScript."""
    more, key = data.copy(), f"{prefix}-TOTAL_FORMS"
    if (rows := whole(more.get(key, ""))) is not None:
        more[key] = str(rows + 1)
    return more


def unjudged(*parts: Any) -> None:
    """Have forms and formsets show what was typed without their errors: nothing was to be saved yet."""
    for part in parts:
        if isinstance(part, forms.BaseFormSet):
            unjudged(*part.forms)
            vars(part).update(_errors=[{} for _form in part.forms], _non_form_errors=ErrorList())
        else:
            part._errors = ErrorDict()


class ShapeForm(forms.ModelForm):
    """A form of a model's fields that checks shape only: whether a row may be like that, its workflow says."""

    _get_validation_exclusions: Callable[[], set[str]]
    _update_errors: Callable[[ValidationError], None]

    def _post_clean(self) -> None:
        """Check each field; Django would go on to what the database holds unique, which the workflow says better."""
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        try:
            self.instance.clean_fields(exclude=self._get_validation_exclusions())
        except ValidationError as error:
            self._update_errors(error)
