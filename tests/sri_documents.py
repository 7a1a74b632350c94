"""Electronic documents for tests: one of each that is right, and strategies for any that are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from core.money import cents, spread
from sri import access_key
from sri.catalogs import payment_forms
from sri.documents import (
    RIMPE_LEGEND,
    RIMPE_POPULAR_LEGEND,
    Buyer,
    CreditNote,
    Document,
    Heading,
    Invoice,
    Issuer,
    Line,
    LineTax,
    Modified,
    Pair,
    Payment,
    TotalTax,
)

RUC = "1790011674001"
TODAY = date(2026, 11, 21)

IVA_RATES = [("4", "15"), ("5", "5"), ("8", "8"), ("0", "0"), ("6", "0"), ("7", "0")]
ICE_RATES = [("3072", "75"), ("3610", "20.5")]

LINE = Line(
    "CANCHA-1",
    "Alquiler de cancha, una hora",
    Decimal("2.000000"),
    Decimal("50.000000"),
    Decimal("10.00"),
    Decimal("90.00"),
    (LineTax("2", "4", Decimal("15.00"), Decimal("90.00"), Decimal("13.50")),),
)
WATER = Line(
    "AGUA",
    "Botella de agua",
    Decimal("1.000000"),
    Decimal("1.500000"),
    Decimal("0.00"),
    Decimal("1.50"),
    (LineTax("2", "0", Decimal("0.00"), Decimal("1.50"), Decimal("0.00")),),
)
TAXES = (
    TotalTax("2", "4", Decimal("15.00"), Decimal("90.00"), Decimal("13.50")),
    TotalTax("2", "0", Decimal("0.00"), Decimal("1.50"), Decimal("0.00")),
)
ISSUER = Issuer(
    environment="1", ruc=RUC, legal_name="CLUB DEPORTIVO S.A.", head_office="Av. Amazonas N1-23", keeps_accounts=True
)
BUYER = Buyer("05", "1710034065", "María Ñáñez", "Calle Sucre 5")


def heading(document_type: str, issuer: Issuer = ISSUER, issue_date: date = TODAY, sequential: int = 123) -> Heading:
    """A heading whose key agrees with it."""
    key = access_key.build(
        issue_date, document_type, issuer.ruc, issuer.environment, "001", "002", sequential, "31415926"
    )
    return Heading(key, "001", "002", sequential, issue_date)


def an_invoice(**changes: Any) -> Invoice:
    """Two lines, 15 % and 0 %: 91.50 + 13.50."""
    invoice = Invoice(
        heading("01"),
        ISSUER,
        BUYER,
        (LINE, WATER),
        TAXES,
        Decimal("91.50"),
        Decimal("10.00"),
        Decimal("105.00"),
        (Payment("01", Decimal("5.00")), Payment("20", Decimal("100.00"), 30)),
        additional=(("Correo", "maria@example.com"),),
    )
    return replace(invoice, **changes)


def a_credit_note(**changes: Any) -> CreditNote:
    """All of `an_invoice`, taken back."""
    note = CreditNote(
        heading("04"),
        ISSUER,
        replace(BUYER, address=""),
        Modified("01", "001-002-000000122", date(2026, 11, 20)),
        "Devolución",
        (LINE, WATER),
        TAXES,
        Decimal("91.50"),
        Decimal("105.00"),
        additional=(("Correo", "maria@example.com"),),
    )
    return replace(note, **changes)


def change(document: Any, path: str, value: Any) -> Any:
    """The document with another value at a path such as ``lines[1].taxes[0].base`` or ``additional[0][1]``."""
    first, _, rest = path.replace("[", ".").replace("]", "").partition(".")
    if isinstance(document, tuple):
        place = int(first)
        new = change(document[place], rest, value) if rest else value
        return (*document[:place], new, *document[place + 1 :])
    new = change(getattr(document, first), rest, value) if rest else value
    return replace(document, **{first: new})


# Any document that is right

letters = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")


def texts(most: int, least: int = 1) -> st.SearchStrategy[str]:
    """One line of any characters, often markup."""
    hostile = st.sampled_from(["&", "<b>", "]]>", "&amp;", '"', "'", "🏀", " ", "Ñandú <&> «x»"])
    return st.one_of(st.text(letters, min_size=least, max_size=most), hostile.filter(lambda text: len(text) <= most))


def pairs(most: int) -> st.SearchStrategy[tuple[Pair, ...]]:
    names = texts(300).filter(lambda name: "proveedor" not in name.casefold())
    return st.lists(st.tuples(names, texts(300)), max_size=most).map(tuple)


def maybe(texts_of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | texts_of


def decimals(least: str, most: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(least, most, places=places)


issuers = st.builds(
    Issuer,
    environment=st.sampled_from("12"),
    ruc=st.from_regex(r"[0-9]{10}001", fullmatch=True),
    legal_name=texts(300),
    head_office=texts(300),
    keeps_accounts=st.booleans(),
    trade_name=maybe(texts(300)),
    branch=maybe(texts(300)),
    special_taxpayer=maybe(st.from_regex(r"[A-Za-z0-9]{3,13}", fullmatch=True)),
    withholding_agent=maybe(st.from_regex(r"[1-9][0-9]{0,7}", fullmatch=True)),
    rimpe=st.sampled_from(["", RIMPE_LEGEND, RIMPE_POPULAR_LEGEND]),
)


@st.composite
def buyers(draw: st.DrawFn, *, note: bool) -> Buyer:
    kind = draw(st.sampled_from(["04", "05", "06", "08"] if note else ["04", "05", "06", "07", "08"]))
    number = {
        "04": st.from_regex(r"[0-9]{10}001", fullmatch=True),
        "05": st.from_regex(r"[0-9]{10}", fullmatch=True),
        "07": st.just("9999999999999"),
    }.get(kind, st.from_regex(r"[A-Z0-9-]{1,20}", fullmatch=True))
    return Buyer(kind, draw(number), draw(texts(300)), "" if note else draw(maybe(texts(300))))


@st.composite
def lines(draw: st.DrawFn, *, note: bool) -> Line:
    """A line whose IVA is still to be worked out; ICE and IRBPNR stand."""
    quantity, price = draw(decimals("0.000001", "9999", 6)), draw(decimals("0", "9999", 6))
    gross = cents(quantity * price)
    discount = draw(st.integers(0, int(gross * 100)).map(lambda value: Decimal(value) / 100))
    total = gross - discount
    taxes: list[LineTax] = []
    if draw(st.integers(0, 3)) == 0:
        code, rate = draw(st.sampled_from(ICE_RATES))
        taxes.append(LineTax("3", code, Decimal(rate), total, draw(decimals("0", "999", 2))))
    if draw(st.integers(0, 3)) == 0:
        taxes.append(LineTax("5", "5001", Decimal("0.02"), total, draw(decimals("0", "9", 2))))
    code, rate = draw(st.sampled_from(IVA_RATES))
    base = total + sum((tax.amount for tax in taxes if tax.code == "3"), Decimal(0))
    taxes.append(LineTax("2", code, Decimal(rate), base, Decimal(0)))
    return Line(
        draw(maybe(texts(25))),
        draw(texts(300)),
        quantity,
        price,
        discount,
        total,
        tuple(taxes),
        draw(maybe(texts(25))),
        "" if note else draw(maybe(texts(50))),
        draw(pairs(3)),
    )


def taxed(drawn: list[Line]) -> tuple[tuple[Line, ...], tuple[TotalTax, ...]]:
    """The lines with their IVA, spread from each rate's, and the totals by rate."""
    groups: dict[tuple[str, str, Decimal], list[tuple[int, int]]] = defaultdict(list)
    for row, line in enumerate(drawn):
        for column, tax in enumerate(line.taxes):
            groups[tax.code, tax.rate_code, tax.rate].append((row, column))
    totals = []
    found = [list(line.taxes) for line in drawn]
    for (code, rate_code, rate), places in groups.items():
        taxes = [found[row][column] for row, column in places]
        base = sum((tax.base for tax in taxes), Decimal(0))
        if code == "2":
            for (row, column), share in zip(
                places, spread(cents(base * rate / 100), [t.base for t in taxes]), strict=True
            ):
                found[row][column] = replace(found[row][column], amount=share)
        amount = sum((found[row][column].amount for row, column in places), Decimal(0))
        totals.append(TotalTax(code, rate_code, rate, base, amount))
    return tuple(replace(line, taxes=tuple(own)) for line, own in zip(drawn, found, strict=True)), tuple(totals)


