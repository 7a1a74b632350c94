"""One payment of each of many invoices: its whole balance, by one method, on one date."""

from datetime import date
from typing import Any, Final

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Document
from core import bulk, clock
from core.actor import Actor
from core.errors import WorkflowError
from core.forms import DayField
from core.money import ZERO
from desk.tasks import Kind, register
from payments import workflow
from payments.allocation import Allocation
from payments.entered import PaymentInput
from payments.forms import REFERENCE_LENGTH
from payments.models import PaymentMethod


class SettleForm(forms.Form):
    """How all of them were paid."""

    method = forms.ModelChoiceField(PaymentMethod.objects.none(), label=gettext_lazy("Método"), empty_label=None)
    paid_on = DayField(label=gettext_lazy("Fecha de los cobros"), initial=clock.today)
    reference = forms.CharField(
        label=gettext_lazy("Referencia"),
        required=False,
        max_length=REFERENCE_LENGTH,
        help_text=gettext_lazy("La misma para todos, si el método la pide."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["method"].queryset = PaymentMethod.objects.filter(active=True)  # type: ignore[attr-defined]


PAY: Final = bulk.BulkAction(
    "pay",
    gettext_lazy("Registrar cobro"),
    "cash",
    "payments.settle",
    ("payments.record",),
    SettleForm,
    (
        gettext_lazy("Cada factura queda pagada: un cobro por su saldo, con su recibo."),
        gettext_lazy("Un cobro equivocado se anula en su página."),
    ),
)


def register_tasks() -> None:
    """Make the kind known, and have the list of invoices offer it; for `ready()`."""
    page = lambda pk: reverse("billing:invoice", args=[pk])  # noqa: E731
    register(Kind(PAY.kind, gettext_lazy("Registrar cobros"), settle, PAY.permissions, page=page))
    bulk.add("billing:invoices", PAY)


def settle(pk: int, parameters: dict[str, Any], actor: Actor) -> None:
    """Record a payment of an invoice's balance.

    Raises:
        WorkflowError: `already_paid`, `not_payable`, and whatever `workflow.record` refuses.
    """
    document = Document.objects.invoices().select_for_update(of=("self",), no_key=True).get(pk=pk)
    if document.balance <= ZERO:
        raise WorkflowError(_("No tiene saldo por cobrar."), code="not_payable")
    entered = PaymentInput(
        customer_id=document.customer_id,
        method_id=parameters["method"],
        amount=document.balance,
        paid_on=date.fromisoformat(parameters["paid_on"]),
        reference=parameters["reference"],
        allocations=(Allocation(document.pk, document.balance),),
        confirm_repeated=True,
    )
    workflow.record(entered, actor=actor)
