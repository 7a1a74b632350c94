"""Discounts above what the company lets everybody give: only some people may, and it is kept who did.

The limit is a percentage of what lines come to before discounts. What a billable brings was agreed where it was sold,
so only typed lines and the document's own discount are looked at. A draft saved by somebody who may give any discount
may be issued by anybody: saving it was the approval, and the document says whose.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from billing.drafts import Composition
from billing.models import Document, DocumentLine
from companies.models import Company
from core.actor import Actor
from core.errors import FieldError, RuleRefused
from core.money import ZERO, cents, format_money, format_number

ANY = "billing.discount_any"


class _Line(NamedTuple):
    """What a line comes to and how much of it is taken off, in USD; `place` counts the typed lines from zero."""

    gross: Decimal
    discount: Decimal
    share: Decimal
    place: int | None


def approve(composition: Composition, company: Company, *, actor: Actor) -> str:
    """Refuse a discount above the limit to who may not give it; return who approves it, "" where nothing needs it.

    Raises:
        RuleRefused: `discount_above_limit`, naming the limit and the line.
    """
    refusal = _above(_composed(composition), company)
    if refusal is None:
        return ""
    if not actor.may(ANY):
        raise refusal
    return actor.label


def check(document: Document, lines: list[DocumentLine], company: Company, *, actor: Actor) -> None:
    """Refuse to issue a draft whose discounts are above the limit now, unless its saving or its issuing approves them.

    Raises:
        RuleRefused: `discount_above_limit`.
    """
    refusal = _above(_stored(lines), company)
    if refusal and not document.discount_approved_by and not actor.may(ANY):
        raise refusal


def warned(composition: Composition, company: Company, *, actor: Actor) -> Composition:
    """Return the composition with a warning where its discounts are above the limit."""
    refusal = _above(_composed(composition), company)
    if refusal is None:
        return composition
    added = _("Al guardarlo, queda constancia de que usted lo autoriza.")
    if not actor.may(ANY):
        added = _("No podrá guardarlo: pida que lo guarde quien puede autorizarlo.")
    return replace(composition, warnings=(*composition.warnings, f"{refusal.message} {added}"))


def _composed(composition: Composition) -> list[_Line]:
    pairs = list(zip(composition.lines, composition.totals.lines, strict=True))
    places = iter(range(len(pairs)))
    return [
        _Line(row.gross, row.discount, row.document_discount_share, None if line.billable_id else next(places))
        for line, row in pairs
    ]


def _stored(lines: list[DocumentLine]) -> list[_Line]:
    places = iter(range(len(lines)))
    return [
        _Line(row.gross, row.discount, row.document_discount_share, None if row.billable_id else next(places))
        for row in lines
    ]


def _above(lines: list[_Line], company: Company) -> RuleRefused | None:
    limit = company.discount_limit
    if limit is None:
        return None
    return next(_line_faults(lines, limit), None) or _document_fault(lines, limit)


def _line_faults(lines: list[_Line], limit: Decimal) -> Iterator[RuleRefused]:
    for line in lines:
        most = _most(line, limit)
        if line.place is not None and line.discount > most:
            message = _(
                "Línea %(line)d: el descuento de %(given)s pasa el máximo de %(limit)s %%, que aquí son %(most)s."
            ) % {"line": line.place + 1, "most": format_money(most), **_said(line.discount, limit)}
            yield _refused(f"lines.{line.place}.discount", message)


def _document_fault(lines: list[_Line], limit: Decimal) -> RuleRefused | None:
    """Return what is wrong with the document's discount, seen together with those of the typed lines."""
    shared = sum((line.share for line in lines), ZERO)
    given = shared + sum((line.discount for line in lines if line.place is not None), ZERO)
    most = sum((_most(line, limit) for line in lines), ZERO)  # line by line, as a percentage is rounded on each
    if not shared or given <= max(most, cents(sum((line.gross for line in lines), ZERO) * limit / 100)):
        return None
    message = _(
        "Los descuentos suman %(given)s y pasan el máximo de %(limit)s %%, que en este documento son %(most)s."
    ) % {"most": format_money(most), **_said(given, limit)}
    return _refused("document_discount", message)


def _most(line: _Line, limit: Decimal) -> Decimal:
    return cents(line.gross * limit / 100)


def _said(given: Decimal, limit: Decimal) -> dict[str, str]:
    return {"given": format_money(given), "limit": format_number(limit)}


def _refused(field: str, message: str) -> RuleRefused:
    code = "discount_above_limit"
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])
