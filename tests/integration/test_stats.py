"""The catalog in numbers: what is counted, where each bar leads, and what it costs."""

import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalog.browsing.statistics import MOST_BARS, Bar, Strip
from catalog.models import Album, SpotifyAlbum, SyncOperation, VocalStyle
from tests.support.factories import make_album, make_operation

pytestmark = pytest.mark.django_db

MOST_QUERIES = 8
STATS = "/catalog/stats/"


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """Counts of another test's catalog may have been cached under the same run's number."""
    cache.clear()


def numbers(client: Client) -> Any:
    response = client.get(STATS)
    assert response.status_code == 200
    return response.context["numbers"]


def values(bars: tuple[Bar, ...]) -> dict[str, int]:
    return {bar.label: bar.value for bar in bars}


def strip(strips: tuple[Strip, ...], label: str) -> dict[str, int]:
    return next(values(strip.bars) for strip in strips if strip.label == label)


def album_of(year: int, **overrides: Any) -> Album:
    day = date(year, overrides.pop("month", 6), 5)
    return make_album(release_year=year, release_date=day, **overrides)


def fill() -> None:
    """Make two years of albums: three in 2024, one in 2025, and one that the sheet has given up."""
    clean = VocalStyle.objects.create(name="Clean", slug="clean")
    spotify = SpotifyAlbum.objects.create(spotify_id="0a1B2c3D4e5F6g7H8i9J0k")
    album_of(2024, title="A", genres=("Djent", "Sludge"), country_codes="FI", is_debut=True, spotify=spotify)
    album_of(2024, title="B", genres=("Djent",), country_codes="FI SE", bandcamp_url="https://ebb.bandcamp.com/album/b")
    album_of(2024, title="C", month=2, vocal_style=clean)
    album_of(2025, title="D", vocal_style=clean, genres=("Djent",), youtube_url="https://youtu.be/0")
    album_of(2025, title="Gone", withdrawn_at=datetime(2025, 11, 20, tzinfo=UTC))


# What is counted ---------------------------------------------------------------------------


def test_albums_are_counted_by_year_and_month(client: Client) -> None:
    fill()
    found = numbers(client)
    assert found.total == 4
    assert values(found.years) == {"2025": 1, "2024": 3}
    assert {month: count for month, count in strip(found.months, "2024").items() if count} == {"Feb": 1, "Jun": 2}


def test_genres_vocals_and_countries_are_counted_most_frequent_first(client: Client) -> None:
    fill()
    found = numbers(client)
    assert list(values(found.genres).items()) == [("Djent", 3), ("Sludge", 1)]
    assert values(found.vocals) == {"Clean": 2}
    assert list(values(found.countries).items()) == [("Finland", 2), ("Sweden", 1)]


def test_debuts_and_links_are_shares_of_their_year(client: Client) -> None:
    fill()
    found = numbers(client)
    assert [(bar.label, bar.value, bar.note) for bar in found.debuts] == [("2024", 33, "1 of 3")]
    assert strip(found.links, "Spotify") == {"2024": 33, "2025": 0}
    assert strip(found.links, "Bandcamp") == {"2024": 33, "2025": 0}
    assert strip(found.links, "YouTube") == {"2024": 0, "2025": 100}


def test_no_more_than_thirty_genres_are_shown(client: Client) -> None:
    make_album(genres=[f"Genre {number}" for number in range(MOST_BARS + 5)])
    assert len(numbers(client).genres) == MOST_BARS


def test_a_date_that_nobody_knows_counts_for_its_year_alone(client: Client) -> None:
    make_album(release_date=None, release_precision="", release_year=2024, sort_date=date(2024, 1, 1))
    found = numbers(client)
    assert values(found.years) == {"2024": 1}
    assert found.months == ()


# How it is drawn ---------------------------------------------------------------------------


def test_a_catalog_without_any_year_has_no_shares_of_links(client: Client) -> None:
    """Also what a page finds whose counts by year are from before a run's first albums, and whose total is not."""
    make_album(release_date=None, release_precision="", release_year=None, genres=["Djent"])
    counted = numbers(client)
    assert (counted.total, counted.years, counted.links) == (1, (), ())
    assert values(counted.genres) == {"Djent": 1}


def test_every_bar_leads_to_just_its_albums(client: Client) -> None:
    fill()
    found = numbers(client)
    months = [bar for strip in found.months for bar in strip.bars]
    for bar in (*found.years, *months, *found.genres, *found.vocals, *found.countries):
        assert client.get(bar.url).context["results"] == bar.value, bar.url
    assert client.get(found.debuts[0].url).context["results"] == 1


def test_a_share_of_links_leads_to_the_albums_that_have_one(client: Client) -> None:
    fill()
    shares = {strip.label: strip.bars for strip in numbers(client).links}
    assert [client.get(bar.url).context["results"] for bar in shares["Spotify"]] == [1, 0]
    assert [client.get(bar.url).context["results"] for bar in shares["YouTube"]] == [0, 1]
    assert shares["Apple Music"][0].url == "/catalog/?year=2024&link=apple-music"


def test_a_month_in_force_is_a_chip(client: Client) -> None:
    fill()
    page = client.get("/catalog/", {"month": ["2024-02", "2024-13", "0000-01", "x"]})
    assert [chip.label for chip in page.context["chips"]] == ["Feb 2024"]
    assert "facet-month" in page.text
    assert "facet-month" not in client.get("/catalog/").text


def test_every_chart_has_a_table_with_its_numbers(client: Client) -> None:
    fill()
    body = client.get(STATS).text
    assert body.count('<details class="chart-table">') == body.count("<table>") == body.count("</section>") == 7
    genres = body[body.index('id="genres"') :]
    assert re.search(r'<th scope="row"><a [^>]*>Djent</a></th><td>3</td>', genres)


def test_the_longest_bar_fills_its_room_and_the_others_their_share(client: Client) -> None:
    fill()
    assert [bar.length for bar in numbers(client).years] == [33.3, 100]


def test_charts_are_well_formed_and_carry_no_inline_style(client: Client) -> None:
    fill()
    body = client.get(STATS).text
    drawings = re.findall(r"<svg.*?</svg>", body, re.DOTALL)
    assert len(drawings) > 10
    for drawing in drawings:
        ElementTree.fromstring(unescape(drawing).replace("&", "&amp;"))
    assert "style=" not in body


def test_names_are_text_whatever_they_hold(client: Client) -> None:
    make_album(genres=("<script>alert(1)</script>",))
    assert "<script>alert" not in client.get(STATS).text


def test_an_empty_catalog_leads_to_the_button(client: Client) -> None:
    assert "There is nothing to count yet." in client.get(STATS).text


# What it costs -----------------------------------------------------------------------------


def test_counting_costs_at_most_eight_queries_and_is_done_once(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_operation()
    fill()
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(STATS)
    with django_assert_max_num_queries(1):
        client.get(STATS)


def test_a_sync_lets_the_numbers_be_counted_anew(client: Client) -> None:
    make_operation()
    fill()
    assert values(numbers(client).years)["2025"] == 1
    album_of(2025, title="E")
    assert values(numbers(client).years)["2025"] == 1
    make_operation(SyncOperation.Status.COMPLETED)
    assert values(numbers(client).years)["2025"] == 2


def test_nonsense_changes_nothing_and_only_reading_is_allowed(client: Client) -> None:
    fill()
    assert client.get(f"{STATS}?year=%00&q={'x' * 10000}").text == client.get(STATS).text
    assert client.post(STATS).status_code == 405
