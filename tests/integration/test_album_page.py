"""The page of one album: everything known about it, and where to go from there."""

import html
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from catalog.models import Album, Genre, SpotifyAlbum, VocalStyle
from catalog.presentation.dates import timeago
from tests.support.factories import (
    IMPORTED_AT,
    make_album,
    make_artist,
    make_change,
    make_genre,
    make_record,
    make_release,
)
from tests.support.fragments import text_of
from tests.support.importing import import_releases
from tests.support.pages import policy_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MOST_QUERIES = 8
SPOTIFY_ID = "0a1B2c3D4e5F6g7H8i9J0k"
BANDCAMP = "https://ebb.bandcamp.com/album/salt-meridian"
CHECKED_AT = datetime(2025, 11, 20, tzinfo=UTC)
TRACKS = [{"name": "Ebb", "duration_ms": 331_000}, {"name": "Flood", "duration_ms": 722_000}]


def make_full_album(**overrides: Any) -> Album:
    """Make an album about which both sources know everything."""
    spotify = SpotifyAlbum.objects.create(
        spotify_id=SPOTIFY_ID, state="found", name="Salt Meridian (Deluxe)", artist_name="Lantern Fall",
        release_date=date(2025, 11, 1), release_precision="month", total_tracks=2, tracks=TRACKS,
        checked_at=CHECKED_AT,
    )  # fmt: skip
    values: dict[str, Any] = {
        "spotify": spotify,
        "vocal_style": VocalStyle.objects.get_or_create(name="Clean", slug="clean")[0],
        "country": "Turku, Finland",
        "country_codes": "FI",
        "genres": ("Djent", "Post-metal"),
        "bandcamp_url": BANDCAMP,
        "youtube_url": "https://youtu.be/0",
        "apple_music_url": "https://music.apple.com/album/0",
        "amazon_url": "https://amazon.com/dp/0",
    }
    return make_album(**values | overrides)


def page(client: Client, album: Album) -> Any:
    response = client.get(album.get_absolute_url())
    assert response.status_code == 200
    return response


def facts(response: Any) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", response.text)
    return {name: html.unescape(strip_tags(value)) for name, value in found}


def tiles(response: Any, section: str) -> list[str]:
    return [album.title for album in response.context[section]]


# What is known -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["https://[docs.google.com/x", "", "https://example.org/sheet.xlsx"])
def test_a_sheet_of_no_address_is_not_linked(client: Client, settings: Any, address: str) -> None:
    settings.GOOGLE_SHEETS_XLSX_URL = address
    page = client.get(make_album().get_absolute_url())
    assert page.status_code == 200
    assert "open the sheet" not in page.content.decode()


def test_what_spotify_refused_is_said_on_the_page(client: Client) -> None:
    check_after = timezone.now() + timedelta(hours=1)
    spotify = SpotifyAlbum.objects.create(
        pk="4" * 22, state="failed", error="Spotify answered 500.", check_after=check_after
    )
    text = text_of(client.get(make_album(spotify=spotify).get_absolute_url()))
    assert "Could not be read: Spotify answered 500. It is asked again on " in text


def test_everything_known_is_said(client: Client) -> None:
    make_record()
    response = page(client, make_full_album(is_debut=True))
    assert {"Salt Meridian", "Lantern Fall", "Debut"} <= {*re.findall(r">([^<>]+)</(?:h1|p|span)>", response.text)}
    assert facts(response) == {
        "Released": "28 Nov 2025 · all of 2025",
        "Genres": "Djent, Post-metal",
        "Format": "LP",
        "Vocals": "Clean",
        "Country": "Turku, Finland",
        "In the sheet": "2025 Prog-metal, row 7 · open the sheet",
        "Sheet last read": "just now",
        "First seen": timeago(IMPORTED_AT),
        "Last changed": timeago(IMPORTED_AT),
        "Spotify": f"Checked {timeago(CHECKED_AT)}",
        "Its name on Spotify": "Salt Meridian (Deluxe) by Lantern Fall",
        "Its date on Spotify": "Nov 2025",
    }


