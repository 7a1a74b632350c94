"""The invoice form as one thing: its head and its three lists of rows, to and from a `DraftInput`."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.forms import Form
from django.http import QueryDict

from billing.customers import final_consumer
from billing.drafts import DraftInput, DraftLine, PaymentTerm
from billing.forms.drafts import DraftForm, InfoRows, LineRows, Rows, TermRows, tax_choices
from billing.models import Document, Product, Series
from billing.totals import NO_DISCOUNT, Discount
from core import clock
from core.errors import WorkflowError
from core.forms import unjudged
from core.ids import each_whole, whole
from core.money import format_input

LINES, TERMS, INFO = "lines", "terms", "info"
UNNAMED = "…"  # stands for a description that is still to be typed, while only totals are asked for
# Where the workflow names a place otherwise than the form does.
PLACES = {"document_discount": "discount", "tax": "tax_category", "customer_id": "customer"}


class Editor:
    """An invoice being typed: `data` is what was posted; before that, `entered` fills the form."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        series: Sequence[Series],
        may_date: bool,
        entered: DraftInput | None = None,
        document: Document | None = None,
    ) -> None:
        self.given = entered
        start = _initial(entered, document) if entered else {}
        self.form = DraftForm(data, initial=start.get("head"), series=series, may_date=may_date)
        self.lines = LineRows(
            data, prefix=LINES, initial=start.get(LINES), form_kwargs={"tax_choices": tax_choices(clock.today())}
        )
        self.terms = TermRows(data, prefix=TERMS, initial=start.get(TERMS))
        self.info = InfoRows(data, prefix=INFO, initial=start.get(INFO))

        for rows in self.row_sets:
            rows.extra = 0 if rows.initial else 1  # a blank row to begin with; the next ones come by Enter

    @property
    def row_sets(self) -> list[Rows]:
        """Return the three lists of rows."""
        return [self.lines, self.terms, self.info]

    def picked(self) -> list[int]:
        """Return the ids of the billables that are marked."""
        marked = self.form["billables"].value() or []
        return each_whole(map(str, marked))

    def customer_id(self) -> int | None:
        """Return the id of the chosen customer."""
        return whole(str(self.form["customer"].value()[0]))

    @property
    def has_terms(self) -> bool:
        """Say whether discount or payment terms are worth showing at once."""
        return bool(self.form["discount"].value() or _anything(self.terms, "sri_method"))

    @property
    def has_info(self) -> bool:
        """Say whether additional information or notes are worth showing at once."""
        return bool(self.form["notes"].value() or _anything(self.info, "name"))

    def is_valid(self) -> bool:
        """Check the shape of everything, so that all errors are shown at once."""
        parts: list[Any] = [self.form, *self.row_sets]
        checked = [part.is_valid() for part in parts]
        return all(checked)

    def entered(self) -> DraftInput:
        """Return what was typed; `is_valid()` was true."""
        head = self.form.cleaned_data
        series: Series | None = head.get("series")
        return DraftInput(
            customer_id=head["customer"].pk,
            series_id=series.pk if series else None,
            date_asked=head.get("date_asked"),
            payment_days=head["payment_days"],
            billable_ids=tuple(head["billables"]),
            lines=typed_lines(self.lines),
            discount=_discount(head),
            payment_terms=tuple(_term(row) for row in _values(self.terms)),
            additional_info=tuple((row["name"], row["value"]) for row in _values(self.info)),
            notes=head["notes"],
        )

    def entered_so_far(self) -> DraftInput | None:
        """Return what can already be added up, None when that is nothing: the form is still being typed."""
        if not self.form.is_bound:
            return self.given if self.given and (self.given.lines or self.given.billable_ids) else None
        self.is_valid()
        head = getattr(self.form, "cleaned_data", {})
        lines = tuple(_line_so_far(form.cleaned_data) for _position, form in self.countable())
        if not lines and not head.get("billables"):
            return None
        return DraftInput(
            customer_id=(head.get("customer") or final_consumer()).pk,
            series_id=head["series"].pk if head.get("series") else None,
            date_asked=head.get("date_asked"),
            payment_days=head.get("payment_days"),
            billable_ids=tuple(head.get("billables", ())),
            lines=lines,
            discount=_discount(head),
            payment_terms=tuple(_term(row) for row in _values(self.terms) if "sri_method" in row),
            additional_info=tuple(
                (row["name"], row["value"]) for row in _values(self.info) if {"name", "value"} <= row.keys()
            ),
        )

    def countable(self) -> list[tuple[int, Form]]:
        """Return the lines, with their positions in the form, that have a quantity and a price or a product."""
        if not self.form.is_bound:
            return list(enumerate(self.lines.initial_forms))
        return [(position, form) for position, form in self.lines.filled() if _counts(form)]

    def shape_errors(self) -> list[str]:
        """Say what of the lines' figures cannot be read; what is merely missing is not an error while typing."""
        if not self.form.is_bound:
            return []
        return [
            f"{_numbered(position)}, {form[name].label}: {error}"
            for position, form in self.lines.filled()
            for name in form.errors
            for error, data in zip(form.errors[name], form.errors[name].as_data(), strict=True)
            if data.code != "required"
        ]

    def show_refusal(self, refusal: WorkflowError) -> None:
        """Put a workflow's refusal on the fields it names (`lines.2.quantity`), or over the whole form."""
        self.form.refusal = refusal  # type: ignore[attr-defined]  # components/error_summary.html says what mends it
        places = [self._field(error["field"]) for error in refusal.fields]
        for (form, name), error in zip(places, refusal.fields, strict=True):
            form.add_error(name if name in form.fields else None, error["message"])
        if not places:
            self.form.add_error(None, refusal.message)

    def _field(self, path: str) -> tuple[Form, str]:
        head, _dot, rest = path.partition(".")
        position, _dot, name = rest.partition(".")
        rows = self.lines.filled()
        if head == LINES and position.isdecimal() and int(position) < len(rows):
            return self.lines.forms[rows[int(position)][0]], PLACES.get(name, name)
        return self.form, PLACES.get(head, head)

    def forget_errors(self) -> None:
        """Show what was typed without judging it yet: a line was added, or the totals asked for."""
        unjudged(self.form, *self.row_sets)


