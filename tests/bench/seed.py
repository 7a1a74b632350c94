"""A company with very many invoices, made in seconds, that keeps every law.

A few hundred invoices are issued, paid and voided by the workflow on one day: the pattern. The database then copies
their rows, each copy with ids, numbers and dates of its own, and other customers; the log's chain is continued over the
copies. What copies one row copies all that point at it: the same stride is added to every id of the pattern.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import cycle, islice
from random import Random

from django.db import connections
from django_q.models import OrmQ

from billing import workflow
from billing.drafts import DraftLine
from billing.models import Customer, DocumentFile
from companies.models import Company
from core import clock
from core.search import normalize
from core.tenancy import company_context
from demo import people
from tests.factories import SYSTEM, line, make_company, make_draft, make_invoice, pay

PATTERN = 200  # invoices
CUSTOMERS = 2_000
YEARS = 2

# Table → what a copy changes: column → SQL over the row `t` and the number `k` of the copy.
MOVED_ID, MOVED_DOCUMENT = "t.id + k * {stride}", "t.document_id + k * {stride}"
MOVED_DAY, MOVED_MOMENT = "t.{0} + k * {{days}} / {{copies}}", "t.{0} + (k * {{days}} / {{copies}}) * interval '1 day'"
NUMBER = "coalesce(left(t.number, 8) || lpad((t.sequential + k * {issued})::text, 9, '0'), '')"
CUSTOMER = "{first} + (t.customer_id - {first} + k * 37) % {customers}"
COPIED: dict[str, dict[str, str]] = {
    "billing_document": {
        "id": MOVED_ID,
        "sequential": "t.sequential + k * {issued}",
        "number": NUMBER,
        "issue_date": MOVED_DAY.format("issue_date"),
        "due_date": MOVED_DAY.format("due_date"),
        "issued_at": MOVED_MOMENT.format("issued_at"),
        "voided_at": MOVED_MOMENT.format("voided_at"),
        "created_at": MOVED_MOMENT.format("created_at"),
        "customer_id": CUSTOMER,
        "buyer_name": "c.name",
        "buyer_identification": "c.identification",
        "buyer_identification_type": "c.identification_type",
        "search_text": "s.text",
        "search_grams": "seed_grams(s.text)",
    },
    "billing_documentline": {"document_id": MOVED_DOCUMENT},
    "billing_documenttax": {"document_id": MOVED_DOCUMENT},
    "billing_documentpayment": {"document_id": MOVED_DOCUMENT},
    "billing_numbergap": {"document_id": MOVED_DOCUMENT, "sequential": "t.sequential + k * {issued}"},
    "payments_receipt": {
        "id": MOVED_ID,
        "sequential": "t.sequential + k * {receipts}",
        "customer_id": CUSTOMER,
        "received_on": MOVED_DAY.format("received_on"),
        "created_at": MOVED_MOMENT.format("created_at"),
    },
    "payments_payment": {
        "id": MOVED_ID,
        "receipt_id": "t.receipt_id + k * {stride}",
        "customer_id": CUSTOMER,
        "paid_on": MOVED_DAY.format("paid_on"),
        "created_at": MOVED_MOMENT.format("created_at"),
    },
    "billing_settlement": {"document_id": MOVED_DOCUMENT, "payment_id": "t.payment_id + k * {stride}"},
    "billing_customercredit": {
        "document_id": MOVED_DOCUMENT,
        "payment_id": "t.payment_id + k * {stride}",
        "customer_id": CUSTOMER,
    },
    "audit_auditentry": {
        "at": MOVED_MOMENT.format("at"),
        "document_id": MOVED_DOCUMENT,
        "object_id": "CASE WHEN t.object_type IN ('billing.document', 'payments.payment', 'payments.receipt')"
        " THEN t.object_id + k * {stride} ELSE t.object_id END",
    },
}
# What a document is found by: its number, its buyer, its amount.
DOCUMENT_TEXTS = f"""
    JOIN billing_customer c ON c.id = {CUSTOMER}
    JOIN seed_customer n ON n.id = c.id,
    LATERAL (SELECT concat_ws(' ', nullif({NUMBER}, ''), n.plain, lower(c.identification), t.total::text) AS text) s
"""
GRAMS = """
CREATE FUNCTION seed_grams(plain text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(gram ORDER BY gram), '{}') FROM (
        SELECT DISTINCT substr(plain, i, 3) COLLATE "C" AS gram FROM generate_series(1, length(plain) - 2) i) grams
$$
"""
DAY_SUMS = """
DELETE FROM billing_daysum WHERE company_id = {company};
INSERT INTO billing_daysum (company_id, kind, day, count, amount)
SELECT company_id, 'invoiced', issue_date, count(*), sum(total) FROM billing_document
WHERE company_id = {company} AND document_type IN ('01', '02') AND status IN ('issued', 'paid') GROUP BY 1, 2, 3
UNION ALL SELECT company_id, 'owed', due_date, count(*), sum(balance) FROM billing_document
WHERE company_id = {company} AND document_type IN ('01', '02') AND status = 'issued' GROUP BY 1, 2, 3
UNION ALL SELECT company_id, 'collected', paid_on, count(*), sum(amount) FROM payments_payment
WHERE company_id = {company} AND status = 'confirmed' GROUP BY 1, 2, 3
"""
SEAL = """
DO $$
DECLARE
    entry audit_auditentry; head audit_audithead;