def test_tracks_have_lengths_and_a_total(client: Client) -> None:
    text = text_of(page(client, make_full_album()))
    assert "Tracks 1Ebb5:31 2Flood12:02 2 tracks 17:33" in text


def test_a_track_of_unknown_length_leaves_the_total_out(client: Client) -> None:
    album = make_full_album()
    SpotifyAlbum.objects.update(tracks=[*TRACKS, {"name": "Slack water", "duration_ms": None}])
    assert "3 tracks" not in text_of(page(client, album))


@pytest.mark.parametrize(
    "link",
    [
        "?year=2025",
        "?genre=djent",
        "?genre=post-metal",
        "?vocals=clean",
        "?country=FI",
        "?format=LP",
    ],
)
def test_a_fact_leads_to_the_albums_that_share_it(client: Client, link: str) -> None:
    response = page(client, make_full_album())
    assert f'href="/catalog/{link}"' in response.text
    assert client.get(f"/catalog/{link}").text.count('<article class="tile') == 1


def test_genres_stand_in_the_order_of_the_sheet(client: Client) -> None:
    import_releases([make_release(genres=("Sludge", "Djent", "Ambient"))])
    body = client.get(Album.objects.get().get_absolute_url()).content.decode()
    assert body.index("Sludge") < body.index("Djent") < body.index("Ambient")


def test_a_genre_that_stands_for_another_leads_to_that_one(client: Client) -> None:
    album = make_full_album(genres=("Djenty",))
    Genre.objects.filter(slug="djenty").update(canonical=make_genre("Djent"))
    assert 'href="/catalog/?genre=djent"' in page(client, album).text


def test_the_date_leads_to_its_week(client: Client) -> None:
    response = page(client, make_full_album(release_date=date(2025, 11, 26)))
    assert 'href="/catalog/releases/2025-11-26/"' in response.text
    assert client.get("/catalog/releases/2025-11-26/").headers["Location"] == "/catalog/releases/2025-11-28/"


def test_several_countries_are_linked_one_by_one(client: Client) -> None:
    text = page(client, make_full_album(country="UK / US", country_codes="GB US")).text
    assert "UK / US · " in text
    assert 'href="/catalog/?country=GB">United Kingdom</a>' in text
    assert 'href="/catalog/?country=US">United States</a>' in text


def test_a_country_that_cannot_be_told_is_still_shown(client: Client) -> None:
    response = page(client, make_full_album(country="The North", country_codes=""))
    assert "The North" in response.text
    assert "?country=" not in response.text


def test_links_to_services_hand_nothing_on(client: Client) -> None:
    body = page(client, make_full_album()).text
    services = (BANDCAMP, "https://youtu.be/0", "https://music.apple.com/album/0", "https://amazon.com/dp/0")
    for url in (f"https://open.spotify.com/album/{SPOTIFY_ID}", *services):
        assert f'href="{url}" rel="noopener noreferrer nofollow"' in body


def test_data_from_spotify_names_spotify(client: Client) -> None:
    assert "Cover and tracks: Spotify" in text_of(page(client, make_full_album()))


def test_a_withdrawn_album_says_so(client: Client) -> None:
    withdrawn = make_full_album(withdrawn_at=datetime(2025, 11, 20, tzinfo=UTC))
    assert "The release sheet no longer lists this album." in text_of(page(client, withdrawn))


def test_its_own_history_is_told(client: Client) -> None:
    album = make_full_album()
    make_change(make_record(), album, fields={"title": ["Salt", "Salt Meridian"]})
    assert facts(page(client, album))["Title"] == "Salt → Salt Meridian"


