"""How values look on a page, and what the bar over a list knows."""

from datetime import UTC, date, datetime
from decimal import Decimal

import django_filters
import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.template import Context, RequestContext, Template
from django.test import RequestFactory

from billing.models import Billable
from core import clock, filter_bar
from core.chips import chip
from core.tables import ChipColumn, LinkColumn, MoneyColumn, Table
from core.templatetags import cuadre as show
from core.widgets import ComboboxField

NOON = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)  # 12:00 in Guayaquil


@pytest.mark.parametrize(
    ("value", "text"),
    [("1234.56", "$ 1.234,56"), ("0.00", "$ 0,00"), (None, "—")],
)
def test_money_is_written_as_ecuador_writes_it(value, text):
    assert show.money(Decimal(value) if value else None) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("2.000000", "2"), ("2.500000", "2,5"), ("1000.125", "1.000,125"), ("0.000001", "0,000001"), ("300", "300")],
)
def test_a_quantity_shows_only_the_decimals_it_has(value, text):
    assert show.quantity(Decimal(value)) == text


@pytest.mark.parametrize(("value", "text"), [("12.45", "12,5 %"), ("12.44", "12,4 %"), ("15", "15 %")])
def test_a_percentage_has_one_decimal_half_up(value, text):
    assert show.percent(Decimal(value)) == text


def test_a_moment_is_shown_in_local_time():
    assert show.moment(datetime(2026, 11, 22, 3, 5, tzinfo=UTC)) == "21/11/2026 22:05"
    assert show.day(datetime(2026, 11, 22, 3, 5, tzinfo=UTC)) == "21/11/2026"
    assert show.hour(datetime(2026, 11, 22, 3, 5, tzinfo=UTC)) == "22:05"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 11, 21), "hoy"),
        (date(2026, 11, 20), "ayer"),
        (date(2026, 11, 22), "mañana"),
        (date(2026, 11, 9), "hace 12 días"),
        (date(2026, 11, 24), "en 3 días"),
        (date(2026, 8, 1), "hace 3 meses"),
        (date(2023, 11, 21), "hace 3 años"),
        (datetime(2026, 11, 21, 16, 59, 30, tzinfo=UTC), "hace un momento"),
        (datetime(2026, 11, 21, 16, 48, tzinfo=UTC), "hace 12 min"),
        (datetime(2026, 11, 21, 14, 0, tzinfo=UTC), "hace 3 h"),
        (datetime(2026, 11, 21, 4, 59, tzinfo=UTC), "ayer"),  # 23:59 the day before in Guayaquil
    ],
)
def test_a_date_is_said_by_its_distance(value, words):
    with clock.at(NOON):
        assert f">{words}</time>" in show.ago(value)


def test_a_chip_says_its_state_by_a_word_and_an_icon_not_by_colour_alone():
    assert 'tone-bad"' in chip("overdue")
    assert "#clock-hour-4" in chip("overdue")
    assert "Vencida</span>" in chip("overdue")
    assert "Autorizado</span>" in chip("authorized", "Autorizado")


def test_a_state_without_a_look_is_still_said_and_escaped():
    assert "&lt;b&gt;</span>" in chip("<b>")


class Filter(django_filters.FilterSet):
    search = django_filters.CharFilter(label="Buscar")
    status = django_filters.ChoiceFilter(label="Estado", choices=[("paid", "Pagada")])
    total = django_filters.NumericRangeFilter(label="Total")


Filter.base_filters["from"] = django_filters.DateFilter(label="Desde")
Filter.base_filters["to"] = django_filters.DateFilter(label="Hasta")


class NoRows:
    model = None


def _chips(query: str, hidden: set[str] = frozenset()) -> list[tuple[str, str, str]]:
    params = QueryDict(query)
    return [tuple(chip) for chip in filter_bar.chips(Filter(params, queryset=NoRows()), params, hidden)]


def test_each_filter_in_use_has_a_chip_with_the_link_without_it():
    assert _chips("status=paid&from=2026-11-01&cursor=abc") == [
        ("Estado", "Pagada", "?from=2026-11-01"),
        ("Desde", "01/11/2026", "?status=paid"),
    ]


def test_a_range_is_one_chip_that_removes_both_ends():
    assert _chips("total_min=10&total_max=1000") == [("Total", "$ 10,00 – $ 1.000,00", "?")]
    assert _chips("total_max=1000") == [("Total", "hasta $ 1.000,00", "?")]


def test_hidden_and_invalid_filters_have_no_chip():
    assert _chips("status=paid", {"status"}) == []
    assert _chips("status=nonsense") == []


