"""Which spellings of a name count as the same."""

import pytest

from catalog.vocabulary.folding import KEY_BYTES, KEY_LENGTH, fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lantern Fall", "LANTERN  fall "),
        ("Straße", "STRASSE"),
        ("Ｗｉｄｅ", "wide"),
        ("Cafe\u0301", "Café"),
        ("a\u00a0b\tc", "A B C"),
        ("ﬁre", "FIRE"),
        ("№ 5", "no 5"),
    ],
)
def test_spellings_that_a_reader_takes_for_the_same_fold_to_one_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Jinjer", "Jinger"), ("Ångström", "Angstrom"), ("A.B", "AB"), ("16", "61")]
)
def test_names_that_differ_in_a_letter_accent_or_sign_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize("text", ["", "Lantern Fall", "ᾳ\u0345 ΐ", "ẞ ß", "\u0345", "x" * 3000])
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("letter", ["x", "é", "漢", "𒀀"])
def test_a_key_fits_into_an_index_in_any_script(letter: str) -> None:
    one, other = fold(letter * 380 + "a"), fold(letter * 380 + "b")
    assert one != other
    assert all(len(key) <= KEY_LENGTH and len(key.encode()) <= KEY_BYTES for key in (one, other))


def test_a_name_that_fits_is_kept_whole() -> None:
    assert fold("x" * KEY_LENGTH) == "x" * KEY_LENGTH


def test_long_names_stay_apart_though_they_begin_alike() -> None:
    one, other = fold("x" * 5000 + "a"), fold("x" * 5000 + "b")
    assert len(one) == len(other) == KEY_LENGTH
    assert one != other
