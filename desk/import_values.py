"""What stands in the cells of a file, as people and their spreadsheets write it: one reader for each sort of value.

Each takes the text of a cell that is not blank and returns the value, or says what is wrong with it and what to do.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from core import clock
from core.money import AmbiguousAmount, InvalidAmount, cents, parse_amount
from core.search import normalize

_SCIENTIFIC: Final = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")
_EXCEL_ERRORS: Final = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#¡REF!", "#¡VALOR!"}
_YES, _NO = {"si", "s", "x", "1", "true", "verdadero", "yes"}, {"no", "n", "0", "false", "falso"}
_DAYS: Final = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S")


class BadCell(ValueError):
    """A cell cannot be taken: a stable code, and a sentence that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def text(cell: str) -> str:
    """Return a text.

    Raises:
        BadCell: `cell_error`: the spreadsheet itself shows an error there.
    """
    if cell.upper() in _EXCEL_ERRORS:
        raise BadCell("cell_error", _("La celda tiene un error de la hoja de cálculo: «%(cell)s».") % {"cell": cell})
    return cell


def code_of(cell: str) -> str:
    """Return a number that names something (identification, code, reference): its digits count, not its size.

    Raises:
        BadCell: `scientific_notation`: the spreadsheet wrote 1.71E+09 and the digits are lost.
    """
    if _SCIENTIFIC.fullmatch(cell):
        raise BadCell(
            "scientific_notation",
            _(
                "La hoja de cálculo convirtió el número en «%(cell)s» y se perdieron cifras: dé a la columna el formato"
                " «Texto», escriba el número de nuevo y vuelva a traer el archivo."
            )
            % {"cell": cell},
        )
    return text(cell)


def amount(cell: str) -> Decimal:
    """Return an amount in USD, with cents at most.

    Raises:
        BadCell: `invalid_amount` or `ambiguous_amount`.
    """
    try:
        value = parse_amount(cell)
    except (InvalidAmount, AmbiguousAmount) as error:
        raise BadCell(error.code, str(error)) from error
    if value != cents(value):
        raise BadCell("invalid_amount", _("«%(cell)s» tiene más de dos decimales.") % {"cell": cell})
    return value


def whole(cell: str, *, most: int) -> int:
    """Return a whole number from zero to `most`.

    Raises:
        BadCell: `invalid_number`.
    """
    plain = re.sub(r"[.,]0+$", "", cell)
    if not re.fullmatch(r"[0-9]{1,9}", plain) or int(plain) > most:
        raise BadCell(
            "invalid_number",
            _("«%(cell)s» no es un número entero entre 0 y %(most)d.") % {"cell": cell, "most": most},
        )
    return int(plain)


def day(cell: str) -> date:
    """Return a local date.

    Raises:
        BadCell: `invalid_date`.
    """
    for form in _DAYS:
        try:
            found = datetime.strptime(cell, form).date()  # noqa: DTZ007 -- a local day, without a time
        except ValueError:
            continue
        if clock.FIRST_DAY <= found <= clock.LAST_DAY:
            return found
    raise BadCell("invalid_date", _("«%(cell)s» no es una fecha: escríbala como 21/11/2026.") % {"cell": cell})


def yes_or_no(cell: str) -> bool:
    """Return whether a cell says yes.

    Raises:
        BadCell: `invalid_yes_no`.
    """
    said = normalize(cell)
    if said not in _YES | _NO:
        raise BadCell("invalid_yes_no", _("Escriba «sí» o «no» en lugar de «%(cell)s».") % {"cell": cell})
    return said in _YES


def one_of(cell: str, named: dict[str, str], *, code: str) -> str:
    """Return the value whose code or name (forgiving accents and capitals) a cell says.

    Args:
        named: the name of each value.
        code: of the refusal, whose sentence lists the names.

    Raises:
        BadCell: none of them.
    """
    said = normalize(cell)
    for value, name in named.items():
        if said in (normalize(value), normalize(name)):
            return value
    listed = ", ".join(named.values())
    raise BadCell(
        code, _("«%(cell)s» no está en la lista: escriba uno de %(listed)s.") % {"cell": cell, "listed": listed}
    )
