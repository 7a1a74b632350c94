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

    def condition(self, on: date) -> Q:
        """Return which documents are so old on a local date."""
        old_enough = Q(due_date__lte=on - timedelta(days=self.first))
        return old_enough if self.last is None else old_enough & Q(due_date__gte=on - timedelta(days=self.last))


AGES: Final = (
    Age("30", _("1 a 30 días"), 1, 30),
    Age("60", _("31 a 60 días"), 31, 60),
    Age("90", _("61 a 90 días"), 61, 90),
    Age("older", _("Más de 90 días"), 91, None),
)