def test_an_album_with_nothing_but_a_name_has_a_page(client: Client) -> None:
    bare = make_album(release_date=None, release_precision="", release_year=None, format="", sort_date=date(1, 1, 1))
    text = text_of(page(client, bare))
    assert "Date unknown" in text
    assert "Tracks" not in text


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "“' onload=x “"])
def test_names_are_text_whatever_they_hold(client: Client, hostile: str) -> None:
    body = page(client, make_full_album(title=hostile, artist=make_artist(hostile))).text
    assert "<script>alert" not in body
    assert "' onload" not in body


# Players -----------------------------------------------------------------------------------


def test_players_are_buttons_and_no_frame_is_on_the_page(client: Client) -> None:
    body = page(client, make_full_album()).text
    assert "<iframe" not in body
    assert f'data-player="https://open.spotify.com/embed/album/{SPOTIFY_ID}"' in body
    assert 'data-player="https://bandcamp.com/EmbeddedPlayer/url=https%3A%2F%2Febb.bandcamp.com' in body


def test_an_album_without_a_player_loads_no_script_for_it(client: Client) -> None:
    assert "players.js" not in page(client, make_album()).text


def test_only_the_two_services_may_be_framed(client: Client) -> None:
    policy = policy_of(page(client, make_album()).headers)
    assert policy["frame-src"] == ["https://open.spotify.com", "https://bandcamp.com"]


# Other albums ------------------------------------------------------------------------------


def test_other_albums_of_the_artist_are_newest_first(client: Client) -> None:
    album = make_full_album()
    for year in (2019, 2023):
        make_album(title=f"Of {year}", release_date=date(year, 1, 1))
    make_album(title="Gone", withdrawn_at=datetime(2025, 11, 20, tzinfo=UTC))
    make_album(title="Somebody else’s", artist="Tin Canal")
    assert tiles(page(client, album), "other_albums") == ["Of 2023", "Of 2019"]


def test_albums_that_share_most_genres_come_along(client: Client) -> None:
    album = make_full_album()
    for number in range(6):
        make_album(title=f"Both {number}", artist="Tin Canal", genres=("Djent", "Post-metal", "Sludge"))
    make_album(title="One", artist="Copper Weir", genres=("Djent",), release_date=date(2025, 11, 29))
    make_album(title="None", artist="Copper Weir", genres=("Sludge",))
    make_album(title="Own", genres=("Djent", "Post-metal"))
    gone = datetime(2025, 11, 20, tzinfo=UTC)
    make_album(title="Gone", artist="Copper Weir", genres=("Djent", "Post-metal"), withdrawn_at=gone)
    assert tiles(page(client, album), "similar_albums") == [f"Both {number}" for number in range(6)]


def test_of_a_single_genre_the_newest_come_along(client: Client) -> None:
    album = make_full_album(genres=("Djent",))
    for day in range(1, 9):
        make_album(title=f"Day {day}", artist="Tin Canal", genres=("Djent",), release_date=date(2025, 6, day))
    assert tiles(page(client, album), "similar_albums") == [f"Day {day}" for day in range(8, 2, -1)]


def test_a_common_genre_is_not_counted_where_a_rare_one_tells_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.browsing.similar.MOST_TAGS_COUNTED", 4)
    album = make_full_album(genres=("Djent", "Zeuhl"))
    for number in range(5):
        make_album(title=f"Common {number}", artist="Tin Canal", genres=("Djent",))
    make_album(title="Rare", artist="Tin Canal", genres=("Zeuhl",), release_date=date(2018, 1, 1))
    assert tiles(page(client, album), "similar_albums") == ["Rare"]


# Cost --------------------------------------------------------------------------------------


def test_the_page_costs_at_most_eight_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    album = make_full_album()
    SpotifyAlbum.objects.update(state="unchecked", checked_at=None)
    for number in range(30):
        genres = ("Djent", "Post-metal", f"Genre {number}")
        make_album(title=f"Own {number}", genres=genres)
        make_album(title=f"Like {number}", artist=f"Artist {number}", genres=genres)
        make_change(make_record(), album)
    with django_assert_max_num_queries(MOST_QUERIES):
        response = page(client, album)
    assert response.text.count('<article class="tile') == 30