@st.composite
def payments(draw: st.DrawFn, total: Decimal, on: date) -> tuple[Payment, ...]:
    methods = [form.code for form in payment_forms(on)]
    shares = spread(total, draw(st.lists(st.integers(0, 9).map(Decimal), min_size=1, max_size=4)))
    return tuple(Payment(draw(st.sampled_from(methods)), share, draw(st.sampled_from([0, 1, 30]))) for share in shares)


days = st.dates(date(2016, 6, 1), date(2099, 12, 31))
numbers = st.integers(1, 999_999_999)


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    issuer, on = draw(issuers), draw(days)
    rows, taxes = taxed(draw(st.lists(lines(note=False), min_size=1, max_size=4)))
    subtotal = sum((line.total for line in rows), Decimal(0))
    tip = draw(st.integers(0, int(subtotal * 10)).map(lambda value: Decimal(value) / 100))
    total = subtotal + sum((tax.amount for tax in taxes), Decimal(0)) + tip
    return Invoice(
        heading("01", issuer, on, draw(numbers)),
        issuer,
        draw(buyers(note=False)),
        rows,
        taxes,
        subtotal,
        sum((line.discount for line in rows), Decimal(0)),
        total,
        draw(payments(total, on)),
        tip,
        draw(maybe(st.from_regex(r"[0-9]{3}-[0-9]{3}-[0-9]{9}", fullmatch=True))),
        draw(pairs(13)),
    )


@st.composite
def credit_notes(draw: st.DrawFn) -> CreditNote:
    issuer, on = draw(issuers), draw(days)
    rows, taxes = taxed(draw(st.lists(lines(note=True), min_size=1, max_size=4)))
    subtotal = sum((line.total for line in rows), Decimal(0))
    return CreditNote(
        heading("04", issuer, on, draw(numbers)),
        issuer,
        draw(buyers(note=True)),
        Modified(
            "01",
            draw(st.from_regex(r"[0-9]{3}-[0-9]{3}-[0-9]{9}", fullmatch=True)),
            draw(st.dates(date(2010, 1, 1), on)),
        ),
        draw(texts(300)),
        rows,
        taxes,
        subtotal,
        subtotal + sum((tax.amount for tax in taxes), Decimal(0)),
        draw(pairs(13)),
    )


documents: st.SearchStrategy[Document] = st.one_of(invoices(), credit_notes())
