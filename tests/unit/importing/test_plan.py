"""Which release of an export is which album of the catalog."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalog.services.importing.plan import KnownAlbum, Plan, plan_import
from catalog.services.sheet.releases import Release
from tests.support.factories import make_known, make_release

A, B, C = "A" * 22, "B" * 22, "C" * 22
BANDCAMP = "https://lanternfall.bandcamp.com/album/salt-meridian"
NOON = datetime(2025, 11, 21, 12, tzinfo=UTC)


def plan(releases: Collection[Release], known: Collection[KnownAlbum]) -> Plan:
    """Plan, and check that every release and every visible album is in it exactly once."""
    result = plan_import(releases, known)
    assert len(result.new) + len(result.changed) + result.unchanged == len(releases)
    stays = len(result.changed) + result.unchanged - sum(album.is_withdrawn for album, _ in result.changed)
    assert stays + len(result.gone) == result.visible
    return result


def pairs(result: Plan) -> list[tuple[int, str]]:
    return sorted((album.pk, release.title) for album, release in result.changed)


def test_an_album_that_the_catalog_lacks_is_new() -> None:
    assert plan([make_release()], []).new == [make_release()]


def test_a_row_that_says_the_same_is_no_change() -> None:
    result = plan([make_release()], [make_known(make_release())])
    assert (result.unchanged, result.moved, result.changed, result.gone) == (1, [], [], [])


def test_a_row_that_only_moved_is_no_change_of_its_album() -> None:
    known = make_known(make_release(row=7))
    result = plan([make_release(row=8)], [known])
    assert (result.unchanged, result.changed) == (1, [])
    assert result.moved == [(known, make_release(row=8))]


@pytest.mark.parametrize(
    "now", [make_release(format="EP"), make_release(tab="2024 Prog-metal"), make_release(artist="LANTERN FALL")]
)
def test_another_cell_tab_or_spelling_changes_the_album(now: Release) -> None:
    known = make_known(make_release())
    assert plan([now], [known]).changed == [(known, now)]


def test_what_the_sheet_no_longer_lists_is_gone() -> None:
    known = [make_known(make_release()), make_known(make_release(title="Ebb"), pk=2)]
    result = plan([make_release()], known)
    assert result.gone == [known[1]]
    assert result.visible == 2


def test_a_withdrawn_album_does_not_go_twice() -> None:
    result = plan([], [make_known(make_release(), withdrawn_at=NOON)])
    assert (result.gone, result.visible) == ([], 0)


def test_a_withdrawn_album_comes_back_by_its_name_though_nothing_else_changed() -> None:
    known = make_known(make_release(), withdrawn_at=NOON)
    assert plan([make_release()], [known]).changed == [(known, make_release())]


# Renames -----------------------------------------------------------------------------------


@pytest.mark.parametrize("link", [{"spotify_id": A}, {"bandcamp_url": BANDCAMP}])
@pytest.mark.parametrize(
    "name", [{"title": "Salt Meridians"}, {"artist": "Lantern Falls"}, {"artist": "X", "title": "Y"}]
)
def test_an_album_of_another_name_with_the_same_link_was_renamed(link: dict[str, str], name: dict[str, str]) -> None:
    known, renamed = make_known(make_release(**link)), make_release(**link, **name)
    result = plan([renamed], [known])
    assert result.changed == [(known, renamed)]
    assert result.gone == result.new == []


def test_a_bands_front_page_tells_no_album() -> None:
    link = {"bandcamp_url": "https://lanternfall.bandcamp.com/"}
    result = plan([make_release(title="Ebb", **link)], [make_known(make_release(**link))])
    assert (len(result.new), len(result.gone)) == (1, 1)


@pytest.mark.parametrize("link", [{"spotify_id": A}, {"bandcamp_url": BANDCAMP}])
def test_a_link_on_two_rows_of_the_export_renames_nothing(link: dict[str, str]) -> None:
    result = plan(
        [make_release(title="Ebb", **link), make_release(title="Flow", **link)], [make_known(make_release(**link))]
    )
    assert (len(result.new), len(result.gone)) == (2, 1)


@pytest.mark.parametrize("link", [{"spotify_id": A}, {"bandcamp_url": BANDCAMP}])
def test_a_link_on_two_albums_of_the_catalog_renames_nothing(link: dict[str, str]) -> None:
    known = [make_known(make_release(**link)), make_known(make_release(title="Ebb", **link), pk=2)]
    result = plan([make_release(title="Flow", **link)], known)
    assert (len(result.new), len(result.gone)) == (1, 2)


def test_a_row_whose_link_was_put_on_another_row_too_keeps_its_album() -> None:
    known = make_known(make_release(spotify_id=A))
    result = plan([make_release(spotify_id=A), make_release(title="Ebb", spotify_id=A)], [known])
    assert (result.unchanged, [release.title for release in result.new]) == (1, ["Ebb"])


def test_the_name_counts_before_the_link() -> None:
    """Two rows that exchange their links are still the albums that they are called."""
    known = [make_known(make_release(spotify_id=A)), make_known(make_release(title="Ebb", spotify_id=B), pk=2)]
    result = plan([make_release(spotify_id=B), make_release(title="Ebb", spotify_id=A)], known)
    assert pairs(result) == [(1, "Salt Meridian"), (2, "Ebb")]


def test_a_withdrawn_album_of_another_name_is_not_renamed() -> None:
    known = make_known(make_release(spotify_id=A), withdrawn_at=NOON)
    result = plan([make_release(title="Ebb", spotify_id=A)], [known])
    assert (len(result.new), result.changed) == (1, [])


@pytest.mark.parametrize("link", [{"spotify_id": A}, {"bandcamp_url": BANDCAMP}])
@pytest.mark.parametrize("withdrawn", [0, 1])
def test_a_withdrawn_album_with_the_same_link_does_not_block_a_rename(link: dict[str, str], withdrawn: int) -> None:
    known = [make_known(make_release(**link)), make_known(make_release(title="Ebb", **link), pk=2)]
    known[withdrawn] = known[withdrawn]._replace(withdrawn_at=NOON)
    renamed = make_release(title="Flow", **link)
    result = plan([renamed], known)
    assert result.changed == [(known[1 - withdrawn], renamed)]
    assert result.gone == result.new == []


def test_spotify_tells_where_bandcamp_contradicts_it() -> None:
    known = [make_known(make_release(spotify_id=A)), make_known(make_release(title="Ebb", bandcamp_url=BANDCAMP), pk=2)]
    result = plan([make_release(title="Flow", spotify_id=A, bandcamp_url=BANDCAMP)], known)
    assert pairs(result) == [(1, "Flow")]
    assert result.gone == [known[1]]


# Renames without a link ----------------------------------------------------------------------

APRIL, MAY = date(2025, 4, 11), date(2025, 5, 9)


def on(day: date | None, title: str, artist: str = "Lantern Fall", **overrides: Any) -> Release:
    precision = "day" if day else ""
    fields = {"artist": artist, "title": title, "release_date": day, "release_precision": precision}
    return make_release(**fields | overrides)


def renamed(before: Collection[Release], now: Collection[Release]) -> list[tuple[str, str]]:
    """Return the (old, new) names of the albums that a plan takes for renamed."""
    result = plan(now, [make_known(release, pk=pk) for pk, release in enumerate(before, 1)])
    names = {pk: f"{release.artist} – {release.title}" for pk, release in enumerate(before, 1)}
    found = [(names[album.pk], release.name) for album, release in result.changed]
    return [(old, new) for old, new in found if old != new]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (on(APRIL, "Deathwatch"), on(APRIL, "Deathmatch")),
        (on(None, "Deathwatch"), on(None, "Deathmatch")),
        (on(None, "Deathwatch"), on(APRIL, "Deathmatch", spotify_id=A)),
        (on(APRIL, "Reader of the Runes: Luna"), on(MAY, "Reader of the Runes - Luna", tab="2024 Prog-metal")),
        (on(None, "Días"), on(None, "Dias!")),
        (on(APRIL, "TBA"), on(APRIL, "Salt Meridian", bandcamp_url=BANDCAMP)),
        (on(APRIL, "Salt", artist="Slave to Sirens"), on(APRIL, "Salt", artist="Sirens")),
    ],
)
def test_an_album_without_links_is_found_by_what_only_the_two_share(before: Release, now: Release) -> None:
    others = [on(APRIL, "Ebb", artist="Other"), on(MAY, "Flow")]
    assert renamed([before, *others], [*others, now]) == [(before.name, now.name)]


NO_RENAMES = {
    "two of one artist on one day": ([on(APRIL, "One EP"), on(APRIL, "Ebb")], [on(APRIL, "Flow"), on(APRIL, "Ebb")]),
    "two new ones of the day": ([on(APRIL, "Salt")], [on(APRIL, "Ebb"), on(APRIL, "Flow")]),
    "two titles of one day": (
        [on(APRIL, "Demo", artist="A"), on(APRIL, "Demo", artist="B")],
        [on(APRIL, "Demo", artist="A"), on(APRIL, "Demo", artist="C")],
    ),
    "undated": ([on(None, "Salt")], [on(None, "Ebb")]),
    "undated title": ([on(None, "Demo", artist="A")], [on(None, "Demo", artist="B")]),
    "month only": ([on(APRIL, "Salt", release_precision="month")], [on(APRIL, "Ebb", release_precision="month")]),
    "another day": ([on(APRIL, "Salt")], [on(MAY, "Ebb")]),
    "another tab": ([on(APRIL, "Salt")], [on(APRIL, "Ebb", tab="2025 Prog-rock")]),
    "other links": ([on(APRIL, "Deathwatch", spotify_id=A)], [on(APRIL, "Deathmatch", spotify_id=B)]),
    "parts in Roman numerals": ([on(None, "The Long Way Home, Part I")], [on(None, "The Long Way Home, Part II")]),
    "parts in digits": ([on(None, "Songs of the Sea Vol. 1")], [on(None, "Songs of the Sea Vol. 2")]),
    "parts in letters": ([on(None, "The Long Way Home Side A")], [on(None, "The Long Way Home Side B")]),
    "near titles on two days": ([on(APRIL, "Songs of the Light")], [on(MAY, "Songs of the Night")]),
    "titles not near enough": ([on(None, "Light")], [on(None, "Night")]),
    "an edition": ([on(None, "Salt Meridian")], [on(None, "Salt Meridian (Deluxe)")]),
    "signs without a word": ([on(None, "+ +")], [on(None, "- -")]),
}


@pytest.mark.parametrize("name", NO_RENAMES)
def test_what_could_be_two_albums_is_no_rename(name: str) -> None:
    before, now = NO_RENAMES[name]
    assert renamed(before, now) == []


def test_a_withdrawn_album_without_links_is_not_renamed() -> None:
    known = make_known(on(APRIL, "Deathwatch"), withdrawn_at=NOON)
    result = plan([on(APRIL, "Deathmatch")], [known])
    assert (len(result.new), result.changed) == (1, [])


def test_the_same_words_count_before_the_same_day() -> None:
    before = [on(APRIL, "Reader: Luna")]
    assert renamed(before, [on(APRIL, "Ebb"), on(MAY, "Reader - Luna")]) == [
        ("Lantern Fall – Reader: Luna", "Lantern Fall – Reader - Luna")
    ]


# Namesakes ---------------------------------------------------------------------------------


def test_namesakes_keep_to_their_spotify_albums_in_any_order() -> None:
    known = [make_known(make_release(spotify_id=A)), make_known(make_release(spotify_id=B), pk=2)]
    for rows in ((A, B), (B, A)):
        result = plan([make_release(spotify_id=spotify_id) for spotify_id in rows], known)
        assert (result.unchanged, result.new, result.gone) == (2, [], [])


@pytest.mark.parametrize("rows", [(C, A), (A, C)])
def test_a_namesake_with_another_spotify_album_leaves_the_others_theirs(rows: tuple[str, str]) -> None:
    known = [make_known(make_release(spotify_id=A)), make_known(make_release(spotify_id=B), pk=2)]
    result = plan([make_release(spotify_id=spotify_id) for spotify_id in rows], known)
    assert result.changed == [(known[1], make_release(spotify_id=C))]
    assert (result.unchanged, result.gone) == (1, [])


def test_of_namesakes_the_one_in_the_same_tab_is_taken() -> None:
    known = [make_known(make_release(tab="2024 Prog-metal")), make_known(make_release(), pk=2)]
    result = plan([make_release()], known)
    assert (result.unchanged, result.gone) == (1, [known[0]])


def test_of_namesakes_that_differ_in_nothing_the_oldest_is_taken() -> None:
    known = [make_known(make_release(), pk=2), make_known(make_release())]
    result = plan([make_release()], known)
    assert (result.unchanged, result.gone) == (1, [known[0]])


def test_a_second_album_of_the_name_is_new() -> None:
    result = plan([make_release(spotify_id=B), make_release(spotify_id=A)], [make_known(make_release(spotify_id=A))])
    assert (result.unchanged, [release.spotify_id for release in result.new]) == (1, [B])


def test_of_two_namesakes_the_one_whose_row_is_gone_goes() -> None:
    known = [make_known(make_release(spotify_id=A)), make_known(make_release(spotify_id=B), pk=2)]
    result = plan([make_release(spotify_id=B)], known)
    assert (result.unchanged, result.gone) == (1, [known[0]])


def test_an_album_gets_its_first_spotify_link_without_becoming_another() -> None:
    known, now = make_known(make_release()), make_release(spotify_id=A)
    assert plan([now], [known]).changed == [(known, now)]


def test_a_visible_namesake_is_taken_before_a_withdrawn_one() -> None:
    known = [make_known(make_release(), withdrawn_at=NOON), make_known(make_release(), pk=2)]
    result = plan([make_release()], known)
    assert (result.unchanged, result.changed) == (1, [])


def test_a_visible_namesake_in_another_tab_is_taken_before_a_withdrawn_one_in_the_same() -> None:
    elsewhere = make_known(make_release(tab="2024 Prog-metal"), pk=2)
    result = plan([make_release()], [make_known(make_release(), withdrawn_at=NOON), elsewhere])
    assert result.changed == [(elsewhere, make_release())]


def test_a_withdrawn_namesake_with_the_same_spotify_album_comes_back() -> None:
    known = [make_known(make_release(spotify_id=A), withdrawn_at=NOON), make_known(make_release(spotify_id=B), pk=2)]
    result = plan([make_release(spotify_id=A), make_release(spotify_id=B)], known)
    assert (pairs(result), result.unchanged) == ([(1, "Salt Meridian")], 1)
