"""Where the source of a billable can be looked at: by its type's name, since billing knows none of them."""

from django.urls import NoReverseMatch, reverse

PAGES = {"reservation": "reservations:detail", "payment": "payments:payment"}


def page_of(source_type: str, source_id: int) -> str:
    """Return the address of a source's page, empty where it has none."""
    try:
        return reverse(PAGES[source_type], args=[source_id])
    except (KeyError, NoReverseMatch):
        return ""
