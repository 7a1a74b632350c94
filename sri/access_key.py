"""The access key: the 49 digits that name an electronic document, and its authorization number once SRI agrees.

Source: SRI "Ficha técnica de comprobantes electrónicos, esquema offline", § 5.2, table 1. Error 58 answers a key that
differs from the document in any part, so a key is built once, kept, and built again only if one of its parts changes.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date

from sri.catalogs import DocumentType, Environment

LENGTH = 49
NORMAL_EMISSION = "1"  # the only type of emission left; contingency keys were abolished
MAX_SEQUENTIAL = 999_999_999

_KEY = re.compile(
    r"(?P<day>[0-9]{2})(?P<month>[0-9]{2})(?P<year>[0-9]{4})(?P<document_type>[0-9]{2})(?P<ruc>[0-9]{13})"
    r"(?P<environment>[0-9])(?P<establishment>[0-9]{3})(?P<emission_point>[0-9]{3})(?P<sequential>[0-9]{9})"
    r"(?P<numeric_code>[0-9]{8})(?P<emission>[0-9])(?P<check_digit>[0-9])"
)
_RUC = re.compile(r"[0-9]{10}001")
_THREE_DIGITS = re.compile(r"[0-9]{3}")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}")


class AccessKeyError(ValueError):
    """The parts make no access key, or the digits are none; `code` is stable, the message a Spanish sentence."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class AccessKey:
    """The parts of an access key; refuses to exist with a part no key can have. `str()` gives the 49 digits."""

    issue_date: date
    document_type: DocumentType
    ruc: str
    environment: Environment
    establishment: str
    emission_point: str
    sequential: int
    numeric_code: str

    def __post_init__(self) -> None:
        for holds, code, message in self._rules():
            if not holds:
                raise AccessKeyError(message, code=code)

    def _rules(self) -> tuple[tuple[bool, str, str], ...]:
        series = self.establishment, self.emission_point
        return (
            (2000 <= self.issue_date.year <= 2099, "key_date", f"La fecha {self.issue_date} no puede ir en una clave."),
            (
                self.document_type.electronic,
                "key_document_type",
                f"{self.document_type.label} no lleva clave de acceso.",
            ),
            (bool(_RUC.fullmatch(self.ruc)), "key_ruc", f"El RUC «{self.ruc}» no tiene 13 dígitos terminados en 001."),
            (
                all(_THREE_DIGITS.fullmatch(part) for part in series),
                "key_series",
                f"La serie «{'-'.join(series)}» no son tres dígitos de establecimiento y tres de punto de emisión.",
            ),
            (
                1 <= self.sequential <= MAX_SEQUENTIAL,
                "key_sequential",
                f"El secuencial {self.sequential} no está entre 1 y {MAX_SEQUENTIAL}.",
            ),
            (
                bool(_EIGHT_DIGITS.fullmatch(self.numeric_code)),
                "key_numeric_code",
                f"El código numérico «{self.numeric_code}» no tiene ocho dígitos.",
            ),
        )

    def __str__(self) -> str:
        digits = (
            f"{self.issue_date:%d%m%Y}{self.document_type}{self.ruc}{self.environment}{self.establishment}"
            f"{self.emission_point}{self.sequential:09}{self.numeric_code}{NORMAL_EMISSION}"
        )
        return f"{digits}{check_digit(digits)}"


def build(
    issue_date: date,
    document_type: str,
    ruc: str,
    environment: str,
    establishment: str,
    emission_point: str,
    sequential: int,
    numeric_code: str,
) -> str:
    """The access key of a document, from its parts: type and environment in SRI's codes, series as three digits each.

    Raises AccessKeyError naming the part no key can have.
    """
    parts = AccessKey(
        issue_date,
        _document_type(document_type),
        ruc,
        _environment(environment),
        establishment,
        emission_point,
        sequential,
        numeric_code,
    )
    return str(parts)


def parse(key: str) -> AccessKey:
    """The parts of an access key.

    Raises AccessKeyError for anything that is not 49 digits, fails the check digit, or holds an impossible part.
    """
    digits = _KEY.fullmatch(key)
    if not digits:
        raise AccessKeyError(f"La clave de acceso debe tener {LENGTH} dígitos.", code="key_shape")
    if check_digit(key[:-1]) != digits["check_digit"]:
        raise AccessKeyError("El dígito verificador de la clave de acceso no corresponde.", code="key_check_digit")
    if digits["emission"] != NORMAL_EMISSION:
        raise AccessKeyError("El tipo de emisión de la clave de acceso no es 1 (normal).", code="key_emission")
    return AccessKey(
        _date(digits["year"], digits["month"], digits["day"]),
        _document_type(digits["document_type"]),
        digits["ruc"],
        _environment(digits["environment"]),
        digits["establishment"],
        digits["emission_point"],
        int(digits["sequential"]),
        digits["numeric_code"],
    )


def is_valid(key: str) -> bool:
    """Whether the text is an access key."""
    try:
        parse(key)
    except AccessKeyError:
        return False
    return True


def check_digit(digits: str) -> str:
    """Module 11 of the first 48 digits: weights 2 to 7 from right to left, 11 − sum mod 11, with 11 → 0 and 10 → 1."""
    weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(digits)))
    return {11: "0", 10: "1"}.get(rest := 11 - weighted % 11, str(rest))


def random_numeric_code() -> str:
    """Eight digits nobody can guess: who knows a key can fetch its document from SRI. Store it before sending."""
    return f"{secrets.randbelow(10**8):08}"


def _date(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise AccessKeyError(
            f"La clave lleva una fecha que no existe: {day}/{month}/{year}.", code="key_date"
        ) from error


def _document_type(code: str) -> DocumentType:
    try:
        return DocumentType(code)
    except ValueError as error:
        message = f"El tipo de comprobante «{code}» no existe."
        raise AccessKeyError(message, code="key_document_type") from error


def _environment(code: str) -> Environment:
    try:
        return Environment(code)
    except ValueError as error:
        message = f"El ambiente «{code}» no es 1 (pruebas) ni 2 (producción)."
        raise AccessKeyError(message, code="key_environment") from error
