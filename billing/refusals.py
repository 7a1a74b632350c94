"""Where people do something about what billing refuses because something is missing."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from core import remedies

SERIES: Final = (
    "profile_incomplete.series",
    "profile_incomplete.establishment_address",
    "note_series_missing",
    "series_inactive",
    "series_exhausted",
    "series_in_doubt",
)


def register() -> None:
    """Say so for each refusal."""
    for code in SERIES:
        remedies.add(code, "billing:series", _("Revisar establecimientos y series"), "company.manage")
    remedies.add("no_tax_rate", "billing:taxes", _("Ver las tarifas de IVA"), "company.view")
