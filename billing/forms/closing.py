"""The forms that close the books and open them again."""

from django.utils.translation import gettext_lazy as _

from billing.forms.steps import ReasonForm
from core.forms import DayField


class CloseForm(ReasonForm):
    """Up to which day, and why."""

    closed_until = DayField(label=_("Cerrar hasta"), help_text=_("Ese día queda cerrado también."))
    field_order = ("closed_until", "reason")


class ReopenForm(ReasonForm):
    """Up to which earlier day they stay closed, and why the rest is opened."""

    closed_until = DayField(
        label=_("Dejar cerrado hasta"), required=False, help_text=_("Vacío: no queda nada cerrado.")
    )
    field_order = ("closed_until", "reason")
