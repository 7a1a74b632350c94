"""Access keys: SRI's own examples, and keys of real documents."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sri.access_key import AccessKey, AccessKeyError, build, check_digit, is_valid, parse, random_numeric_code
from sri.catalogs import DocumentType, Environment

GOOD = [
    "0807202404099226219200120021020007947940810324019",
    "2308202407099253457500120010010000363781154101214",
    "0408202501109000787000120321010000460451234567815",
    "1111202401099338176200110020010000003961234567815",
    "0211202401050306179800120010020000000677300995216",
    "2110201101179214673900110020010000000011234567813",
    "1609202601176001321000110010010009404212344783611",
    "1807202601179214673900110010010000000010000000110",
    "1807202601179214673900110010010000000010000000511",
]
MISPRINTED = ["0403201301176815353000110015010000000081234567816", "2111202401176001321000010010010000011171234567810"]

INVOICE_KEY = GOOD[2]
INVOICE = AccessKey(
    date(2025, 8, 4), DocumentType.INVOICE, "1090007870001", Environment.PRODUCTION, "032", "101", 46045, "12345678"
)


@pytest.mark.parametrize("key", GOOD)
def test_keys_of_real_documents_are_right(key: str) -> None:
    assert is_valid(key)
    assert check_digit(key[:48]) == key[48]


@pytest.mark.parametrize("key", GOOD)
def test_a_key_is_built_again_from_its_parts(key: str) -> None:
    assert str(parse(key)) == key


@pytest.mark.parametrize("key", MISPRINTED)
def test_keys_misprinted_by_sri_are_refused(key: str) -> None:
    assert not is_valid(key)
    with pytest.raises(AccessKeyError) as refusal:
        parse(key)
    assert refusal.value.code == "key_check_digit"


def test_the_misprinted_key_should_end_in_zero() -> None:
    assert check_digit(MISPRINTED[0][:48]) == "0"


@pytest.mark.parametrize(("digits", "digit"), [("41261533", "6"), (GOOD[7][:48], "0"), (GOOD[8][:48], "1")])
def test_the_check_digit_is_module_11(digits: str, digit: str) -> None:
    assert check_digit(digits) == digit


def test_a_key_tells_its_parts() -> None:
    assert parse(INVOICE_KEY) == INVOICE


def test_a_key_is_built_from_a_documents_parts() -> None:
    key = build(date(2025, 8, 4), "01", "1090007870001", "2", "032", "101", 46045, "12345678")
    assert key == INVOICE_KEY


@pytest.mark.parametrize(
    ("part", "value", "code"),
    [
        (0, date(1999, 12, 31), "key_date"),
        (0, date(2100, 1, 1), "key_date"),
        (1, "02", "key_document_type"),
        (1, "99", "key_document_type"),
        (2, "1090007870002", "key_ruc"),
        (2, "090007870001", "key_ruc"),
        (2, "٠090007870001", "key_ruc"),
        (3, "0", "key_environment"),
        (3, "3", "key_environment"),
        (4, "32", "key_series"),
        (5, "1O1", "key_series"),
        (6, 0, "key_sequential"),
        (6, 1_000_000_000, "key_sequential"),
        (7, "1234567", "key_numeric_code"),
        (7, "1234567A", "key_numeric_code"),
    ],
)
def test_a_part_no_key_can_have_is_refused(part: int, value: object, code: str) -> None:
    parts: list[object] = [date(2025, 8, 4), "01", "1090007870001", "2", "032", "101", 46045, "12345678"]
    parts[part] = value
    with pytest.raises(AccessKeyError) as refusal:
        build(*parts)  # type: ignore[arg-type]
    assert refusal.value.code == code


def signed_off(digits: str) -> str:
    """The 48 digits with a check digit that fits, so that something else must be wrong."""
    return digits + check_digit(digits)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "key_shape"),
        (INVOICE_KEY[:-1], "key_shape"),
        (INVOICE_KEY + "0", "key_shape"),
        (INVOICE_KEY + "\n", "key_shape"),
        (INVOICE_KEY.replace("0", "٠"), "key_shape"),
        (signed_off("31022025" + INVOICE_KEY[8:48]), "key_date"),
        (signed_off("01010000" + INVOICE_KEY[8:48]), "key_date"),
        (signed_off(INVOICE_KEY[:8] + "08" + INVOICE_KEY[10:48]), "key_document_type"),
        (signed_off(INVOICE_KEY[:8] + "02" + INVOICE_KEY[10:48]), "key_document_type"),
        (signed_off(INVOICE_KEY[:22] + "2" + INVOICE_KEY[23:48]), "key_ruc"),
        (signed_off(INVOICE_KEY[:23] + "3" + INVOICE_KEY[24:48]), "key_environment"),
        (signed_off(INVOICE_KEY[:30] + "000000000" + INVOICE_KEY[39:48]), "key_sequential"),
        (signed_off(INVOICE_KEY[:47] + "2"), "key_emission"),
    ],
)
def test_digits_that_are_no_key_are_refused(key: str, code: str) -> None:
    assert not is_valid(key)
    with pytest.raises(AccessKeyError) as refusal:
        parse(key)
    assert refusal.value.code == code


@given(st.sampled_from(GOOD), st.integers(0, 48), st.integers(1, 9))
def test_one_wrong_digit_never_passes_unseen(key: str, place: int, change: int) -> None:
    wrong = key[:place] + str((int(key[place]) + change) % 10) + key[place + 1 :]
    # Module 11 gives eleven results to ten digits: only where 10 → 1 shares its digit with a true 1 can two coincide.
    assert not is_valid(wrong) or check_digit(key[:48]) == check_digit(wrong[:48]) == "1"


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from([kind for kind in DocumentType if kind.electronic]),
    st.from_regex(r"[0-9]{10}001", fullmatch=True),
    st.sampled_from(Environment),
    st.from_regex(r"[0-9]{3}", fullmatch=True),
    st.integers(1, 999_999_999),
    st.from_regex(r"[0-9]{8}", fullmatch=True),
)
def test_every_key_that_is_built_is_read_back(
    day: date, kind: DocumentType, ruc: str, environment: Environment, series: str, sequential: int, code: str
) -> None:
    parts = AccessKey(day, kind, ruc, environment, series, series, sequential, code)
    assert len(str(parts)) == 49
    assert parse(str(parts)) == parts


def test_numeric_codes_have_eight_digits_and_are_not_repeated() -> None:
    codes = [random_numeric_code() for _ in range(100)]
    assert all(len(code) == 8 and code.isdigit() for code in codes)
    assert len(set(codes)) > 95
