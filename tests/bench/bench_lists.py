"""Lists and search over very many invoices: JSON and HTML, first page, deep page, filters; beside the SQL alone."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import connection, connections

from billing.models import Document
from companies.models import Company
from core.paging import _encode
from core.search import grams, normalize
from core.tenancy import company_context
from tests.bench.measuring import Row, Work, typical
from tests.bench.web import Person, Program
from tests.factories import make_user

TIMES = 40
JSON_BUDGET, HTML_BUDGET, SEARCH_BUDGET, WALL_BUDGET = 6.0, 15.0, 50.0, 1.15
ROWS = 30

# name → query of the address, condition and order of the SQL that finds the same rows
LISTS = {
    "first page": ("", "true", "id DESC"),
    "deep page": ("cursor={cursor}", "id < {middle}", "id DESC"),
    "one status": ("status=issued", "status = 'issued'", "id DESC"),
    "overdue": ("payment_status=overdue", "status = 'issued' AND balance > 0 AND due_date < now()", "id DESC"),
    "by amount": ("{sort}=-total", "true", "total DESC, id DESC"),
    "one month": ("from={month}-01&to={month}-28", "issue_date BETWEEN '{month}-01' AND '{month}-28'", "id DESC"),
}
# Every other filter of every list, as one would use it: only the page is measured, against the budget.
FILTERS = {
    "/facturas/": (
        "payment_status=unpaid", "payment_status=partial", "payment_status=paid", "authorization=pending",
        "authorization=authorized", "sri=pending", "sri=rejected", "customer={customer}", "min_total=500",
        "max_total=5", "status=draft", "status=paid", "status=voided", "sort=number", "sort=buyer_name",
        "sort=issue_date", "status=issued&sort=-total", "payment_status=overdue&from={month}-01", "search=R-123",
        "customer={customer}&status=issued&from={month}-01",
    ),
    "/notas-de-credito/": ("", "status=issued", "sri=rejected", "invoice={middle}", "min_total=10", "search=jativa"),
    "/empresa/sri/estado/": ("", "sri=pending", "sri=rejected", "sri=blocked", "document_type=01", "search=jativa"),
    "/pendientes/": ("status=waiting", "status=invoiced", "customer={customer}", "from={month}-01", "search=jativa"),
    "/clientes/": ("", "identification_type=04", "fiscal_status=person", "search=jativa", "sort=-name"),
    "/productos/": ("", "tax_category=general", "search=agua"),
    "/cobros/": ("", "status=confirmed", "from={month}-01", "customer={customer}", "sort=-amount", "search=jativa"),
    "/cobros/devoluciones/": ("", "status=confirmed", "search=jativa"),
    "/correos/": ("", "state=sent", "search=jativa"),
    "/tareas/": ("", "state=running"),
}  # fmt: skip
SEARCHES = {"part of a name": "jativa egas", "part of a number": "0004321", "an amount": "28.75", "nothing": "zzzyx"}


def run(company: Company) -> Iterator[Row]:
    """Milliseconds of the server, the median; the limit is the keyset's SQL alone."""
    program, person = Program(company), Person(make_user(company))
    with company_context(company.pk):
        middle = Document.objects.order_by("pk")[Document.objects.count() // 2]
        known = {
            "middle": middle.pk,
            "cursor": _encode(middle, "id", "-id", "n"),
            "month": f"{middle.issue_date:%Y-%m}",
        }
        for name, (query, condition, order) in LISTS.items():
            sql = partial(_select, company, condition.format(**known), order)
            api = f"/api/v1/invoices/?page_size={ROWS}&{query.format(**known, sort='ordering')}"
            page = f"/facturas/?{query.format(**known, sort='sort')}"
            yield from _list(name, partial(program.get, api), partial(person.get, page), sql)
        known["customer"] = middle.customer_id
        for path, queries in FILTERS.items():
            for query in queries:
                address = f"{path}?{query.format(**known)}&vista="
                (taken,) = typical(TIMES // 2, partial(person.get, address))
                budget = SEARCH_BUDGET if "search" in query else HTML_BUDGET
                yield Row(f"{path}?{query}", taken, budget, "ms", budget)
        for name, text in SEARCHES.items():
            yield _search(name, text, company, program)
        yield _wall(company)


def _list(name: str, api: Work, page: Work, sql: Work) -> Iterator[Row]:
    ours, html, limit = typical(TIMES, api, page, sql)
    yield Row(f"list, JSON, {name}", ours, limit, "ms", JSON_BUDGET)
    yield Row(f"list, HTML, {name}", html, limit, "ms", HTML_BUDGET)


def _search(name: str, text: str, company: Company, program: Program) -> Row:
    words = normalize(text).split()
    condition = " AND ".join(
        f"search_grams @> ARRAY{grams(word)}::varchar[] AND search_text LIKE '%%{word}%%'" for word in words
    )
    sql = partial(_select, company, condition, "id DESC")
    ours, limit = typical(TIMES, partial(program.get, f"/api/v1/invoices/?page_size={ROWS}&search={text}"), sql)
    return Row(f"search, {name}", ours, limit, "ms", SEARCH_BUDGET)


def _select(company: Company, condition: str, order: str, alias: str = "owner") -> list[Any]:
    """Read a page of rows past the wall, which the owner's role does not meet."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM billing_document WHERE company_id = %s AND deleted_at IS NULL AND document_type = '01'"
            f" AND {condition} ORDER BY {order} LIMIT {ROWS + 1}",
            [company.pk],
        )
        return cursor.fetchall()


def _wall(company: Company) -> Row:
    """Compare the same SQL with and without row-level security."""
    connection.ensure_connection()
    read = [partial(_select, company, "status = 'issued'", "id DESC", alias) for alias in ("default", "owner")]
    with_wall, without = typical(10 * TIMES, *read)
    return Row("row-level security", with_wall, without, "ms", WALL_BUDGET * without)
