"""Compares what two doors did: the rows each left behind, told apart from nothing but how they were asked."""

import re
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey

from tests.world import Rows

Names = dict[str, dict[int, str]]

# How it was asked.
OF_THE_DOOR = {"address", "correlation_id", "door", "request_id"}
# What is drawn by lot.
BY_LOT = {
    "feed_token",
    "feed_token_hash",
    "message_id",
    "next_attempt_at",
    "path",
    "prefix",
    "sealed_p12",
    "sealed_password",
    "sealed_token",
    "secret_hash",
    "token_hash",
}
# Words for models, in entries and sources.
ALIASES = {
    "invoice": "document",
    "invoice_id": "document",
    "credit_note_id": "document",
    "method": "paymentmethod",
    "offered_as": "billable",
}
TEXTS = {"key", "object_label"}  # which may say the id of a row
SECRET = re.compile(r"cdr_(test|live)_[\w-]+")
FIGURE = re.compile(r"-?\d+\.\d+")
# Columns that hold the id of a row without a foreign key.
POINTERS = {
    "document_id": "billing_document",
    "payment_id": "payments_payment",
    "refund_id": "payments_refund",
}
OBJECTS = {"object_id": "object_type", "source_id": "source_type"}


def effect(before: Rows, after: Rows) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that are new or changed, by table; the id of a new row is its order in its table."""
    new = {table: _names(table, before[table], now) for table, now in after.items()}
    told = {}
    for table, now in after.items():
        rows = [_told(table, row, new) for pk, row in now.items() if before[table].get(pk) != row]
        if rows:
            told[table] = rows
    return told


def _names(table: str, was: Mapping[int, Any], now: Mapping[int, Any]) -> dict[int, str]:
    return {pk: f"{table}#{order}" for order, pk in enumerate(sorted(now.keys() - was.keys()))}


def _told(table: str, row: Mapping[str, Any], new: Names) -> dict[str, Any]:
    targets = _targets(table) | POINTERS
    told: dict[str, Any] = {}
    for column, value in row.items():
        if value is None or column in BY_LOT or (table == "audit_auditentry" and column in OF_THE_DOOR):
            continue
        if column == "id":
            value = new[table].get(value, value)
        elif column in targets:
            value = new.get(targets[column], {}).get(value, value)
        elif OBJECTS.get(column) in row:
            value = _name(row[OBJECTS[column]], value, new)
        elif column in TEXTS:
            value = _label(row, value, new)
        elif isinstance(value, dict | list):
            value = _inside(column, value, new)
        told[column] = value
    return told


def _targets(table: str) -> dict[str, str]:
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    return {
        field.column: field.related_model._meta.db_table  # type: ignore[union-attr]
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey)
    }


def _table_of(kind: str) -> str:
    """Return the table of what the label of a model, its name or another word for it stands for."""
    name = ALIASES.get(kind, kind).rpartition(".")[2].removesuffix("_id").replace("_", "")
    found = [model._meta.db_table for model in apps.get_models() if model._meta.model_name == name]
    return found[0] if found else ""


def _name(kind: str, pk: Any, new: Names) -> Any:
    return new.get(_table_of(kind), {}).get(pk, pk)


def _label(row: Mapping[str, Any], text: str, new: Names) -> str:
    """Name the row a text is about, where it says its id."""
    kind, pk = next((row[kind], row[column]) for column, kind in OBJECTS.items() if column in row)
    return re.sub(rf"(?<![\d.,/]){pk}(?![\d.,/])", str(_name(kind, pk, new)), SECRET.sub("…", text))


def _inside(key: str, value: Any, new: Names) -> Any:
    """Name the new rows in a JSON value, and write its figures in one way."""
    if isinstance(value, dict):
        return {inner: _inside(inner, each, new) for inner, each in value.items() if inner not in BY_LOT}
    if isinstance(value, list):
        return [_inside(key, each, new) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return _name(key, value, new)
    return value.rstrip("0").rstrip(".") if isinstance(value, str) and FIGURE.fullmatch(value) else value
