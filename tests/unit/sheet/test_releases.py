"""Which rows are one album, and what the rows add to each other."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from catalog.services.sheet.releases import Issue, Release, merge
from catalog.vocabulary.issues import IssueKind
from tests.support.factories import make_release

A, B = "A" * 22, "B" * 22
NEWER, OLDER = "2025 Prog-metal", "2024 Prog-metal"
NAME = "Lantern Fall – Salt Meridian"


def merged(*releases: Release) -> list[Release]:
    return merge(releases).releases


def test_rows_of_different_names_are_albums_of_their_own() -> None:
    rows = [make_release(), make_release(title="Ebb", row=8), make_release(artist="Other", row=9)]
    assert merged(*rows) == rows


def test_rows_that_spell_one_name_differently_are_one_album() -> None:
    first = make_release(artist="Lantern Fall", title="Salt  Meridian")
    assert merged(first, make_release(artist="LANTERN FALL", title="salt meridian", row=8)) == [first]


def test_the_row_of_the_newest_tab_wins_even_without_a_spotify_link() -> None:
    (release,) = merged(make_release(tab=NEWER, row=9), make_release(tab=OLDER, row=7, spotify_id=A))
    assert (release.tab, release.row, release.spotify_id) == (NEWER, 9, A)


def test_within_a_tab_the_row_with_a_spotify_link_wins() -> None:
    (release,) = merged(make_release(row=7, format="EP"), make_release(row=9, format="LP", spotify_id=A))
    assert (release.row, release.format) == (9, "LP")


def test_within_a_tab_the_first_row_wins_where_neither_has_a_link() -> None:
    (release,) = merged(make_release(row=7), make_release(row=9))
    assert release.row == 7


GAPS: dict[str, Any] = {
    "format": "EP",
    "genres": ("Djent",),
    "vocal_style": "Clean",
    "country": "Finland",
    "spotify_id": A,
    "bandcamp_url": "https://a.bandcamp.com/album/b",
    "youtube_url": "https://youtube.example/a",
    "amazon_url": "https://amazon.example/a",
    "apple_music_url": "https://music.example/a",
}


@pytest.mark.parametrize("name", GAPS)
def test_the_losing_row_fills_a_gap_of_the_winner(name: str) -> None:
    (release,) = merged(make_release(tab=NEWER), make_release(tab=OLDER, **{name: GAPS[name]}))
    assert getattr(release, name) == GAPS[name]


@pytest.mark.parametrize("name", [name for name in GAPS if name != "spotify_id"])
def test_the_losing_row_overwrites_nothing(name: str) -> None:
    other = ("other",) if isinstance(GAPS[name], tuple) else "other"
    (release,) = merged(make_release(tab=NEWER, **{name: GAPS[name]}), make_release(tab=OLDER, **{name: other}))
    assert getattr(release, name) == GAPS[name]


@pytest.mark.parametrize(
    ("country", "codes", "shown"), [("", (), ("Finland", ("FI",))), ("Worldwide", (), ("Worldwide", ()))]
)
def test_the_codes_are_those_of_the_country_that_is_shown(
    country: str, codes: tuple[str, ...], shown: tuple[str, tuple[str, ...]]
) -> None:
    winner = make_release(tab=NEWER, country=country, country_codes=codes)
    (release,) = merged(winner, make_release(tab=OLDER, country="Finland", country_codes=("FI",)))
    assert (release.country, release.country_codes) == shown


def test_of_several_losing_rows_the_newest_fills_the_gap() -> None:
    rows = [
        make_release(tab=f"{year} Prog-metal", format=length)
        for year, length in ((2025, ""), (2024, "EP"), (2023, "LP"))
    ]
    assert merged(*rows)[0].format == "EP"


def test_the_date_of_an_older_tab_fills_no_gap() -> None:
    (release,) = merged(make_release(tab=NEWER), make_release(tab=OLDER, release_date=date(2024, 4, 1)))
    assert release.release_date is None


@pytest.mark.parametrize("name", ["is_debut", "is_reissue"])
def test_one_coloured_row_is_enough(name: str) -> None:
    (release,) = merged(make_release(), make_release(row=9, **{name: True}))
    assert getattr(release, name)


def test_every_merged_row_is_reported_with_the_row_that_stayed() -> None:
    rows = [make_release(tab=NEWER, row=9), make_release(tab=OLDER, row=7), make_release(tab=OLDER, row=8)]
    assert merge(rows).issues == [
        Issue(OLDER, 7, IssueKind.DUPLICATE, f"{NAME}: see {NEWER}, row 9"),
        Issue(OLDER, 8, IssueKind.DUPLICATE, f"{NAME}: see {NEWER}, row 9"),
    ]


def test_one_name_with_two_spotify_albums_is_two_albums() -> None:
    rows = [make_release(tab=NEWER, spotify_id=A), make_release(tab=OLDER, spotify_id=B)]
    result = merge(rows)
    assert result.releases == rows
    assert result.issues == []


def test_a_row_without_a_link_joins_the_newest_of_two_namesakes() -> None:
    rows = [
        make_release(tab=NEWER, spotify_id=A),
        make_release(tab=OLDER, spotify_id=B),
        make_release(tab="2023 Prog-metal", country="Finland"),
    ]
    assert merged(*rows) == [replace(rows[0], country="Finland"), rows[1]]


def test_two_names_with_one_spotify_album_are_kept_and_both_reported() -> None:
    rows = [make_release(spotify_id=A), make_release(title="Ebb", row=8, spotify_id=A)]
    result = merge(rows)
    assert result.releases == rows
    assert result.issues == [
        Issue(NEWER, 7, IssueKind.SHARED_SPOTIFY, f"{NAME}: {A}"),
        Issue(NEWER, 8, IssueKind.SHARED_SPOTIFY, f"Lantern Fall – Ebb: {A}"),
    ]


def test_no_rows_are_no_albums() -> None:
    assert merged() == []


OTHER_VALUES: dict[str, Any] = GAPS | {
    "tab": OLDER,
    "country_codes": ("FI",),
    "artist": "lantern fall",
    "title": "salt meridian",
    "release_date": date(2025, 4, 1),
    "release_precision": "day",
    "release_text": "TBA",
    "release_year": 2024,
    "is_debut": True,
    "is_reissue": True,
}


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_the_fingerprint_tells_every_field_apart(name: str) -> None:
    assert make_release(**{name: OTHER_VALUES[name]}).fingerprint != make_release().fingerprint


def test_the_fingerprint_leaves_out_the_row() -> None:
    assert make_release(row=900).fingerprint == make_release().fingerprint
    assert OTHER_VALUES.keys() | {"row"} == Release.__dataclass_fields__.keys()