BEGIN
    SELECT * INTO head FROM audit_audithead WHERE company_id = {company};
    FOR entry IN SELECT e.* FROM audit_auditentry e LEFT JOIN audit_auditseal s ON s.entry_id = e.id
                 WHERE e.company_id = {company} AND s.id IS NULL ORDER BY e.id LOOP
        head.position := head.position + 1;
        head.hash := audit_digest(head.hash, entry);
        INSERT INTO audit_auditseal (company_id, position, entry_id, hash)
            VALUES ({company}, head.position, entry.id, head.hash);
    END LOOP;
    UPDATE audit_audithead SET position = head.position, hash = head.hash WHERE company_id = {company};
END $$
"""


def seed(invoices: int) -> Company:
    """Make a company with so many invoices (a multiple of PATTERN), spread over two years until today."""
    company = make_company(trade_name="La Grande")
    with company_context(company.pk):
        first = _make_customers()
        issued = _make_pattern(first)
        DocumentFile.objects.all().delete()
        OrmQ.objects.all().delete()
    multiply(company, invoices // PATTERN - 1, first, issued, customers=CUSTOMERS, days=YEARS * 365)
    return company


def _make_customers() -> int:
    """Make the customers and return the first one's id; the others' follow it."""
    persons = people.persons(Random(7), CUSTOMERS)
    rows = [Customer(**person.values(), created_at=clock.now()) for person in persons]
    return min(row.pk for row in Customer.objects.bulk_create(rows))


def _make_pattern(first: int) -> int:
    """Make the pattern on the first day: paid, part-paid, open and voided invoices and a few drafts; return how many
    have a number."""
    day = clock.today() - timedelta(days=YEARS * 365)
    with clock.at(datetime.combine(day, time(10), tzinfo=clock.zone())):
        for number, kind in enumerate(islice(cycle("ppppippipv"), PATTERN - 2)):
            _make(kind, first + number, number)
        for number in range(2):
            make_draft(*_lines(number), customer_id=first + PATTERN + number)
    return PATTERN - 2


def _make(kind: str, customer_id: int, number: int) -> None:
    invoice = make_invoice(*_lines(number), customer_id=customer_id)
    if kind == "p":
        pay(invoice, str(invoice.total if number % 3 else (invoice.total / 2).quantize(Decimal("0.01"))))
    elif kind == "v":
        workflow.void(invoice.pk, reason="Datos equivocados", actor=SYSTEM)


def _lines(number: int) -> list[DraftLine]:
    return [line(f"{10 + (number * 7 + position * 13) % 90}.{number % 10}0") for position in range(1 + number % 3)]


def multiply(company: Company, copies: int, first: int, issued: int, *, customers: int = 1, days: int = 0) -> None:
    """Copy all that a company has invoiced and received so many times, in bulk.

    Args:
        first: the first customer's id; the copies go to the `customers` of consecutive ids from it.
        issued: how many invoices with a number there are.
        days: over how many days from theirs the copies are spread.
    """
    with connections["owner"].cursor() as owner, _bare(owner):
        owner.execute(
            "SELECT max(id) FROM billing_document UNION ALL SELECT max(id) FROM payments_payment"
            " UNION ALL SELECT max(id) FROM payments_receipt"
        )
        stride = max(value or 0 for (value,) in owner.fetchall()) + 1
        owner.execute("SELECT last_number FROM payments_counter WHERE company_id = %s", [company.pk])
        values = {
            "stride": stride, "copies": copies, "issued": issued, "receipts": owner.fetchone()[0], "first": first,
            "customers": customers, "days": days, "company": company.pk,
        }  # fmt: skip
        _note_plain_names(owner, company)
        owner.execute(GRAMS)
        for table, changed in COPIED.items():
            owner.execute(_copy(owner, table, changed).format(**values))
            _move_sequence(owner, table)
        owner.execute("DROP FUNCTION seed_grams(text); DROP TABLE seed_customer")
        owner.execute(DAY_SUMS.format(**values))
        owner.execute(
            "UPDATE billing_series SET last_number = last_number + %(copies)s * %(issued)s,"
            " last_issue_date = (SELECT max(issue_date) FROM billing_document d WHERE d.series_id = billing_series.id"
            " AND d.sequential IS NOT NULL) WHERE company_id = %(company)s",
            values,
        )
        owner.execute(
            "UPDATE payments_counter SET last_number = last_number + %(copies)s * %(receipts)s"
            " WHERE company_id = %(company)s",
            values,
        )
        owner.execute(SEAL.format(**values))
    with connections["owner"].cursor() as owner:
        owner.execute("VACUUM ANALYZE")


@contextmanager
def _bare(owner) -> Iterator[None]:
    """Take down the triggers that follow one row at a time; the constraints stay."""
    for table in [*COPIED, "billing_series", "payments_counter"]:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in [*COPIED, "billing_series", "payments_counter"]:
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _note_plain_names(owner, company: Company) -> None:
    with company_context(company.pk):
        names = [(row.pk, normalize(row.name)) for row in Customer.objects.only("name")]
    owner.execute("CREATE TABLE seed_customer (id bigint PRIMARY KEY, plain text)")
    owner.executemany("INSERT INTO seed_customer VALUES (%s, %s)", names)


def _copy(owner, table: str, changed: dict[str, str]) -> str:
    """Write the statement that copies a table's rows of the pattern, in the order of the copies."""
    owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", [table]
    )
    columns = [name for (name,) in owner.fetchall() if name != "id" or "id" in changed]
    selected = ", ".join(changed.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    texts = DOCUMENT_TEXTS if table == "billing_document" else ""
    return (
        f"INSERT INTO {table} ({names}) SELECT {selected} FROM generate_series(1, {{copies}}) k CROSS JOIN {table} t"
        f"{texts} WHERE t.company_id = {{company}} ORDER BY k, t.id"
    )


def _move_sequence(owner, table: str) -> None:
    owner.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
