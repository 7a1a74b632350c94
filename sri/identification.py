"""Who a buyer is to SRI: the identification types of table 6, and what a number of each must look like.

Shape is a rule; check digits are advice. SRI says that RUCs are not made by an algorithm, and active ones fail it
(1793213150001, 0993366721001 …), so a wrong check digit warns and never blocks. The hard rules are those SRI's schemas
and server apply: a RUC is ten digits and 001, a cédula ten digits, anything else one to twenty characters.

Source: SRI "Ficha técnica de comprobantes electrónicos, esquema offline", § 5.7, table 6. The cédula's algorithm is
python-stdnum's `luhn`. Its `ec.ci` is not used, as it refuses cédulas by their third digit, nor its `ec.ruc`, which
rests on that and lets a public body's number end in any establishment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from stdnum import luhn

from sri.catalogs import IdentificationType

FINAL_CONSUMER_ID = "9999999999999"
FINAL_CONSUMER_NAME = "CONSUMIDOR FINAL"

_COMPANY_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_PUBLIC_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2, 1)
_PROVINCES = frozenset(f"{number:02}" for number in (*range(1, 25), 30))  # 30: Ecuadorians registered abroad

_RUC = re.compile(r"[0-9]{10}001")
_CEDULA = re.compile(r"[0-9]{10}")
_LETTERS_AND_DIGITS = re.compile(r"[0-9A-Z]+")
_LONGEST = 20

Rule = tuple[bool, str, str]


class TaxpayerKind(StrEnum):
    """What a RUC says its holder is, by its third digit."""

    NATURAL = "natural"
    COMPANY = "company"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class IdentificationCheck:
    """What became of a number: `error` forbids it, `warning` lets it pass; each has a code and a Spanish sentence."""

    type: IdentificationType
    normalized: str
    error: str | None = None
    error_code: str | None = None
    warning: str | None = None
    warning_code: str | None = None

    @property
    def valid_shape(self) -> bool:
        """Whether SRI's schemas take it."""
        return self.error is None


def normalize(id_type: str, value: str) -> str:
    """The number as it is stored: a RUC or cédula without the spaces, points and hyphens people put in.

    Passports and foreign numbers keep theirs; they are trimmed and put in capitals.
    """
    if id_type in {IdentificationType.PASSPORT, IdentificationType.FOREIGN}:
        return " ".join(value.split()).upper()
    return re.sub(r"[\s.-]", "", value)


def check(id_type: str, value: str) -> IdentificationCheck:
    """Look at a number of a type of table 6: what is wrong with it, if anything, and whether that forbids it.

    Raises ValueError for a type table 6 does not have.
    """
    known = IdentificationType(id_type)
    number = normalize(known, value)
    holds, code, message = _shape(known, number)
    if not holds:
        return IdentificationCheck(known, number, error=message, error_code=code)
    for holds, code, message in _advice(known, number):
        if not holds:
            return IdentificationCheck(known, number, warning=message, warning_code=code)
    return IdentificationCheck(known, number)


def guess_type(value: str) -> IdentificationType | None:
    """The type a typed number most likely has: by its length for digits, else a passport; None for nothing usable."""
    digits = normalize(IdentificationType.RUC, value)
    if digits == FINAL_CONSUMER_ID:
        return IdentificationType.FINAL_CONSUMER
    if re.fullmatch(r"[0-9]{13}", digits):
        return IdentificationType.RUC
    if _CEDULA.fullmatch(digits):
        return IdentificationType.CEDULA
    return IdentificationType.PASSPORT if check(IdentificationType.PASSPORT, value).valid_shape else None


def taxpayer_kind(ruc: str) -> TaxpayerKind:
    """What the holder of a RUC is: a company where the third digit is 9, a public body where it is 6, else a person.

    Foreigners have cédulas with a 6 there too: a person where the number does not end in 0001, as public ones do, or
    where only the cédula's check digit fits. Raises ValueError for what is not a RUC.
    """
    if not _RUC.fullmatch(ruc):
        raise ValueError(f"«{ruc}» no es un RUC.")
    if ruc[2] == "9":
        return TaxpayerKind.COMPANY
    if ruc[2] == "6" and ruc.endswith("0001") and (_fits_public(ruc) or not _fits_cedula(ruc)):
        return TaxpayerKind.PUBLIC
    return TaxpayerKind.NATURAL


def _shape(id_type: IdentificationType, number: str) -> Rule:
    match id_type:
        case IdentificationType.RUC:
            return bool(_RUC.fullmatch(number)), "ruc_shape", "El RUC debe tener 13 dígitos y terminar en 001."
        case IdentificationType.CEDULA:
            return bool(_CEDULA.fullmatch(number)), "cedula_shape", "La cédula debe tener 10 dígitos."
        case IdentificationType.FINAL_CONSUMER:
            message = f"El consumidor final se identifica con {FINAL_CONSUMER_ID}."
            return number == FINAL_CONSUMER_ID, "final_consumer_shape", message
        case _:
            fits = 1 <= len(number) <= _LONGEST and number.isprintable()
            return fits, "identification_shape", f"La identificación debe tener entre 1 y {_LONGEST} caracteres."


def _advice(id_type: IdentificationType, number: str) -> tuple[Rule, ...]:
    match id_type:
        case IdentificationType.RUC | IdentificationType.CEDULA:
            fits = _fits_ruc(number) if id_type is IdentificationType.RUC else _fits_cedula(number)
            name = "del RUC" if id_type is IdentificationType.RUC else "de la cédula"
            return (
                (number[:2] in _PROVINCES, "province", f"Los dos primeros dígitos {name} no son de una provincia."),
                (fits, "check_digit", f"El dígito verificador {name} no corresponde: revise que esté bien escrito."),
            )
        case IdentificationType.FINAL_CONSUMER:
            return ()
        case _:
            plain = bool(_LETTERS_AND_DIGITS.fullmatch(number))
            return ((plain, "not_alphanumeric", "La identificación lleva signos que no son letras ni números."),)


def _fits_ruc(ruc: str) -> bool:
    match ruc[2]:
        case "9":
            return _fits_module_11(ruc, _COMPANY_WEIGHTS)
        case "6":
            return _fits_public(ruc) or _fits_cedula(ruc)
        case _:
            return _fits_cedula(ruc)


def _fits_public(ruc: str) -> bool:
    return ruc.endswith("0001") and _fits_module_11(ruc, _PUBLIC_WEIGHTS)


def _fits_cedula(number: str) -> bool:
    """Whether the first ten digits, a cédula's or those of a person's RUC, have the right check digit."""
    return bool(luhn.is_valid(number[:10]))


def _fits_module_11(ruc: str, weights: tuple[int, ...]) -> bool:
    """Whether digits × weights, the check digit's weight being one, add up to a multiple of eleven."""
    return sum(int(digit) * weight for digit, weight in zip(ruc, weights, strict=False)) % 11 == 0
