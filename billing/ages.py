"""How long what is overdue has been so: the bands in which people think of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Age:
    """A band of days since the due date, both ends included; without an end it goes on for ever."""

    name: str
    label: str | Promise
    first: int
    last: int | None

    def due(self, on: date) -> tuple[date | None, date]:
        """Return the first and the last due date of what is so old on a local date."""
        return None if self.last is None else on - timedelta(days=self.last), on - timedelta(days=self.first)

    def condition(self, on: date) -> Q:
        """Return which documents are so old on a local date."""
        first, last = self.due(on)
        return Q(due_date__lte=last) if first is None else Q(due_date__range=(first, last))


AGES: Final = (
    Age("30", _("1 a 30 días"), 1, 30),
    Age("60", _("31 a 60 días"), 31, 60),
    Age("90", _("61 a 90 días"), 61, 90),
    Age("older", _("Más de 90 días"), 91, None),
)
