"""The forms of payments."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Customer
from core import clock
from core.forms import AmountField, DayField
from core.widgets import ComboboxField
from payments.entered import MOST_PARTS
from payments.models import Payment, PaymentMethod, ReferenceKind, ReferenceRule
from sri import catalogs


class _MarkedMethods:
    """Marks what the stylesheet asks more of: the methods that want a reference, and cash, which gives change."""

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        """Mark a method."""
        option: dict[str, Any] = super().create_option(name, value, *args, **options)  # type: ignore[misc]
        method = getattr(value, "instance", None)
        if method is not None and method.needs_reference:
            option["attrs"]["data-needs-reference"] = True
        if method is not None and method.is_cash:
            option["attrs"]["data-cash"] = True
        return option


class MethodRadios(_MarkedMethods, forms.RadioSelect):
    """One touch for each method."""


class MethodSelect(_MarkedMethods, forms.Select):
    """A method in a row."""


def tendered_field(**attrs: Any) -> AmountField:
    """Return the field of the cash that was handed over."""
    return AmountField(label=_("Recibido en efectivo"), required=False, numeric_attrs={"data-tendered": True} | attrs)


REFERENCE_LENGTH = Payment._meta.get_field("reference").max_length


class PaymentForm(forms.Form):
    """What a cashier enters; what goes to which invoice stands beside it (payments.entry)."""

    customer = ComboboxField(
        Customer.objects.live,
        url=reverse_lazy("billing:customer_options"),
        label=_("Cliente"),
        placeholder=_("Nombre, RUC o cédula"),
    )
    amount = AmountField(label=_("Valor recibido"))
    method = forms.ModelChoiceField(
        PaymentMethod.objects.none(), label=_("Método"), widget=MethodRadios, empty_label=None
    )
    paid_on = DayField(label=_("Fecha del cobro"))
    reference = forms.CharField(label=_("Referencia"), required=False, max_length=REFERENCE_LENGTH)
    tendered = tendered_field()
    notes = forms.CharField(
        label=_("Observaciones"), required=False, max_length=Payment._meta.get_field("notes").max_length
    )
    # The tick "leave the rest as credit" carries the exact rest it was given for: a tick for another rest is none.
    leave_credit = forms.CharField(required=False)
    confirm_repeated = forms.BooleanField(required=False)

    def __init__(self, *args: Any, fixed_customer: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if fixed_customer:
            del self.fields["customer"]
        methods: QuerySet = PaymentMethod.objects.filter(active=True)
        self.fields["method"].queryset = methods  # type: ignore[attr-defined]
        self.fields["paid_on"].initial = clock.today()
        if not fixed_customer and not self.initial.get("customer"):
            self.fields["customer"].widget.attrs["autofocus"] = True


class PartForm(forms.Form):
    """Of what was received, so much came by another method."""

    method = forms.ModelChoiceField(
        PaymentMethod.objects.none(), label=_("Método"), widget=MethodSelect(attrs={"cell": "w-tax"}), required=False
    )
    amount = AmountField(label=_("Valor"), required=False, numeric_attrs={"cell": "w-price"})
    reference = forms.CharField(label=_("Referencia"), required=False, max_length=REFERENCE_LENGTH)
    tendered = tendered_field(cell="w-price")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["method"].queryset = PaymentMethod.objects.filter(active=True)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for method and amount together: a row without either is no part."""
        entered = super().clean() or {}
        if entered.get("method") and entered.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Escriba cuánto."))
        if entered.get("amount") is not None and not entered.get("method"):
            self.add_error("method", _("Elija el método."))
        return entered


PartRows = forms.formset_factory(PartForm, extra=0, can_delete=True, max_num=MOST_PARTS - 1)


class CreditForm(forms.Form):
    """How much of a customer's credit an invoice takes."""

    amount = AmountField(label=_("Valor por aplicar"))


class RefundForm(forms.Form):
    """Money that goes out: how much, how, and why."""

    amount = AmountField(label=_("Valor que se devuelve"))
    method = forms.ModelChoiceField(
        PaymentMethod.objects.none(), label=_("Sale por"), widget=MethodRadios, empty_label=None
    )
    reference = forms.CharField(label=_("Referencia"), required=False, max_length=REFERENCE_LENGTH)
    refunded_on = DayField(label=_("Fecha"))
    reason = forms.CharField(label=_("Motivo"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["method"].queryset = PaymentMethod.objects.filter(active=True)  # type: ignore[attr-defined]


class MethodForm(forms.Form):
    """A way to pay."""

    name = forms.CharField(label=_("Nombre"), max_length=100)
    sri_code = forms.ChoiceField(label=_("Forma de pago del SRI"), help_text=_("Así se declara en sus comprobantes."))
    reference_rule = forms.ChoiceField(label=_("Referencia"), choices=ReferenceRule.choices)
    reference_kind = forms.ChoiceField(
        label=_("Qué es la referencia"),
        choices=ReferenceKind.choices,
        help_text=_("Un cheque o un comprobante no se admite dos veces sin confirmarlo."),
    )
    active = forms.BooleanField(label=_("Activo: se ofrece al registrar cobros"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        codes = [(row.code, f"{row.code} · {row.label}") for row in catalogs.payment_forms(clock.today())]
        self.fields["sri_code"].choices = codes  # type: ignore[attr-defined]
