"""The forms of bookings: shape only, the workflow knows the rules."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from billing.models import Customer, IdentificationType, Product, TaxCategory
from core import clock
from core.forms import AmountField, DayField
from core.widgets import ComboboxField
from payments.models import PaymentMethod
from reservations.holding import HoldInput
from reservations.invoicing import ChargeInput
from reservations.models import Court, Reservation
from reservations.picker import Picker
from reservations.pricing import ExtraInput
from reservations.workflow import BookInput

# How a person new to the company may be identified; consumidor final is there already.
NEW_CUSTOMER_TYPES = [choice for choice in IdentificationType.choices if choice[0] != IdentificationType.FINAL_CONSUMER]
NEW_CUSTOMER_FIELDS = ("identification_type", "identification", "name", "email", "phone")

# A court, from when to when, with which extras, for whom.
Wanted = tuple[int, datetime, datetime, list[ExtraInput], int | None]


class MomentField(forms.Field):
    """A moment, chosen from a list and sent in ISO 8601 with its offset."""

    widget = forms.Select

    def to_python(self, value: Any) -> datetime | None:
        """Read the moment.

        Raises:
            ValidationError: not a moment, or without an offset.
        """
        if value in self.empty_values:
            return None
        try:
            moment = parse_datetime(str(value))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not clock.FIRST_DAY < moment.date() < clock.LAST_DAY:
            raise forms.ValidationError(_("Elija una hora de la lista."), code="invalid")
        return clock.local(moment)

    def prepare_value(self, value: Any) -> Any:
        """Show a moment as its option is written."""
        return clock.local(value).isoformat() if isinstance(value, datetime) else value


class ChargeFields(forms.Form):
    """How the customer pays at the desk."""

    method = forms.ModelChoiceField(PaymentMethod.objects.none(), label=_("Método de cobro"), required=False)
    reference = forms.CharField(
        label=_("Referencia"), max_length=100, required=False, help_text=_("Comprobante, cheque o transacción.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        method = self.fields["method"]
        method.queryset = PaymentMethod.objects.filter(active=True)  # type: ignore[attr-defined]
        method.empty_label = None  # type: ignore[attr-defined]


class ChargeForm(ChargeFields):
    """Paying for a booking at the desk."""

    amount = AmountField(label=_("Valor recibido"))

    field_order = ["method", "amount", "reference"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["method"].required = True

    def entered(self) -> ChargeInput:
        """Return what was entered."""
        data = self.cleaned_data
        return ChargeInput(data["method"].pk, amount=data["amount"], reference=data["reference"])


class ExtraForm(forms.Form):
    """One extra: a product, or a description and a price.

    An extra that was there before keeps its tax unless its product changes; a new one has its product's, or is typed
    as people say prices: general rate, tax inside.
    """

    product = ComboboxField(
        Product.objects.live, url=reverse_lazy("billing:product_options"), label=_("Producto"), required=False
    )
    description = forms.CharField(label=_("Descripción"), max_length=300, required=False)
    quantity = AmountField(label=_("Cantidad"), numeric_attrs={"cell": "w-num"})
    unit_price = AmountField(label=_("Precio"), required=False, numeric_attrs={"cell": "w-num"})
    tax_category = forms.ChoiceField(choices=[("", ""), *TaxCategory.choices], required=False, widget=forms.HiddenInput)
    price_includes_tax = forms.NullBooleanField(required=False, widget=forms.HiddenInput)

    def entered(self) -> ExtraInput:
        """Return what was entered."""
        data = self.cleaned_data
        same = "product" not in self.changed_data
        return ExtraInput(
            quantity=data["quantity"],
            product_id=data["product"].pk if data["product"] else None,
            description=data["description"],
            unit_price=data["unit_price"],
            price_includes_tax=data["price_includes_tax"] if same else None,
            tax_category=data["tax_category"] if same else "",
        )


class BaseExtraFormSet(forms.BaseFormSet):
    """The line editor of extras."""

    def entered(self) -> list[ExtraInput]:
        """Return the extras as they stand, without those taken out, empty, or not of the right shape."""
        if not self.is_bound:
            return [_extra(row) for row in self.initial or []]
        return [
            form.entered()
            for form in self.forms
            if form.is_valid() and (data := getattr(form, "cleaned_data", None)) and not data.get("DELETE")
        ]


def _extra(row: Mapping[str, Any]) -> ExtraInput:
    return ExtraInput(product_id=row["product"], **{name: row[name] for name in row if name != "product"})


ExtraFormSet = forms.formset_factory(ExtraForm, formset=BaseExtraFormSet, extra=0, can_delete=True)


class LinesForm(forms.Form):
    """A form of a booking with its extras as `lines`."""

    def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(data, files, **options)
        self.lines: BaseExtraFormSet = ExtraFormSet(data, prefix="lines", initial=self.first_lines())  # type: ignore[assignment]

    def first_lines(self) -> list[dict[str, Any]]:
        """Return the extras that are there before anybody types."""
        return []

    def is_valid(self) -> bool:
        """Check the fields and every line."""
        return all([super().is_valid(), self.lines.is_valid()])


class WhoForm(ChargeFields, LinesForm):
    """Who books: a customer of the list or a new one, in whose name; with extras; and, if it is paid at once, how."""

    customer = ComboboxField(
        Customer.objects.live,
        url=reverse_lazy("reservations:customer_options"),
        label=_("Cliente"),
        placeholder=_("Cédula, RUC o nombre"),
        required=False,
    )
    customer_name = forms.CharField(label=_("A nombre de"), max_length=300, required=False)
    customer_phone = forms.CharField(label=_("Teléfono"), max_length=30, required=False)
    notes = forms.CharField(label=_("Notas"), widget=forms.Textarea({"rows": 2}), required=False)
    new_identification_type = forms.ChoiceField(
        label=_("Identificación"), choices=NEW_CUSTOMER_TYPES, required=False, initial=IdentificationType.CEDULA
    )
    new_identification = forms.CharField(label=_("Número"), max_length=20, required=False)
    new_name = forms.CharField(label=_("Nombre o razón social"), max_length=300, required=False)
    new_email = forms.EmailField(label=_("Correo electrónico"), required=False)
    new_phone = forms.CharField(label=_("Teléfono"), max_length=30, required=False)

    def who(self) -> dict[str, Any]:
        """Return what was entered of who books, as `BookInput` and `TakeInput` take it."""
        data = self.cleaned_data
        return {
            "customer_id": data["customer"].pk if data["customer"] else None,
            "new_customer": self._new_customer(),
            "customer_name": data["customer_name"],
            "customer_phone": data["customer_phone"],
            "notes": data["notes"],
            "extras": tuple(self.lines.entered()),
        }

    def how(self, then: str) -> dict[str, Any]:
        """Return what else the button pressed asks for: `request`, `confirm` or `charge`."""
        method = self.cleaned_data["method"] if then == "charge" else None
        charge = ChargeInput(method.pk, reference=self.cleaned_data["reference"]) if method else None
        return {"confirm": then != "request", "charge": charge}

    def _new_customer(self) -> dict[str, Any] | None:
        values = {name: self.cleaned_data[f"new_{name}"] for name in NEW_CUSTOMER_FIELDS}
        return values if values["identification"] or values["name"] else None


class BookForm(WhoForm):
    """A booking: where, when, for whom; and, if it is paid at once, how."""

    court: forms.ModelChoiceField = forms.ModelChoiceField(Court.objects.none(), label=_("Cancha"), empty_label=None)
    day = DayField(label=_("Día"))
    starts_at = MomentField(label=_("Desde"))
    slots = forms.IntegerField(label=_("Duración"), min_value=1, max_value=96, widget=forms.Select, initial=1)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        courts = Court.objects.active().select_related("venue")
        self.fields["court"].queryset = courts  # type: ignore[attr-defined]
        self.fields["court"].label_from_instance = lambda row: f"{row.name} · {row.venue}"  # type: ignore[attr-defined]
        court = self._chosen("court") or courts.first()
        picker = Picker.of(
            court,
            self._chosen("day") or clock.today(),
            self._chosen("starts_at"),
            self._chosen("slots") or 1,
            keep=self.is_bound,
        )
        self.fields["starts_at"].widget.choices = picker.starts
        self.fields["slots"].widget.choices = picker.lengths
        self.initial = {
            **self.initial,
            "court": court,
            "day": picker.day,
            "starts_at": picker.start,
            "slots": picker.fitting_count,
        }

    def _chosen(self, name: str) -> Any:
        """Return what is chosen so far, entered or suggested; None where that is not of the right shape."""
        field = self.fields[name]
        if self.is_bound:
            value = field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
        else:
            value = field.prepare_value(self.get_initial_for_field(field, name))
        try:
            return field.clean(value)
        except forms.ValidationError:
            return None

    def chosen(self) -> dict[str, Any]:
        """Return the slot as it is chosen so far, and for whom: the price depends on it."""
        return {name: self._chosen(name) for name in ("customer", "court", "day", "starts_at", "slots")}

    def chosen_customer(self) -> Customer | None:
        """Return the customer of the list as far as one is chosen."""
        found: Customer | None = self._chosen("customer")
        return found

    def wanted(self) -> Wanted | None:
        """Return what is to be priced, as `workflow.preview()` takes it; None while too little is chosen."""
        court, start, slots, customer = (self._chosen(name) for name in ("court", "starts_at", "slots", "customer"))
        if not (court and start and slots):
            return None
        end = start + timedelta(minutes=court.slot_minutes * slots)
        return court.pk, start, end, self.lines.entered(), customer.pk if customer else None

    def slot(self) -> dict[str, Any]:
        """Return the slot that was entered, as `BookInput` and `HoldInput` take it."""
        data = self.cleaned_data
        length = timedelta(minutes=data["court"].slot_minutes * data["slots"])
        starts_at = data["starts_at"]
        return {"court_id": data["court"].pk, "starts_at": starts_at, "ends_at": starts_at + length}

    def entered(self, then: str) -> BookInput:
        """Return what was entered; `then` is the button pressed: `request`, `confirm` or `charge`."""
        return BookInput(**self.slot(), **self.who(), **self.how(then))

    def held(self) -> HoldInput:
        """Return the slot that is to be held, and for whom as far as that is known."""
        data = self.cleaned_data
        return HoldInput(
            **self.slot(),
            customer_id=data["customer"].pk if data["customer"] else None,
            customer_name=data["customer_name"] or data["new_name"],
            phone=data["customer_phone"] or data["new_phone"],
        )


class EditForm(LinesForm):
    """What can be edited of a requested booking (given as `initial["reservation"]`): its notes and its extras."""

    notes = forms.CharField(label=_("Notas"), widget=forms.Textarea({"rows": 3}), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial = {"notes": self._reservation.notes, "version": self._reservation.version, **self.initial}

    @property
    def _reservation(self) -> Reservation:
        return self.initial["reservation"]

    def first_lines(self) -> list[dict[str, Any]]:
        """Return the extras the booking has."""
        names = ("product", "description", "quantity", "unit_price", "tax_category", "price_includes_tax")
        return list(self._reservation.lines.filter(kind="extra").values(*names))

    def wanted(self) -> Wanted:
        """Return what is to be priced, as `workflow.preview()` takes it."""
        booked = self._reservation
        return booked.court_id, booked.starts_at, booked.ends_at, self.lines.entered(), booked.customer_id
