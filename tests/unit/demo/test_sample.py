"""The invented releases: the same each time, none twice, and as odd as the real ones."""

import subprocess
import sys
from collections import Counter
from datetime import date

import pytest

from demo.sample import SampleRelease, odd_rows, sample_releases

TODAY = date(2026, 11, 22)
FRIDAY = 4


@pytest.fixture(scope="module")
def releases() -> list[SampleRelease]:
    return sample_releases(240, today=TODAY)


def test_the_same_day_gives_the_same_releases(releases: list[SampleRelease]) -> None:
    assert sample_releases(240, today=TODAY) == releases


def test_the_sample_needs_no_django() -> None:
    script = "import sys, demo.standin; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("count", [1, 2, 25, 240, 20_000])
def test_no_artist_and_title_come_twice(count: int) -> None:
    releases = sample_releases(count, today=TODAY)
    names = {(release.artist.casefold(), release.title.casefold()) for release in releases}
    assert len(releases) == len(names) == count


def test_every_spotify_id_is_its_own(releases: list[SampleRelease]) -> None:
    ids = [release.spotify_id for release in releases if release.spotify_id]
    assert len(set(ids)) == len(ids) > 200
    assert all(len(album_id) == 22 and album_id.isalnum() for album_id in ids)


def test_some_artists_have_several_albums(releases: list[SampleRelease]) -> None:
    albums = Counter(release.artist for release in releases)
    assert sum(count > 1 for count in albums.values()) > 20


def test_most_releases_come_on_a_friday(releases: list[SampleRelease]) -> None:
    dated = [release.released for release in releases if release.released]
    assert sum(day.weekday() == FRIDAY for day in dated) > 0.75 * len(dated)


def test_a_few_releases_are_still_to_come(releases: list[SampleRelease]) -> None:
    upcoming = [release for release in releases if release.released and release.released > TODAY]
    assert 5 <= len(upcoming) <= 20
    assert releases[-1] in upcoming


@pytest.mark.parametrize("today", [date(2027, 1, 1), date(2026, 1, 2), date(2026, 12, 31), date(2028, 2, 29)])
def test_any_day_of_the_year_will_do(today: date) -> None:
    assert len(sample_releases(60, today=today)) == 60


def test_a_small_sample_stays_in_the_newest_years(releases: list[SampleRelease]) -> None:
    assert {release.year for release in releases} == {2024, 2025, 2026, 2027}


def test_a_large_sample_goes_back_to_2017() -> None:
    years = {release.year for release in sample_releases(2000, today=TODAY)}
    assert years == set(range(2017, 2028))


def test_tabs_are_named_by_year_and_scene(releases: list[SampleRelease]) -> None:
    assert {release.tab[5:] for release in releases} == {"Prog-metal", "Prog-rock"}
    assert all(release.released is None or release.released.year == release.year for release in releases)


def test_the_sample_has_debuts_and_reissues(releases: list[SampleRelease]) -> None:
    assert any(release.is_debut for release in releases)
    assert any(release.is_reissue for release in releases)


def test_a_debut_is_the_first_release_of_its_artist(releases: list[SampleRelease]) -> None:
    seen: set[str] = set()
    for release in releases:
        assert not (release.is_debut and release.artist in seen)
        seen.add(release.artist)


def test_the_oddities_of_the_real_sheet_are_there(releases: list[SampleRelease]) -> None:
    spotify = [release.links.get("Spotify") for release in releases]
    assert {"", "http://s/"} <= set(spotify)
    assert any(url and "/artist/" in url for url in spotify)
    assert any(release.shown_date == "TBA" and release.released is None for release in releases)
    assert any(release.vocals == "Whispered" for release in releases)


def test_only_an_album_link_comes_with_a_spotify_id(releases: list[SampleRelease]) -> None:
    for release in releases:
        assert (release.spotify_id is not None) == ("/album/" in release.links.get("Spotify", ""))


def test_odd_rows_lack_a_title_or_repeat_a_release(releases: list[SampleRelease]) -> None:
    rows = odd_rows(releases)
    assert any(not row.title for row in rows)
    assert any(row in releases for row in rows)