def test_presets_set_whole_days_and_drop_the_cursor():
    with clock.at(NOON):
        links = {preset.label: preset.url for preset in filter_bar.presets(QueryDict("status=paid&cursor=abc"))}
    assert links["Hoy"] == "?status=paid&from=2026-11-21&to=2026-11-21"
    assert links["Esta semana"] == "?status=paid&from=2026-11-16&to=2026-11-21"
    assert links["Mes anterior"] == "?status=paid&from=2026-10-01&to=2026-10-31"


def test_choosing_the_active_preset_again_drops_it():
    with clock.at(NOON):
        chosen = filter_bar.presets(QueryDict("from=2026-11-01&to=2026-11-21"))
    assert [(preset.label, preset.url) for preset in chosen if preset.active] == [("Este mes", "?")]


def test_the_search_form_keeps_what_it_does_not_show():
    request = RequestFactory().get("/facturas/?status=paid&sort=-total&cursor=abc&search=ana")
    bar = show.filter_bar({"request": request}, Filter(request.GET, queryset=NoRows()), hide="status")
    assert bar["kept"] == [("status", "paid"), ("sort", "-total")]


def test_a_post_form_carries_its_company_and_a_key_of_its_own():
    head = Template("{% load cuadre %}{% form_head %}{% form_head %}")
    first = head.render(Context({"csrf_token": "c", "company_token": "signed"}))
    assert first.count('name="_company" value="signed"') == 2
    keys = [part.split('"')[0] for part in first.split('name="_key" value="')[1:]]
    assert len(set(keys)) == 2


class Row:
    pk, number, status, total = 7, "001-001-000000007", "paid", Decimal("10.00")

    def get_absolute_url(self) -> str:
        return "/facturas/7/"


class Rows(Table):
    number = LinkColumn()
    status = ChipColumn()
    total = MoneyColumn(orderable=True)


def test_a_row_has_one_link_and_its_label_from_the_model():
    table = Rows([Row()])
    row = table.rows[0]
    assert row.attrs["data-href"] == "/facturas/7/"
    assert row.get_cell("number") == '<a class="row-link" href="/facturas/7/">001-001-000000007</a>'
    assert "Pagada</span>" in row.get_cell("status")
    assert row.get_cell("total") == "$ 10,00"
    assert "Cancelado</span>" in Rows([Billable(pk=1, status="cancelled")]).rows[0].get_cell("status")


def test_sorting_links_keep_the_filters_and_drop_the_cursor():
    request = RequestFactory().get("/facturas/?status=paid&cursor=abc&sort=total")
    table = Rows([Row()], order_by="total", request=request)
    page = Template("{% load django_tables2 %}{% render_table table %}")
    html = page.render(RequestContext(request, {"table": table}))
    assert 'href="?status=paid&amp;sort=-total"' in html
    assert 'aria-sort="ascending"' in html


class Found(list):
    def filter(self, pk):
        return Found(row for row in self if row.pk == pk)

    def first(self):
        return self[0] if self else None

    def search(self, text):
        return Found(row for row in self if text.lower() in row.name.lower())


class Person:
    def __init__(self, pk: int, name: str) -> None:
        self.pk, self.name = pk, name

    def __str__(self) -> str:
        return self.name


ANA, ANALIA = Person(1, "Ana Paz"), Person(2, "Analía Ruiz")


class PersonForm(forms.Form):
    person = ComboboxField(lambda: Found([ANA, ANALIA]), url="/buscar/", label="Persona")


def _clean(**data: str) -> PersonForm:
    form = PersonForm(data)
    form.is_valid()
    return form


def test_a_combobox_takes_the_chosen_row_whatever_was_typed():
    assert _clean(person="2", person_text="Ana").cleaned_data["person"] is ANALIA


def test_a_combobox_without_javascript_takes_the_only_match():
    assert _clean(person_text="analía").cleaned_data["person"] is ANALIA


def test_a_combobox_offers_several_matches_to_choose_from():
    form = _clean(person_text="ana")
    assert form.errors["person"].as_data()[0].code == "several"
    assert '<input type="radio" name="person" value="1">Ana Paz' in str(form["person"])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"person": "9"}, "unknown"),
        ({"person": "1 or 1=1"}, "unknown"),
        ({"person_text": "nadie"}, "no_match"),
        ({"person_text": " "}, "required"),
    ],
)
def test_a_combobox_refuses_what_is_not_there(data, code):
    assert _clean(**data).errors["person"].as_data()[0].code == code


def test_a_combobox_shows_the_row_it_starts_with():
    html = str(PersonForm(initial={"person": 2})["person"])
    assert 'value="Analía Ruiz"' in html
    assert 'name="person" value="2"' in html


def test_an_unknown_error_is_a_validation_error():
    with pytest.raises(ValidationError):
        PersonForm.base_fields["person"].clean(("9", ""))
