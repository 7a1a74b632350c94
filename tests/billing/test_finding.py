"""How lists find rows: any part of a text through the index behind the wall, amounts by whole cents, months by day."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.filters import InvoiceFilterSet, NoteFilterSet
from billing.models import Customer, Document
from core import searchable
from core.paging import paginate
from core.tenancy import company_context
from tests.factories import line, make_company, make_customer, make_invoice

NAMES = ("Ferretería Játiva", "Játiva Egas Ana", "Egas & Hijos 50%_a\\b", "Muñoz Pérez José")


@pytest.fixture
def people(company):
    return {name: make_customer(name=name) for name in NAMES}


def found(text: str, most: int = searchable.FEW) -> set[str]:
    return set(Customer.objects.search(text, most).values_list("name", flat=True))


@pytest.mark.parametrize("most", [searchable.FEW, 0], ids=["by the index", "on the way"])
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("jativa", NAMES[:2]),
        ("JÁTIVA egas", NAMES[1:2]),
        ("egas ja", NAMES[1:2]),  # a word too short for the index counts too
        ("eg", NAMES[1:3]),
        ("50%_a\\b", NAMES[2:3]),
        ("50%a", ()),  # what a pattern would read as anything
        ("50__a", ()),
        ("zzzyx", ()),
        ("", NAMES),
    ],
)
def test_rows_are_found_alike_whether_few_or_many_have_it(people, text, names, most):
    assert found(text, most) >= set(names)
    assert found(text, most) & set(NAMES) == set(names)


def test_what_few_rows_have_is_asked_of_the_index_and_named_one_by_one(people):
    with CaptureQueriesContext(connection) as asked:
        assert found("munoz") == {NAMES[3]}
    first, second = (query["sql"] for query in asked)
    assert "app_find" in first
    assert "= ANY" in second


def test_the_index_finds_nothing_of_another_company(people):
    other = make_company(ruc="1790016919001")
    ask = "SELECT app_find('billing_customer', '{jat,ati}', '{%%jati%%}', 10)"
    with connection.cursor() as cursor:
        cursor.execute(ask)
        assert len(cursor.fetchall()) == 2
    with company_context(other.pk), connection.cursor() as cursor:
        cursor.execute(ask)
        assert cursor.fetchall() == []
        assert not Customer.objects.search("jativa").exists()


@pytest.mark.parametrize(
    ("low", "high", "totals"),
    [
        ("11.50", None, ["11.50", "23.00"]),
        ("11.51", None, ["23.00"]),
        (None, "11.50", ["1.15", "11.50"]),
        ("11.50", "11.50", ["11.50"]),
        ("1.1501", "11.4999", []),
        ("999999999999", None, []),
        (None, "999999999999", ["1.15", "11.50", "23.00"]),
    ],
)
def test_amounts_are_bounded_by_whole_cents(company, low, high, totals):
    for price in ("1.00", "10.00", "20.00"):
        make_invoice(line(price))
    asked = {name: bound for name, bound in (("min_total", low), ("max_total", high)) if bound}
    rows = InvoiceFilterSet(asked, queryset=Document.objects.invoices()).qs
    assert sorted(str(total) for total in rows.values_list("total", flat=True)) == sorted(totals)


def test_pages_by_amount_go_on_where_the_last_one_ended(company):
    for price in ("3.00", "1.00", "2.00", "2.00", "5.00"):
        make_invoice(line(price))
    rows, totals, cursor = Document.objects.invoices(), [], None
    while True:
        page = paginate(rows, "-total", cursor, 2)
        totals += [row.total for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert totals == [Decimal(total) for total in ("5.75", "3.45", "2.30", "2.30", "1.15")]


def test_the_cents_follow_the_amount(company):
    assert make_invoice(line("12.34")).total == Decimal("14.19")
    assert list(Document.objects.values_list("total_cents", flat=True)) == [1419]


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ({}, ""),
        ({"status": "issued"}, ""),
        ({"from": "2026-01-01"}, "-issue_date"),
        ({"to": "2026-01-31", "status": "paid"}, "-issue_date"),
        ({"payment_status": "overdue"}, "due_date"),
        ({"payment_status": "overdue", "from": "2026-01-01"}, "-issue_date"),
        ({"from": ""}, ""),
    ],
)
def test_what_is_asked_for_comes_in_the_order_it_lies_in(asked, order):
    assert InvoiceFilterSet.ordering_for(asked) == order
    assert NoteFilterSet.ordering_for(asked) == ("" if order == "due_date" else order)


def test_a_list_of_a_month_comes_by_its_days_and_says_so(company, as_role):
    make_invoice(line("1.00"))
    page = as_role("owner").get("/facturas/?from=2020-01-01&vista=").content.decode()
    assert page.count("aria-sort") == page.count('aria-sort="descending"') == 1
    sorted_by_name = as_role("owner").get("/facturas/?from=2020-01-01&sort=buyer_name").content.decode()
    assert 'aria-sort="ascending"' in sorted_by_name
