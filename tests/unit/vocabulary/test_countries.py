"""What a country's code is called."""

import pytest

from catalog.vocabulary.countries import country_name, is_country_code


@pytest.mark.parametrize(("code", "name"), [("FI", "Finland"), ("TW", "Taiwan"), ("ZZ", "ZZ"), ("", "")])
def test_a_code_has_its_common_name_or_stays_as_it_is(code: str, name: str) -> None:
    assert country_name(code) == name


@pytest.mark.parametrize(("text", "is_code"), [("FI", True), ("fi", False), ("FIN", False), ("ZZ", False), ("", False)])
def test_only_codes_of_two_capitals_are_codes(text: str, is_code: bool) -> None:
    assert is_country_code(text) is is_code
