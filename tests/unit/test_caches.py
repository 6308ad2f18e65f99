"""What a process remembers has a bound: it lives through many runs, and a sheet can have other texts in each."""

from collections.abc import Iterator
from importlib import import_module
from inspect import signature
from itertools import product
from pkgutil import walk_packages
from typing import Any

import pytest
from openpyxl.utils import column_index_from_string

import catalog
from catalog.services.sheet.xlsx import _column_index

MOST_REMEMBERED = 10_000


def caches() -> Iterator[Any]:
    """Return every cached function of the product; one without arguments remembers one thing."""
    for module in walk_packages(catalog.__path__, "catalog."):
        for name, value in vars(import_module(module.name)).items():
            is_ours = getattr(value, "__module__", "").startswith("catalog.")
            if is_ours and hasattr(value, "cache_parameters") and signature(value).parameters:
                yield pytest.param(value, id=f"{module.name}.{name}")


@pytest.mark.parametrize("cached", list(caches()))
def test_a_cache_has_a_bound(cached: Any) -> None:
    bound = cached.cache_parameters()["maxsize"]
    assert bound is not None
    assert bound < MOST_REMEMBERED


def test_openpyxl_remembers_no_endless_names_of_columns() -> None:
    for letters in product("ABCDEFGabcdefg", repeat=3):
        _column_index("".join(letters))
    assert column_index_from_string.cache_info().currsize < 26 + 26**2  # pyright: ignore[reportFunctionMemberAccess]
