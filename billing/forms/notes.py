"""The form of a credit note: one of three ways to credit an invoice, and why."""

from collections.abc import Sequence
from decimal import Decimal

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from billing.models import DocumentLine
from billing.note_drafts import LONGEST_MOTIVE, CreditedLine, Mode, NoteInput
from billing.note_totals import LineLeft
from core.errors import WorkflowError
from core.forms import AmountField

WAYS = [
    (Mode.WHOLE.value, _("Todo lo que queda")),
    (Mode.LINES.value, _("Por líneas y cantidades")),
    (Mode.AMOUNT.value, _("Por valor")),
]


class NoteForm(forms.Form):
    """How and why; a quantity for each line that has something left stands in a field `line-<id>`."""

    mode = forms.ChoiceField(label=_("Qué se acredita"), choices=WAYS, widget=forms.RadioSelect)
    amount = AmountField(
        label=_("Valor por acreditar"), required=False, help_text=_("Con impuestos. Se reparte entre las tarifas.")
    )
    motive = forms.CharField(
        label=_("Motivo"),
        required=False,  # the workflow asks for it, so that both doors say the same
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST_MOTIVE}),
        help_text=_("Se imprime y se envía al SRI: por ejemplo «Devolución de mercadería»."),
    )

    def __init__(self, data: QueryDict | None = None, *, lines: Sequence[tuple[DocumentLine, LineLeft | None]]) -> None:
        super().__init__(data, initial={"mode": Mode.WHOLE.value})
        self.lines = lines
        for line, left in lines:
            if left is not None:
                self.fields[name_of(line.pk)] = AmountField(
                    label=_("Cantidad por acreditar de %(line)s") % {"line": line.description}, required=False
                )

    @property
    def quantities(self) -> list[tuple[DocumentLine, LineLeft | None, BoundField | None]]:
        """Return each line of the invoice, what it has left, and the field for its quantity."""
        return [(line, left, self[name_of(line.pk)] if left else None) for line, left in self.lines]

    def entered(self) -> NoteInput:
        """Return what was typed; fields of the wrong shape count as empty."""
        values = getattr(self, "cleaned_data", {})
        mode = Mode(values.get("mode") or Mode.WHOLE)
        return NoteInput(
            mode=mode,
            motive=values.get("motive", ""),
            lines=self._credited() if mode == Mode.LINES else (),
            amount=values.get("amount") if mode == Mode.AMOUNT else None,
        )

    def _credited(self) -> tuple[CreditedLine, ...]:
        typed = ((line.pk, self.cleaned_data.get(name_of(line.pk))) for line, left in self.lines if left)
        return tuple(CreditedLine(pk, Decimal(quantity)) for pk, quantity in typed if quantity is not None)

    def show_refusal(self, refusal: WorkflowError) -> None:
        """Put a refusal beside what it is about."""
        placed = False
        for error in refusal.fields:
            name = self._field_of(error["field"])
            if name in self.fields:
                self.add_error(name, error["message"])
                placed = True
        if not placed:
            self.add_error(None, refusal.message)

    def _field_of(self, place: str) -> str:
        """Return the field of a place such as `lines.0.quantity`: the first of the lines that were typed."""
        parts = place.split(".")
        if len(parts) == 3:
            return name_of(self._credited()[int(parts[1])].line_id)
        return place


def name_of(line_id: int) -> str:
    """Return the name of the field for a line's quantity."""
    return f"line-{line_id}"
