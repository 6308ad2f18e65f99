"""The curators' worklists: which albums they hold, and how they paste."""

import csv
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import SpotifyAlbum
from tests.support.downloads import downloaded
from tests.support.factories import make_album

pytestmark = pytest.mark.django_db


def lines(client: Client, url: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(downloaded(client, url)), dialect="excel-tab"))


def make_spotify_album(letter: str, day: date, precision: str = "day") -> SpotifyAlbum:
    return SpotifyAlbum.objects.create(
        spotify_id=letter * 22, state="found", release_date=day, release_precision=precision
    )


def test_albums_without_a_spotify_link_come_in_the_columns_of_the_sheet(client: Client) -> None:
    make_album(
        title="=1\t+1", genres=("Doom", "Djent"), country="Bergen, Norway", bandcamp_url="https://a.example/b", row=12
    )
    make_album(title="Withdrawn Reef", withdrawn_at=timezone.now())
    make_album(title="Linked Reef", spotify=make_spotify_album("a", date(2025, 11, 28)))
    response: Any = client.get("/catalog/worklists/no-spotify.tsv")
    header, row = b"".join(response.streaming_content).decode().splitlines()
    assert response["Content-Type"] == "text/tab-separated-values; charset=utf-8"
    assert header.split("\t") == [
        "Artist", "Album", "Release Date", "Length", "Genre / Subgenres", "Vocal Style", "Country / State",
        "Bandcamp", "Spotify", "YouTube", "Amazon", "Apple Music", "Tab", "Row",
    ]  # fmt: skip
    assert row.split("\t") == [
        "Lantern Fall", "'=1 +1", "2025-11-28", "LP", "Djent, Doom", "", "Bergen, Norway",
        "https://a.example/b", "", "", "", "", "2025 Prog-metal", "12",
    ]  # fmt: skip


def test_a_date_that_is_no_day_is_pasted_as_it_was_typed(client: Client) -> None:
    make_album(release_text="late this year", release_date=None, release_precision="")
    assert lines(client, "/catalog/worklists/no-spotify.tsv")[0]["Release Date"] == "late this year"


@pytest.mark.parametrize(("tab", "words"), [("2025 Prog-metal", "April"), ("Odds and ends", "April 2025")])
def test_a_month_is_pasted_as_a_month(client: Client, tab: str, words: str) -> None:
    make_album(release_date=date(2025, 4, 1), release_precision="month", tab=tab)
    assert lines(client, "/catalog/worklists/no-spotify.tsv")[0]["Release Date"] == words


@pytest.mark.parametrize(
    ("day", "precision", "is_listed"),
    [
        (date(2025, 12, 5), "day", False),
        (date(2025, 12, 6), "day", True),
        (date(2025, 11, 21), "day", False),
        (date(2025, 11, 20), "day", True),
        (date(2024, 1, 1), "year", False),
    ],
)
def test_dates_differ_when_two_days_are_more_than_a_week_apart(
    client: Client, day: date, precision: str, is_listed: bool
) -> None:
    make_album(release_date=date(2025, 11, 28), spotify=make_spotify_album("a", day, precision))
    rows = lines(client, "/catalog/worklists/dates.tsv")
    assert len(rows) == is_listed
    if is_listed:
        assert (rows[0]["Release Date"], rows[0]["Spotify's Date"], rows[0]["Days Apart"]) == (
            "2025-11-28", day.isoformat(), "8",
        )  # fmt: skip


def test_a_month_in_the_sheet_is_compared_with_no_day(client: Client) -> None:
    spotify = make_spotify_album("a", date(2025, 4, 28))
    make_album(release_date=date(2025, 4, 1), release_precision="month", spotify=spotify)
    assert lines(client, "/catalog/worklists/dates.tsv") == []


@pytest.mark.parametrize("name", ["dates", "no-spotify"])
def test_they_are_streamed(client: Client, name: str) -> None:
    assert client.get(f"/catalog/worklists/{name}.tsv").streaming


def test_albums_cost_two_queries_and_no_column_that_is_not_written(client: Client) -> None:
    for row in (7, 8, 9):
        spotify = make_spotify_album(str(row), date(2024, 1, 1))
        make_album(row=row, release_date=date(2025, 11, 28), spotify=spotify)
    with CaptureQueriesContext(connection) as queries:
        assert len(lines(client, "/catalog/worklists/dates.tsv")) == 3
    asked = [query["sql"] for query in queries.captured_queries if "catalog_" in query["sql"]]
    assert len(asked) == 2
    assert "tracks" not in asked[0]
