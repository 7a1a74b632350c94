"""The invoice form: who buys, what waits or is typed line by line, and how it will be paid."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from billing.drafts import MAX_ADDITIONAL_INFO
from billing.line_input import MAX_LINES
from billing.models import Customer, Product, Series, TaxCategory
from billing.taxes import rates_on
from core import clock
from core.forms import AmountField, DayField
from core.ids import each_whole, whole
from core.templatetags.cuadre import percent
from core.widgets import ComboboxField
from sri import catalogs

LONGEST_TERM = 3650  # days
AMOUNT_OR_PERCENT = [("amount", "$"), ("percent", "%")]
TAX_SIDES = [("no", _("más IVA")), ("yes", _("incluye IVA"))]


class ProductField(ComboboxField):
    """Finds a product and cleans to its id: a hundred lines look theirs up at once (`LineFormSet`)."""

    default_error_messages = {"no_match": _("Ningún producto coincide con «%(text)s». Escríbalo como descripción.")}

    def to_python(self, value: Any) -> Any:
        """Take the chosen id as it is, or find the only product the text matches."""
        chosen, _text = value if isinstance(value, tuple) else (value, "")
        if chosen:
            return whole(str(chosen))
        found = super().to_python(value)
        return found.pk if found else None


class IdsField(forms.Field):
    """Ids of marked rows; which of them may be taken, the workflow says."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        """Read the ids, leaving out what is none."""
        return each_whole(map(str, value or ()))


class DraftForm(forms.Form):
    """The head of an invoice."""

    customer = ComboboxField(
        Customer.objects.live,
        url=reverse_lazy("billing:customer_options"),
        label=_("Cliente"),
        placeholder=_("Nombre, RUC o cédula"),
    )
    series = forms.ModelChoiceField(Series.objects.none(), label=_("Serie"), required=False, empty_label=None)
    date_asked = DayField(label=_("Fecha de emisión"), required=False, help_text=_("Vacía: el día en que se emita."))
    payment_days = forms.IntegerField(
        label=_("Plazo"),
        required=False,
        min_value=0,
        max_value=LONGEST_TERM,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num", "placeholder": _("del cliente")}),
    )
    discount = AmountField(label=_("Descuento del documento"), required=False)
    discount_kind = forms.ChoiceField(label=_("Descuento en"), choices=AMOUNT_OR_PERCENT, required=False)
    notes = forms.CharField(
        label=_("Notas internas"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("No se imprimen."),
    )
    billables = IdsField(required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, series: Sequence[Series], may_date: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if len(series) > 1:
            usable = Series.objects.select_related("emission_point__establishment")
            self.fields["series"].queryset = usable.filter(pk__in=[row.pk for row in series])  # type: ignore[attr-defined]
            self.initial["series"] = self.initial.get("series") or series[0].pk
        else:
            del self.fields["series"]
        if not may_date:
            del self.fields["date_asked"]
        if not self.is_bound and not self.initial.get("customer"):
            self.fields["customer"].widget.attrs["autofocus"] = True


class LineForm(forms.Form):
    """One free line: of a product, whose text, price and tax stand in for what is left empty, or typed."""

    product = ProductField(
        Product.objects.live,
        url=reverse_lazy("billing:product_options"),
        label=_("Producto"),
        placeholder=_("Buscar producto"),
        required=False,
    )
    description = forms.CharField(
        label=_("Descripción"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Descripción")}),
    )
    quantity = AmountField(label=_("Cantidad"), initial=Decimal(1))
    unit_price = AmountField(label=_("Precio"), required=False)
    price_includes_tax = forms.ChoiceField(label=_("El precio"), choices=TAX_SIDES, initial="no", required=False)
    discount = AmountField(label=_("Descuento"), required=False)
    discount_kind = forms.ChoiceField(
        label=_("Descuento en"), choices=AMOUNT_OR_PERCENT, initial="amount", required=False
    )
    tax_category = forms.ChoiceField(label=_("IVA"), initial=TaxCategory.GENERAL, required=False)

    amount = None  # what the line comes to, once it is worked out

    def __init__(self, *args: Any, tax_choices: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["tax_category"].choices = tax_choices  # type: ignore[attr-defined]


class Rows(forms.BaseFormSet):
    """Rows of which the blank ones do not count, wherever they stand."""

    _should_delete_form: Callable[[forms.Form], bool]

    def _construct_form(self, i: int, **options: Any) -> forms.Form:
        blank_is_fine = {"empty_permitted": True, "use_required_attribute": False}
        return super()._construct_form(i, **options | blank_is_fine)  # type: ignore[misc]

    def filled(self) -> list[tuple[int, forms.Form]]:
        """Return each row, with its position, that is neither blank nor removed; the rows have been checked."""
        return [
            (position, form)
            for position, form in enumerate(self.forms)
            if form.has_changed() and not self._should_delete_form(form)
        ]


class LineFormSet(Rows):
    """The free lines."""

    def clean(self) -> None:
        """Look all chosen products up with one query; one that is gone is said on its line."""
        chosen = {form: form.cleaned_data.get("product") for form in self.forms}
        known = set(Product.objects.live().filter(pk__in=filter(None, chosen.values())).values_list("pk", flat=True))
        for form, product in chosen.items():
            if product and product not in known:
                form.add_error("product", ValidationError(form.fields["product"].error_messages["unknown"], "unknown"))


class TermForm(forms.Form):
    """One way the buyer is to pay: SRI's code, how much, in how many days."""

    sri_method = forms.ChoiceField(label=_("Forma de pago"), widget=forms.Select(attrs={"cell": "w-wide"}))
    amount = AmountField(
        label=_("Valor"), required=False, numeric_attrs={"cell": "w-num", "placeholder": _("el total")}
    )
    term_days = forms.IntegerField(
        label=_("Plazo (días)"),
        required=False,
        min_value=0,
        max_value=LONGEST_TERM,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num", "cell": "w-num"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        in_force = [(form.code, form.label) for form in catalogs.payment_forms(clock.today())]
        self.fields["sri_method"].choices = [("", _("Automática")), *in_force]  # type: ignore[attr-defined]


class InfoForm(forms.Form):
    """One field of additional information, printed and sent with the document."""

    name = forms.CharField(label=_("Nombre"), max_length=300, widget=forms.TextInput(attrs={"cell": "w-third"}))
    value = forms.CharField(label=_("Texto"), max_length=300)


def tax_choices(day: date) -> list[tuple[str, Any]]:
    """Return the tax categories by the rates people know them by on a local date: «IVA 15 %», «5 % construcción»."""
    rates = {category: percent(key.rate) for category, key in rates_on(day).items()}
    return [
        (TaxCategory.GENERAL, _("IVA %(rate)s") % {"rate": rates[TaxCategory.GENERAL]}),
        (TaxCategory.ZERO, _("IVA 0 %")),
        (TaxCategory.CONSTRUCTION, _("%(rate)s construcción") % {"rate": rates[TaxCategory.CONSTRUCTION]}),
        (TaxCategory.TOURISM, _("%(rate)s turismo") % {"rate": rates[TaxCategory.TOURISM]}),
        (TaxCategory.EXEMPT, _("Exento")),
        (TaxCategory.NOT_SUBJECT, _("No objeto")),
    ]


def _rows_of(form: type[forms.Form], most: int, base: type[Rows] = Rows) -> type[Rows]:
    return cast("type[Rows]", forms.formset_factory(form, base, extra=1, can_delete=True, max_num=most))


LineRows = _rows_of(LineForm, MAX_LINES, LineFormSet)
TermRows = _rows_of(TermForm, 20)
InfoRows = _rows_of(InfoForm, MAX_ADDITIONAL_INFO)
