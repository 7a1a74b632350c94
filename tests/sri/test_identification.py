"""Identification: shape is a rule, check digits are advice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.ec import ci
from stdnum.ec import ruc as stdnum_ruc

from sri.catalogs import IdentificationType
from sri.identification import (
    FINAL_CONSUMER_ID,
    TaxpayerKind,
    check,
    guess_type,
    taxpayer_kind,
)

RUC, CEDULA, PASSPORT, FINAL, FOREIGN = "04", "05", "06", "07", "08"

ACTIVE_RUCS_THAT_FAIL_THE_ALGORITHM = [
    "1793213150001",
    "1793189906001",
    "0993366721001",
    "0993370026001",
    "0993381661001",
    "1793221293001",
    "1793189624001",
]


@pytest.mark.parametrize(
    ("id_type", "number"),
    [
        (RUC, "1790011674001"),
        (RUC, "1760001550001"),
        (RUC, "1714307103001"),
        (RUC, "0962467429001"),
        (RUC, "1792060346001"),
        (CEDULA, "1714307103"),
        (CEDULA, "0962467429"),
        (PASSPORT, "AB123456"),
        (FOREIGN, "12345678901234567890"),
        (FINAL, FINAL_CONSUMER_ID),
    ],
)
def test_good_numbers_pass_without_a_word(id_type: str, number: str) -> None:
    result = check(id_type, number)
    assert (result.normalized, result.valid_shape, result.error, result.warning) == (number, True, None, None)
    assert (result.type, result.error_code, result.warning_code) == (IdentificationType(id_type), None, None)


@pytest.mark.parametrize("number", ACTIVE_RUCS_THAT_FAIL_THE_ALGORITHM)
def test_an_active_ruc_that_fails_the_algorithm_warns_and_passes(number: str) -> None:
    result = check(RUC, number)
    assert result.valid_shape
    assert result.warning_code == "check_digit"
    assert result.warning == "El dígito verificador del RUC no corresponde: revise que esté bien escrito."


@pytest.mark.parametrize(
    ("id_type", "number", "code"),
    [
        (CEDULA, "1714307104", "check_digit"),
        (CEDULA, "2514307103", "province"),
        (CEDULA, "0014307103", "province"),
        (RUC, "1714307104001", "check_digit"),
        (RUC, "1760001551001", "check_digit"),
        (RUC, "1760001560001", "check_digit"),
        (RUC, "5090011674001", "province"),
        (PASSPORT, "AB-123", "not_alphanumeric"),
        (FOREIGN, "900.123.456-7", "not_alphanumeric"),
    ],
)
def test_doubtful_numbers_warn_and_pass(id_type: str, number: str, code: str) -> None:
    result = check(id_type, number)
    assert result.valid_shape
    assert (result.error, result.warning_code) == (None, code)


def test_a_cedulas_third_digit_is_not_judged() -> None:
    assert check(CEDULA, "0970000006").warning is None
    assert not ci.is_valid("0970000006")


def test_ecuadorians_registered_abroad_have_province_30() -> None:
    assert check(CEDULA, "3014307106").warning_code is None


@pytest.mark.parametrize(
    ("id_type", "number", "code", "message"),
    [
        (RUC, "1790011674002", "ruc_shape", "El RUC debe tener 13 dígitos y terminar en 001."),
        (RUC, "179001167400", "ruc_shape", "El RUC debe tener 13 dígitos"),
        (RUC, "17900116740011", "ruc_shape", "El RUC debe tener 13 dígitos"),
        (RUC, "179001167A001", "ruc_shape", "El RUC debe tener 13 dígitos"),
        (RUC, FINAL_CONSUMER_ID, "ruc_shape", "El RUC debe tener 13 dígitos"),
        (RUC, "", "ruc_shape", "El RUC debe tener 13 dígitos"),
        (CEDULA, "171430710", "cedula_shape", "La cédula debe tener 10 dígitos."),
        (CEDULA, "17143071031", "cedula_shape", "La cédula debe tener 10 dígitos."),
        (CEDULA, "١714307103", "cedula_shape", "La cédula debe tener 10 dígitos."),
        (PASSPORT, "  ", "identification_shape", "La identificación debe tener entre 1 y 20 caracteres."),
        (PASSPORT, "A" * 21, "identification_shape", "La identificación debe tener entre 1 y 20 caracteres."),
        (FOREIGN, "A\x00B", "identification_shape", "La identificación debe tener entre 1 y 20 caracteres."),
        (FINAL, "999999999999", "final_consumer_shape", "El consumidor final se identifica con 9999999999999."),
    ],
)
def test_numbers_of_the_wrong_shape_are_errors(id_type: str, number: str, code: str, message: str) -> None:
    result = check(id_type, number)
    assert not result.valid_shape
    assert result.error_code == code
    assert result.error is not None
    assert result.error.startswith(message)
    assert result.warning is None


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="09"):
        check("09", "1714307103")


@pytest.mark.parametrize(
    ("id_type", "typed", "stored"),
    [
        (RUC, " 1790011674-001 ", "1790011674001"),
        (CEDULA, "171430710-3", "1714307103"),
        (CEDULA, "171.430.710\N{NO-BREAK SPACE}3", "1714307103"),
        (PASSPORT, " ab 123\n", "AB 123"),
        (FOREIGN, "900.123.456-7", "900.123.456-7"),
    ],
)
def test_numbers_are_stored_without_what_people_put_between(id_type: str, typed: str, stored: str) -> None:
    assert check(id_type, typed).normalized == stored


@pytest.mark.parametrize(
    ("value", "id_type"),
    [
        ("1790011674001", IdentificationType.RUC),
        ("1790011674002", IdentificationType.RUC),
        ("171430710-3", IdentificationType.CEDULA),
        (FINAL_CONSUMER_ID, IdentificationType.FINAL_CONSUMER),
        ("AB123456", IdentificationType.PASSPORT),
        ("123456", IdentificationType.PASSPORT),
        ("", None),
        ("A" * 21, None),
    ],
)
def test_the_type_is_guessed_from_the_number(value: str, id_type: IdentificationType | None) -> None:
    assert guess_type(value) is id_type


@pytest.mark.parametrize(
    ("ruc", "kind"),
    [
        ("1790011674001", TaxpayerKind.COMPANY),
        ("1793213150001", TaxpayerKind.COMPANY),
        ("1760001550001", TaxpayerKind.PUBLIC),
        ("1760001560001", TaxpayerKind.PUBLIC),
        ("0962467429001", TaxpayerKind.NATURAL),
        ("1714307103001", TaxpayerKind.NATURAL),
    ],
)
def test_a_ruc_tells_what_its_holder_is(ruc: str, kind: TaxpayerKind) -> None:
    assert taxpayer_kind(ruc) is kind


def test_what_is_not_a_ruc_tells_nothing() -> None:
    with pytest.raises(ValueError, match="no es un RUC"):
        taxpayer_kind("1714307103")


@given(st.from_regex(r"(0[1-9]|1[0-9]|2[0-4]|30)[0-6][0-9]{7}", fullmatch=True))
def test_cedulas_are_judged_as_the_library_judges_them(number: str) -> None:
    assert (check(CEDULA, number).warning is None) == ci.is_valid(number)


@given(st.from_regex(r"(0[1-9]|1[0-9]|2[0-4]|30)[0-59][0-9]{7}001", fullmatch=True))
def test_rucs_without_a_warning_pass_the_library_too(number: str) -> None:
    if check(RUC, number).warning is None:
        assert stdnum_ruc.is_valid(number)


@given(st.from_regex(r"[0-9]{10}001", fullmatch=True))
def test_no_ruc_of_the_right_shape_is_ever_blocked(number: str) -> None:
    assert check(RUC, number).valid_shape
    assert taxpayer_kind(number) in TaxpayerKind
