"""Feed, calendar, JSON and CSV of a selection, read by the programs that people read them with."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from catalog.feeds.table import HEADER
from catalog.models import Album, SpotifyAlbum
from tests.support.factories import make_album, make_operation, make_release
from tests.support.importing import import_releases

pytestmark = pytest.mark.django_db

API = Path(__file__).resolve().parents[2] / "docs" / "api.md"
KINDS = ("atom", "ics", "json", "csv")
MARKUP = '<script>alert("1")</script> & <b>bold</b>'
NONSENSE = ("page=-1", "page=x&page_size=7", "genre=%00", "q=" + "a" * 5000, "q=';DROP+TABLE--", "year=99999")
FORMULA = '=HYPERLINK("http://evil.example","free")'


@pytest.fixture(autouse=True)
def forget_counts() -> None:
    cache.clear()


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


@pytest.mark.parametrize("kind", ["json", "csv", "atom"])
def test_genres_stand_in_the_order_of_the_sheet(client: Client, kind: str) -> None:
    import_releases([make_release(genres=("Sludge", "Djent", "Ambient"))])
    body = ask(client, kind).decode()
    assert body.index("Sludge") < body.index("Djent") < body.index("Ambient")


def address_of(kind: str) -> str:
    return f"/catalog/albums.{kind}"


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def ask(client: Client, kind: str, query: str = "") -> bytes:
    response = client.get(f"{address_of(kind)}?{query}")
    assert response.status_code == 200
    return body_of(response)


def entries(client: Client, query: str = "") -> list[Any]:
    feed = feedparser.parse(ask(client, "atom", query))
    assert not feed.bozo
    return feed.entries


def calendar(client: Client, query: str = "") -> Any:
    return Calendar.from_ical(ask(client, "ics", query))


def events(client: Client, query: str = "") -> list[Any]:
    return calendar(client, query).walk("VEVENT")


def records(client: Client, query: str = "") -> list[dict[str, Any]]:
    return json.loads(ask(client, "json", query))["albums"]


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ask(client, "csv", query).decode("utf-8-sig"), newline="")))


def titles_on_page(client: Client, query: str) -> list[str]:
    return re.findall(r'<h3 class="tile-title" title="([^"]*)"', client.get(f"/catalog/?{query}").content.decode())


def make_three() -> None:
    make_album(title="Early", genres=("Djent",), release_date=in_days(-3), section="prog-metal")
    make_album(title="Late", genres=("Djent", "Doom"), release_date=in_days(3), is_debut=True)
    make_album(title="Other", artist="Ebb", genres=("Doom",), release_date=in_days(0), search_text="other ebb doom")


class TestAllFour:
    @pytest.mark.parametrize(
        "query", ["", "genre=djent", "genre=djent&genre=doom&debut=1", "q=ebb", "release=upcoming", "nonsense=1&year=x"]
    )
    def test_the_same_query_gives_the_same_albums_as_the_page(self, client: Client, query: str) -> None:
        make_three()
        expected = sorted(titles_on_page(client, query))
        assert sorted(record["title"] for record in records(client, query)) == expected
        assert sorted(row["Title"] for row in rows(client, query)) == expected
        assert sorted(entry.title.partition(" – ")[2] for entry in entries(client, query)) == expected
        in_calendar = "\n".join(
            f"{event['SUMMARY']}\n{event.get('DESCRIPTION', '')}" for event in events(client, query)
        )
        assert [title for title in ("Early", "Late", "Other") if f"– {title}" in in_calendar] == expected

    @pytest.mark.parametrize("sort", ["released", "oldest", "artist", "title"])
    def test_json_and_csv_keep_the_order_of_the_page(self, client: Client, sort: str) -> None:
        make_three()
        expected = titles_on_page(client, f"sort={sort}")
        assert [record["title"] for record in records(client, f"sort={sort}")] == expected
        assert [row["Title"] for row in rows(client, f"sort={sort}")] == expected

    @pytest.mark.parametrize("kind", KINDS)
    def test_withdrawn_albums_are_in_none(self, client: Client, kind: str) -> None:
        make_album(title="Vanished", release_date=in_days(0), withdrawn_at=datetime(2025, 1, 1, tzinfo=UTC))
        assert b"Vanished" not in ask(client, kind)

    @pytest.mark.parametrize("kind", KINDS)
    def test_nonsense_is_answered(self, client: Client, kind: str) -> None:
        make_three()
        for query in NONSENSE:
            ask(client, kind, query)

    @pytest.mark.parametrize("kind", KINDS)
    def test_an_empty_catalog_is_valid(self, client: Client, kind: str) -> None:
        assert ask(client, kind)
        assert [*entries(client), *events(client), *records(client), *rows(client)] == []

    @pytest.mark.parametrize(
        ("kind", "content_type"),
        [
            ("atom", "application/atom+xml; charset=utf-8"),
            ("ics", "text/calendar; charset=utf-8"),
            ("json", "application/json"),
            ("csv", "text/csv; charset=utf-8"),
        ],
    )
    def test_each_says_what_it_is_and_sets_no_cookie(self, client: Client, kind: str, content_type: str) -> None:
        make_three()
        response = client.get(address_of(kind))
        assert response["Content-Type"] == content_type
        assert "private" in response["Cache-Control"]
        assert "Cookie" not in response.get("Vary", "")
        assert not response.cookies

    @pytest.mark.parametrize("kind", KINDS)
    def test_links_lead_to_the_site_whatever_host_a_request_names(
        self, client: Client, settings: Any, kind: str
    ) -> None:
        settings.SITE_URL = "https://catalog.example.org"
        make_three()
        response = client.get(address_of(kind), headers={"host": "testserver:6666"})
        body = body_of(response)
        assert b"https://catalog.example.org/catalog/" in body.replace(b"\r\n ", b"")
        assert b"testserver" not in body
        assert "public" in response["Cache-Control"]

    @pytest.mark.parametrize("kind", KINDS)
    def test_head_has_the_headers_alone(self, client: Client, kind: str) -> None:
        make_three()
        response = client.head(address_of(kind))
        assert response.status_code == 200
        assert response["ETag"] == client.get(address_of(kind))["ETag"]
        assert body_of(response) == b""

    @pytest.mark.parametrize("kind", KINDS)
    def test_nothing_can_be_posted(self, client: Client, kind: str) -> None:
        assert client.post(address_of(kind)).status_code == 405

    def test_a_hundred_albums_cost_at_most_eight_queries(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(100):
            make_album(title=f"Album {number}", artist=f"Artist {number}", genres=(f"Genre {number % 9}", "Djent"))
        for kind in KINDS:
            monkeypatch.setattr("catalog.browsing.index._current", None)
            with django_assert_max_num_queries(8, info=kind):
                ask(client, kind, "genre=djent")


class TestConditionalGet:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(("sent", "header"), [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")])
    def test_what_has_not_changed_is_not_sent_again(self, client: Client, kind: str, sent: str, header: str) -> None:
        make_operation()
        first = client.get(address_of(kind))
        again = client.get(address_of(kind), headers={sent: first[header]})
        assert again.status_code == 304
        assert body_of(again) == b""
        assert again["ETag"] == first["ETag"]

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_304_costs_one_query(
        self, client: Client, kind: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        etag = client.get(address_of(kind))["ETag"]
        with django_assert_num_queries(1):
            assert client.get(address_of(kind), headers={"If-None-Match": etag}).status_code == 304

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_run_makes_it_new(self, client: Client, kind: str) -> None:
        etag = client.get(address_of(kind))["ETag"]
        make_operation()
        assert client.get(address_of(kind), headers={"If-None-Match": etag}).status_code == 200

    @pytest.mark.parametrize("kind", KINDS)
    def test_another_selection_is_another_answer(self, client: Client, kind: str) -> None:
        etag = client.get(address_of(kind))["ETag"]
        assert client.get(f"{address_of(kind)}?debut=1", headers={"If-None-Match": etag}).status_code == 200


class TestAtom:
    def test_an_entry_tells_of_an_album(self, client: Client) -> None:
        make_album(genres=("Djent", "Doom"), bandcamp_url="https://ebb.example/album", country="Finland")
        (entry,) = entries(client)
        assert entry.title == "Lantern Fall – Salt Meridian"
        assert entry.author == "Lantern Fall"
        assert entry.link.startswith("http://testserver/catalog/albums/")
        assert entry.id.startswith("tag:testserver,2025-11-21:/catalog/albums/")
        assert entry.published == entry.updated == "2025-11-21T12:00:00+00:00"
        assert [tag.term for tag in entry.tags] == ["Djent", "Doom"]
        assert "28 Nov 2025 · LP · Finland" in entry.summary
        assert 'href="https://ebb.example/album"' in entry.summary

    def test_each_selection_is_a_feed_of_its_own(self, client: Client) -> None:
        queries = ("", "genre=djent", "q=salt")
        assert len({feedparser.parse(ask(client, "atom", query)).feed.id for query in queries}) == len(queries)

    def test_the_feed_names_itself_and_the_page(self, client: Client) -> None:
        make_three()
        feed = feedparser.parse(ask(client, "atom", "genre=djent&x=1")).feed
        assert feed.title == "New in progmetal: djent"
        addresses = {link.rel: link.href for link in feed.links}
        assert addresses["self"] == "http://testserver/catalog/albums.atom?genre=djent"
        assert addresses["alternate"] == "http://testserver/catalog/?genre=djent"

    def test_what_was_added_last_comes_first_and_fifty_are_enough(self, client: Client) -> None:
        for day in range(1, 61):
            added = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day)
            make_album(title=f"Day {day}", imported_at=added, updated_at=added)
        titles = [entry.title for entry in entries(client, "sort=title")]
        assert titles == [f"Lantern Fall – Day {day}" for day in range(60, 10, -1)]

    def test_markup_in_a_name_stays_text(self, client: Client) -> None:
        make_album(title=MARKUP, country=MARKUP, genres=(MARKUP,))
        raw = ask(client, "atom").decode()
        (entry,) = entries(client)
        assert "<script" not in raw
        assert entry.title == f"Lantern Fall – {MARKUP}"
        assert "<script" not in entry.summary
        assert "&lt;script&gt;" in entry.summary

    def test_characters_that_xml_cannot_hold_are_left_out(self, client: Client) -> None:
        make_album(title="Bell\x07 and\x1b[0m \ufffewhistle")
        assert entries(client)[0].title == "Lantern Fall – Bell and[0m whistle"


class TestCalendar:
    def test_a_day_is_one_event_with_its_list(self, client: Client) -> None:
        today = in_days(0)
        make_album(title="One", release_date=today, genres=("Djent",), artist_key="lantern fall")
        make_album(title="Two", artist="Ebb", release_date=today, artist_key="ebb")
        (event,) = events(client)
        assert event["SUMMARY"] == "2 prog releases"
        assert event["DESCRIPTION"] == "Ebb – Two (LP)\nLantern Fall – One (LP, Djent)"
        assert event.decoded("DTSTART") == today
        assert event.decoded("DTEND") == today + timedelta(days=1)
        assert event["TRANSP"] == "TRANSPARENT"

    def test_a_selection_of_few_is_one_event_for_each_album(self, client: Client) -> None:
        first, second = (make_album(title=title, release_date=date(2019, 3, 1)) for title in ("One", "Two"))
        found = events(client, "format=LP")
        assert [event["SUMMARY"] for event in found] == ["Lantern Fall – One", "Lantern Fall – Two"]
        assert [event["UID"] for event in found] == [f"album-{album.pk}@testserver" for album in (first, second)]
        assert [event["URL"] for event in found] == [
            f"http://testserver/catalog/albums/{album.pk}/" for album in (first, second)
        ]

    def test_a_mistyped_day_at_the_end_of_time_breaks_no_calendar(self, client: Client) -> None:
        make_album(title="Someday", release_date=date(9999, 12, 31))
        make_album(title="Soon", format="EP")
        assert [str(event["summary"]) for event in events(client, "format=EP")] == ["Lantern Fall – Soon"]
        assert events(client, "format=LP") == []

    def test_a_selection_of_two_hundred_is_told_by_day_again(self, client: Client) -> None:
        album = make_album(release_date=in_days(0))
        fields = {field.attname: getattr(album, field.attname) for field in Album._meta.concrete_fields}
        Album.objects.bulk_create(Album(**fields | {"id": None, "title": f"Album {number}"}) for number in range(199))
        (event,) = events(client, "format=LP")
        assert event["SUMMARY"] == "200 prog releases"
        album.delete()
        assert len(events(client, "format=LP")) == 199

    def test_the_whole_catalog_shows_what_is_recent_and_to_come(self, client: Client) -> None:
        for days in (-61, -60, 400):
            make_album(title=f"Day {days}", release_date=in_days(days))
        assert [event["SUMMARY"] for event in events(client)] == ["Lantern Fall – Day -60", "Lantern Fall – Day 400"]

    @pytest.mark.parametrize("query", ["", "format=LP"])
    def test_a_month_or_a_year_is_no_event(self, client: Client, query: str) -> None:
        make_album(release_date=in_days(0), release_precision="month")
        make_album(release_date=in_days(0), release_precision="year")
        make_album(release_date=None, sort_date=in_days(0), release_precision="")
        assert events(client, query) == []

    def test_programs_learn_its_name_what_it_holds_and_when_to_ask_again(self, client: Client) -> None:
        debuts = calendar(client, "debut=1")
        assert debuts["X-WR-CALNAME"] == debuts["NAME"] == "progmetal releases: Debuts"
        assert debuts["X-WR-CALDESC"].startswith("Every release date of this selection")
        assert debuts.decoded("REFRESH-INTERVAL") == timedelta(hours=12)
        raw = ask(client, "ics").replace(b"\r\n ", b"").decode()
        assert "\r\nX-PUBLISHED-TTL:PT12H\r\n" in raw
        assert "\r\nX-WR-CALDESC:Releases of the last 60 days and everything announced since\\, as far" in raw

    @pytest.mark.parametrize("query", ["", "debut=1"])
    def test_an_unchanged_catalog_gives_the_same_bytes(self, client: Client, query: str) -> None:
        make_three()
        assert ask(client, "ics", query) == ask(client, "ics", query)

    def test_selections_of_one_day_do_not_replace_each_other(self, client: Client) -> None:
        make_album(release_date=in_days(0))
        fields = {field.attname: getattr(Album.objects.get(), field.attname) for field in Album._meta.concrete_fields}
        Album.objects.bulk_create(Album(**fields | {"id": None}) for _ in range(200))
        assert events(client)[0]["UID"] != events(client, "format=LP")[0]["UID"]

    def test_names_are_escaped_and_lines_are_folded(self, client: Client) -> None:
        title = "Sea; salt, \\ and " + "würm " * 40
        make_album(title=title, release_date=in_days(0))
        raw = ask(client, "ics", "format=LP")
        assert max(map(len, raw.split(b"\r\n"))) <= 75
        assert events(client, "format=LP")[0]["SUMMARY"] == f"Lantern Fall – {title.strip()}"

    def test_a_name_cannot_add_a_property(self, client: Client) -> None:
        make_album(title="End\r\nATTACH:http://evil.example/\r\nX", release_date=in_days(0))
        (event,) = events(client)
        assert "ATTACH" not in event


class TestJson:
    def test_every_field_is_documented_and_every_documented_field_is_there(self, client: Client) -> None:
        make_album(spotify=SpotifyAlbum.objects.create(spotify_id="4aawyAB9vmqN3uQ7FjRGTy"))
        page = json.loads(ask(client, "json"))
        (album,) = page["albums"]
        for heading, fields in (("the page", page), ("an album", album), ("what Spotify says", album["spotify"])):
            section = API.read_text().partition(f"## JSON: {heading}\n")[2].partition("\n## ")[0]
            assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(fields)

    @pytest.mark.parametrize(
        ("precision", "expected"), [("day", "2025-11-28"), ("month", "2025-11"), ("year", "2025"), ("", None)]
    )
    def test_a_date_says_no_more_than_is_known(self, client: Client, precision: str, expected: str | None) -> None:
        make_album(release_precision=precision)
        (record,) = records(client)
        assert (record["release_date"], record["release_precision"]) == (expected, precision or None)

    def test_pages_lead_through_all_albums(self, client: Client) -> None:
        for number in range(60):
            make_album(title=f"Album {number:02}", genres=("Djent",))
        pages = [client.get(f"{address_of('json')}?genre=djent&sort=title&page_size=25").json()]
        while pages[-1]["next"]:
            pages.append(client.get(pages[-1]["next"]).json())
        titles = [album["title"] for page in pages for album in page["albums"]]
        assert titles == [f"Album {number:02}" for number in range(60)]
        assert {(page["total"], page["pages"], page["page_size"]) for page in pages} == {(60, 3, 25)}
        assert (
            pages[-1]["previous"] == "http://testserver/catalog/albums.json?genre=djent&sort=title&page_size=25&page=2"
        )

    def test_a_page_beyond_the_last_is_the_last(self, client: Client) -> None:
        make_three()
        assert client.get(address_of("json"), {"page": 99}).json()["page"] == 1

    def test_markup_is_plain_text_of_a_type_that_no_browser_runs(self, client: Client) -> None:
        make_album(title=MARKUP)
        response = client.get(address_of("json"))
        assert response.json()["albums"][0]["title"] == MARKUP
        assert response["X-Content-Type-Options"] == "nosniff"


class TestCsv:
    def test_a_row_holds_everything(self, client: Client) -> None:
        make_album(genres=("Djent", "Doom"), country="Finland", country_codes="FI", is_debut=True)
        (row,) = rows(client)
        assert tuple(row) == HEADER
        assert row["Artist"] == "Lantern Fall"
        assert row["Release Date"] == "2025-11-28"
        assert row["Genres"] == "Djent, Doom"
        assert (row["Debut"], row["Reissue"]) == ("yes", "")

    def test_it_is_streamed_and_begins_as_excel_wants_it(self, client: Client) -> None:
        response = client.get(address_of("csv"))
        assert response.streaming
        assert body_of(response).startswith(b"\xef\xbb\xbfArtist,")
        assert re.fullmatch(r'attachment; filename="progmetal-\d{4}-\d\d-\d\d\.csv"', response["Content-Disposition"])

    @pytest.mark.parametrize("payload", [FORMULA, "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", " =1+1"])
    def test_no_cell_is_a_formula(self, client: Client, payload: str) -> None:
        make_album(title=payload, artist=payload, country=payload, genres=(payload,))
        (row,) = rows(client)
        assert {row[column] for column in ("Artist", "Title", "Country", "Genres")} == {f"'{payload}"}


class TestThePage:
    @pytest.mark.parametrize(("query", "suffix"), [("", ""), ("genre=djent&page=2&x=1", "?genre=djent")])
    @pytest.mark.parametrize("kind", KINDS)
    def test_it_links_its_feeds_in_its_head_and_to_people(
        self, client: Client, kind: str, query: str, suffix: str
    ) -> None:
        make_three()
        address = address_of(kind) + suffix
        html = client.get(f"/catalog/?{query}").content.decode()
        head, _, body = html.partition("</head>")
        assert re.search(rf'<link rel="alternate" type="[^"]+" title="[^"]+" href="{re.escape(address)}">', head)
        assert f'href="{address}"' in body
