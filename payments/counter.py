"""The counter's page as it stands: what was typed, and what it comes to. Every button posts the whole form.

Enter in the product's box adds what it names (`3*AGUA` three of them); a product that is there already counts up.
"""

import re
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from billing.line_input import MAX_LINES
from billing.models import Customer, Product, Series
from billing.series import sales_series
from billing.totals import Discount
from companies.models import Company
from core.actor import Actor
from core.errors import WorkflowError
from core.forms import AmountField, unjudged
from core.ids import whole
from core.money import format_input
from payments import quick_sale
from payments.forms import MethodRadios
from payments.models import Payment, PaymentMethod
from payments.quick_sale import Buyer, SaleInput, SaleLine

LINES = "lines"
TIMES = re.compile(r"(?P<times>[0-9]{1,6})\s*[*xX]\s*(?P<what>.+)")


class SaleForm(forms.Form):
    """Who buys and how it is paid."""

    identification = forms.CharField(label=_("Cédula, RUC o pasaporte"), max_length=20, required=False)
    name = forms.CharField(label=_("Nombre"), max_length=300, required=False)
    email = forms.EmailField(label=_("Correo"), required=False)
    series = forms.ModelChoiceField(Series.objects.none(), label=_("Serie"), required=False, empty_label=None)
    method = forms.ModelChoiceField(
        PaymentMethod.objects.none(), label=_("Se paga con"), widget=MethodRadios, empty_label=None
    )
    tendered = AmountField(label=_("Recibido"), required=False)
    reference = forms.CharField(
        label=_("Referencia"), required=False, max_length=Payment._meta.get_field("reference").max_length
    )

    def __init__(self, data: QueryDict | None, *, company: Company, series_id: int | None = None) -> None:
        methods = PaymentMethod.objects.filter(active=True)
        super().__init__(data, initial={"method": methods.first()})
        self.fields["method"].queryset = methods  # type: ignore[attr-defined]
        series = sales_series(company)
        if len(series) > 1:
            usable = Series.objects.select_related("emission_point__establishment")
            self.fields["series"].queryset = usable.filter(pk__in=[row.pk for row in series])  # type: ignore[attr-defined]
            self.initial["series"] = series_id or series[0].pk
        else:
            del self.fields["series"]


class SaleLineForm(forms.Form):
    """One line: which product, how many, and how much off."""

    product = forms.IntegerField(widget=forms.HiddenInput)
    quantity = AmountField(label=_("Cantidad"))
    discount = AmountField(label=_("Descuento %"), required=False)

    shown: Product | None = None
    amount: Decimal | None = None


SaleRows = forms.formset_factory(SaleLineForm, extra=0, max_num=MAX_LINES)


