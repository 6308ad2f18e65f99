"""The ISO 3166-1 codes of the sheet's column “Country / State”.

It holds countries, US states and Canadian provinces by name or abbreviation, mostly behind a city: `Finland`,
`Tampa, FL`, `Québec City, Canada`, `UK / US`. What is ambiguous gets no code.
"""

import re
from functools import cache, lru_cache

from catalog.vocabulary.folding import fold

SEPARATOR = re.compile(r"\s*[/&]\s*")

# Names that the sheet uses and ISO does not.
ALIASES = {
    "america": "US",
    "czech republic": "CZ",
    "england": "GB",
    "holland": "NL",
    "ivory coast": "CI",
    "korea": "KR",
    "macedonia": "MK",
    "méxico": "MX",
    "northern ireland": "GB",
    "russia": "RU",
    "scotland": "GB",
    "swiss": "CH",
    "the netherlands": "NL",
    "turkey": "TR",
    "u.k.": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "uae": "AE",
    "uk": "GB",
    "wales": "GB",
}
STATE_ALIASES = {"d.c.": "US", "québec": "CA", "washington d.c.": "US"}
STATES_OF = ("US", "CA")
NOT_A_STATE = "Outlying area"  # Puerto Rico and others, which have country codes of their own.


@lru_cache(maxsize=4096)  # The real sheet has 2,463 different texts; a process lives through many runs.
def country_codes(text: str) -> tuple[str, ...]:
    """Return the alpha-2 codes of a cell, in its order, each once."""
    codes = (_code_of_place(place) for place in SEPARATOR.split(text))
    return tuple(dict.fromkeys(code for code in codes if code))


def _code_of_place(place: str) -> str:
    """Return the country of `City, Place` or `Place`, or nothing."""
    *city, last = (part.strip() for part in place.split(","))
    key = fold(last)
    if city and key in _ambiguous():
        return ""
    if len(last) == 2:  # noqa: PLR2004  (an abbreviation: `CA` behind a city is California)
        return _states().get(key) or _countries().get(key, "")
    return _countries().get(key) or _states().get(key, "")


@cache
def _ambiguous() -> frozenset[str]:
    """Names of both a country and a state: after a city they can mean either."""
    return frozenset(key for key in _states() if len(key) > 2 and key in _countries())  # noqa: PLR2004


@cache
def _countries() -> dict[str, str]:
    import pycountry  # noqa: PLC0415  (only a run reads the sheet)

    names: dict[str, str] = {}
    for country in pycountry.countries:
        for attribute in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if name := getattr(country, attribute, None):
                names[fold(name)] = country.alpha_2
    return names | ALIASES


@cache
def _states() -> dict[str, str]:
    """Country codes by the names and abbreviations of their states and provinces."""
    import pycountry  # noqa: PLC0415

    names: dict[str, str] = {}
    for country in STATES_OF:
        for state in pycountry.subdivisions.get(country_code=country) or ():
            if state.type == NOT_A_STATE:
                continue
            names[fold(state.name)] = country
            names[fold(state.code.split("-")[1])] = country
    return names | STATE_ALIASES