def without_extras(entered: DraftInput) -> DraftInput:
    """Return what decides the totals alone, so that a wrong payment term does not hide them."""
    return replace(entered, payment_terms=(), additional_info=())


def _initial(entered: DraftInput, document: Document | None) -> dict[str, Any]:
    discount = entered.discount
    return {
        "head": {
            "customer": entered.customer_id or None,
            "series": entered.series_id,
            "date_asked": entered.date_asked,
            "payment_days": entered.payment_days,
            "discount": discount.value or None,
            "discount_kind": "percent" if discount.is_percent else "amount",
            "notes": entered.notes,
            "billables": list(entered.billable_ids),
            "version": document.version if document else None,
        },
        LINES: initial_lines(entered.lines),
        TERMS: _initial_terms(entered.payment_terms),
        INFO: [{"name": name, "value": value} for name, value in entered.additional_info],
    }


def initial_lines(lines: Sequence[DraftLine]) -> list[dict[str, Any]]:
    """Return what stands in the rows of lines that were entered before."""
    names = dict(Product.objects.filter(pk__in=[row.product_id for row in lines]).values_list("pk", "name"))
    return [_initial_line(row, names) for row in lines]


def typed_lines(rows: Rows) -> tuple[DraftLine, ...]:
    """Return the lines that were typed; the rows have been checked."""
    return tuple(_line(row) for row in _values(rows))


def with_lines(data: QueryDict, lines: Sequence[DraftLine]) -> QueryDict:
    """Return posted data with more lines below those that were typed."""
    more, first = data.copy(), whole(data.get(f"{LINES}-TOTAL_FORMS", "")) or 0
    for position, row in enumerate(initial_lines(lines), start=first):
        product, name = row.pop("product") or ("", "")
        shown = row | {"product": product, "product_text": name}
        for field, value in shown.items():
            text = format_input(value) if isinstance(value, Decimal) else str(value or "")
            more[f"{LINES}-{position}-{field}"] = text
    more[f"{LINES}-TOTAL_FORMS"] = str(first + len(lines))
    return more


def _initial_line(row: DraftLine, names: dict[int, str]) -> dict[str, Any]:
    return {
        "product": (row.product_id, names.get(row.product_id, "")) if row.product_id else None,
        "description": row.description,
        "quantity": row.quantity,
        "unit_price": row.unit_price,
        "price_includes_tax": "yes" if row.price_includes_tax else "no",
        "discount": row.discount.value or None,
        "discount_kind": "percent" if row.discount.is_percent else "amount",
        "tax_category": row.tax_category,
    }


def _initial_terms(terms: Sequence[PaymentTerm]) -> list[dict[str, Any]]:
    """Leave the amount of a single row empty, so that it follows the total."""
    single = len(terms) == 1
    return [
        {"sri_method": row.sri_method, "amount": None if single else row.amount, "term_days": row.term_days}
        for row in terms
    ]


def _anything(rows: Rows, name: str) -> bool:
    return any(form[name].value() for form in rows.forms)


def _values(rows: Rows) -> list[dict[str, Any]]:
    return [form.cleaned_data for _position, form in rows.filled()]


def _counts(form: Form) -> bool:
    row = form.cleaned_data
    priced = row.get("product") or row.get("unit_price") is not None
    return row.get("quantity") is not None and priced and not {"product", "unit_price", "discount"} & form.errors.keys()


def _line(row: dict[str, Any]) -> DraftLine:
    """Make a line of a row. Where no price was typed, price and tax are the product's."""
    priced = row["unit_price"] is not None
    return DraftLine(
        quantity=row["quantity"],
        product_id=row["product"],
        description=row["description"].strip(),
        unit_price=row["unit_price"],
        price_includes_tax=row["price_includes_tax"] == "yes" if priced else None,
        tax_category=row["tax_category"] if priced else "",
        discount=_discount(row),
    )


def _line_so_far(row: dict[str, Any]) -> DraftLine:
    blank = {"product": None, "description": "", "unit_price": None, "price_includes_tax": "", "tax_category": ""}
    line = _line(blank | row)
    return line if line.product_id or line.description else replace(line, description=UNNAMED)


def _term(row: dict[str, Any]) -> PaymentTerm:
    return PaymentTerm(row["sri_method"], row.get("amount"), row.get("term_days"))


def _discount(values: dict[str, Any]) -> Discount:
    value: Decimal | None = values.get("discount")
    if value is None:
        return NO_DISCOUNT
    return Discount(value, is_percent=values.get("discount_kind") == "percent")


def _numbered(position: int) -> str:
    return f"Línea {position + 1}"
