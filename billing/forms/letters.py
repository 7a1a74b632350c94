"""Whom a letter goes to."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class RecipientsField(forms.CharField):
    """Addresses, separated by commas, semicolons, spaces or lines; which of them are good the workflow says."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}))
        super().__init__(max_length=3_000, **options)

    def clean(self, value: Any) -> list[str]:
        """Return the addresses that were typed."""
        return [address for address in re.split(r"[\s,;]+", super().clean(value)) if address]

    def prepare_value(self, value: Any) -> Any:
        """Show addresses one to a line; show a refused text as it was."""
        return "\n".join(value) if isinstance(value, list) else value


class MailForm(forms.Form):
    """Where a document or a receipt is sent."""

    recipients = RecipientsField(
        label=_("Destinatarios"), help_text=_("Uno por línea o separados por comas; hasta diez.")
    )