class Counter:
    """A sale being typed at the counter.

    `found` is what the product's box could mean where it is several things; `unknown` says that it is none.
    """

    def __init__(self, data: QueryDict | None, *, company: Company, actor: Actor, series_id: int | None = None) -> None:
        self.actor = actor
        self.found: list[Product] = []
        self.unknown = ""
        self.text = ""
        if data is not None:
            data = self._changed(data)
        self.form = SaleForm(data, company=company, series_id=series_id)
        self.rows = SaleRows(data, prefix=LINES)

    def _changed(self, data: QueryDict) -> QueryDict:
        """Carry out the button that was pressed, or the Enter in the product's box, on what was typed."""
        rows = _Rows(data)
        if (removed := whole(data.get("remove", ""))) is not None:
            rows.remove(removed)
        elif (chosen := whole(data.get("add_product", ""))) is not None:
            rows.add(chosen, Decimal(1))
        elif text := data.get("q", "").strip():
            self._add_typed(text, rows)
        return rows.posted()

    def _add_typed(self, text: str, rows: "_Rows") -> None:
        times = TIMES.fullmatch(text)
        found = quick_sale.find(times["what"] if times else text)
        if len(found) == 1:
            rows.add(found[0].pk, Decimal(times["times"]) if times else Decimal(1))
            return
        self.found, self.text = found, text
        self.unknown = "" if found else text

    def is_valid(self) -> bool:
        """Check the shape of everything, so that all errors are shown at once; what was not added is not sold."""
        checked = [self.form.is_valid(), self.rows.is_valid()]
        return all(checked) and not self.text

    def entered(self) -> SaleInput:
        """Return what was typed; `is_valid()` was true."""
        head = self.form.cleaned_data
        series = head.get("series")
        return SaleInput(
            lines=tuple(_line(form.cleaned_data) for form in self.rows),
            method_id=head["method"].pk,
            buyer=_buyer(head),
            tendered=head["tendered"],
            reference=head["reference"],
            series_id=series.pk if series else None,
        )

    @cached_property
    def total(self) -> Decimal | None:
        """Return what is typed so far, None where it comes to nothing; each row is shown with its product."""
        ids = [whole(str(row["product"].value() or "")) or 0 for row in self.rows]
        products = Product.objects.live().in_bulk(ids)
        for row, pk in zip(self.rows, ids, strict=True):
            row.shown = products.get(pk)
        if not self.form.is_bound or not len(self.rows) or not self.rows.is_valid():
            return None
        self.form.is_valid()
        lines = tuple(_line(form.cleaned_data) for form in self.rows)
        series = self.form.cleaned_data.get("series")
        asked = SaleInput(lines, method_id=0, series_id=series.pk if series else None)
        try:
            composition = quick_sale.preview(asked, actor=self.actor)
        except (WorkflowError, ObjectDoesNotExist) as refusal:
            self.doubt = getattr(refusal, "message", "")
            return None
        for row, line in zip(self.rows, composition.totals.lines, strict=True):
            row.amount = line.total
        return composition.totals.total

    doubt = ""

    @property
    def change(self) -> Decimal | None:
        """Return the cash to give back of what was handed over; negative where it does not reach."""
        tendered = getattr(self.form, "cleaned_data", {}).get("tendered")
        return tendered - self.total if tendered is not None and self.total is not None else None

    @property
    def buyer(self) -> Customer | None:
        """Return who buys, where an identification was typed that the company knows."""
        typed = str(self.form["identification"].value() or "").strip()
        return quick_sale.known(SaleInput((), 0, buyer=Buyer(typed))) if typed else None

    def forget_errors(self) -> None:
        """Show what was typed without judging it yet."""
        unjudged(self.form, self.rows)

    def show_refusal(self, refusal: WorkflowError) -> None:
        """Put a refusal on the fields it names, or over the whole form."""
        for error in refusal.fields:
            place, _dot, rest = error["field"].partition(".")
            position, _dot, name = rest.partition(".")
            if place == LINES and position.isdecimal() and int(position) < len(self.rows.forms):
                row = self.rows.forms[int(position)]
                row.add_error(name if name in row.fields else None, error["message"])
            elif place in self.form.fields:
                self.form.add_error(place, error["message"])
            else:
                self.form.add_error(None, error["message"])
        if not refusal.fields:
            self.form.add_error(None, refusal.message)


class _Rows:
    """The posted rows as a list that may grow and shrink."""

    def __init__(self, data: QueryDict) -> None:
        self.data = data
        count = min(whole(data.get(f"{LINES}-TOTAL_FORMS", "")) or 0, MAX_LINES)
        self.rows = [
            {name: data.get(f"{LINES}-{position}-{name}", "") for name in SaleLineForm.base_fields}
            for position in range(count)
        ]

    def add(self, product_id: int, quantity: Decimal) -> None:
        """Add so many of a product: to its row where it has one."""
        for row in self.rows:
            if row["product"] == str(product_id) and not row["discount"]:
                row["quantity"] = _more(row["quantity"], quantity)
                return
        self.rows.append({"product": str(product_id), "quantity": format_input(quantity), "discount": ""})

    def remove(self, position: int) -> None:
        """Take a row away."""
        del self.rows[position : position + 1]

    def posted(self) -> QueryDict:
        """Return the rows as a form posts them, with everything else that was posted."""
        changed = self.data.copy()
        for name in [name for name in changed if name.startswith(f"{LINES}-")]:
            del changed[name]
        changed[f"{LINES}-TOTAL_FORMS"], changed[f"{LINES}-INITIAL_FORMS"] = str(len(self.rows)), "0"
        for position, row in enumerate(self.rows):
            for name, value in row.items():
                changed[f"{LINES}-{position}-{name}"] = value
        return changed


def _more(typed: str, quantity: Decimal) -> str:
    """Add to a quantity as it was typed; what cannot be read stays, to be corrected."""
    try:
        return format_input((AmountField().clean(typed) if typed else Decimal(0)) + quantity)
    except forms.ValidationError:
        return typed


def _line(row: dict[str, Any]) -> SaleLine:
    off = row.get("discount")
    discount = {"discount": Discount.percent(off)} if off else {}
    return SaleLine(row["product"], row["quantity"], **discount)


def _buyer(head: dict[str, Any]) -> Buyer | None:
    if not head["identification"].strip():
        return None
    return Buyer(head["identification"].strip(), head["name"], head["email"])
