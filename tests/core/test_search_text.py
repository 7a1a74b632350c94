"""Search: every piece of a text is found through its trigrams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search import grams, normalize


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  Muñoz  PÉREZ\n", "munoz perez"),
        ("Ñandú Güell S.A.", "nandu guell s.a."),
        ("001-001-000000123", "001-001-000000123"),
        ("a\x00b\N{NO-BREAK SPACE}c", "a b c"),
        ("", ""),
    ],
)
def test_accents_capitals_and_spacing_do_not_matter(text: str, plain: str) -> None:
    assert normalize(text) == plain


def test_trigrams_run_across_words_and_come_once_in_order() -> None:
    assert grams("Ana Ána") == [" an", "a a", "ana", "na "]


@pytest.mark.parametrize("text", ["", "a", " áb "])
def test_a_text_of_fewer_than_three_letters_has_no_trigrams(text: str) -> None:
    assert grams(text) == []


@given(st.text())
def test_normalizing_twice_changes_nothing(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(st.text(min_size=1), st.data())
def test_any_piece_of_a_text_is_found_by_its_trigrams(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : data.draw(st.integers(start, len(text)))]
    assert normalize(piece) in normalize(text)
    assert set(grams(piece)) <= set(grams(text))
