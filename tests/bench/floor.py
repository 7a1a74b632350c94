"""The limits: what PostgreSQL takes for the rows alone, without a rule, an object or a log around them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction
from psycopg.types.json import Jsonb

from billing.models import Document

# The tables of one issued invoice, and the column that names the document.
PARTS = {
    "billing_document": "id",
    "billing_documentline": "document_id",
    "billing_documenttax": "document_id",
    "billing_documentpayment": "document_id",
    "audit_auditentry": "document_id",
}


class BareInvoice:
    """Writes the rows of an invoice again and again, with a number from a counter row, in one transaction each.

    The tables are empty twins of the real ones: the same columns and indexes, no triggers, no keys to other tables.
    """

    def __init__(self, document: Document) -> None:
        self.inserts = [self._insert_of(table, column, document.pk) for table, column in PARTS.items()]

    def write(self) -> None:
        """Write the rows of one."""
        with transaction.atomic(), connection.cursor() as cursor:
            for statement, rows in self.inserts:
                cursor.executemany(statement, rows)
            cursor.execute("UPDATE floor_counter SET last_number = last_number + 1 RETURNING last_number")

    def log(self) -> None:
        """Write one entry of the log alone."""
        statement, rows = self.inserts[-1]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, rows[0])

    @staticmethod
    def _insert_of(table: str, column: str, document_id: int) -> tuple[str, list[list[Any]]]:
        with connections["owner"].cursor() as owner:
            owner.execute(f"SELECT * FROM {table} WHERE {column} = %s", [document_id])
            names = [each.name for each in owner.description]
            rows = [dict(zip(names, row, strict=True)) for row in owner.fetchall()]
        names.remove("id")
        listed = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join(["%s"] * len(names))
        return f"INSERT INTO floor_{table} ({listed}) VALUES ({marks})", [
            [_adapted(name, row[name]) for name in names] for row in rows
        ]


def _adapted(name: str, value: Any) -> Any:
    return (
        value
        if value is None or name not in ("issuer", "additional_info", "before", "after", "public")
        else Jsonb(value)
    )


@contextmanager
def twins() -> Iterator[None]:
    """Make the empty twins, and drop them."""
    with connections["owner"].cursor() as owner:
        owner.execute("CREATE TABLE floor_counter AS SELECT 0 AS last_number")
        for table in PARTS:
            owner.execute(f"CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL)")
            _drop_unique(owner, f"floor_{table}")
    yield
    with connections["owner"].cursor() as owner:
        for table in [*PARTS, "counter"]:
            owner.execute(f"DROP TABLE floor_{table}")


def _drop_unique(owner: Any, table: str) -> None:
    """Let the same number be written twice; the primary key stays."""
    owner.execute(
        "SELECT indexrelid::regclass::text, conname FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid"
        " WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
        [table],
    )
    for index, constraint in owner.fetchall():
        owner.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"' if constraint else f"DROP INDEX {index}")
