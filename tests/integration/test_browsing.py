"""Searching and filtering, as the catalog page answers."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from catalog.browsing.filters import Facet, Filters
from catalog.models import Album, Genre, VocalStyle
from catalog.presentation.dates import is_upcoming
from catalog.vocabulary.folding import search_form
from tests.support.factories import make_album, make_genre, make_operation
from tests.support.fragments import text_of

pytestmark = pytest.mark.django_db
HOSTILE = (
    "' OR 1=1 --",
    '"; DROP TABLE catalog_album; --',
    "<script>alert(1)</script>",
    "a\0b",
    "x" * 10_000,
    "%",
    "\\",
    "💀",
)


def add(title: str, *, vocals: str = "", words: Iterable[str] = (), **overrides: Any) -> Album:
    """Put an album into the catalog as an import does, with what the search reads."""
    values = {"artist": "Lantern Fall", "title": title, "artist_key": "lantern fall"} | overrides
    if vocals:
        values["vocal_style"] = VocalStyle.objects.get_or_create(slug=vocals.lower(), defaults={"name": vocals})[0]
    genres = values.get("genres", ())
    text = search_form(" ".join((title, values["artist"], *genres, vocals, *words)))
    return make_album(**values, search_text=text)


def titles(client: Client, **query: Any) -> set[str]:
    """Return the titles on the page; its count agrees with them."""
    response = client.get("/catalog/", query)
    assert response.status_code == 200
    found = {album.title for album in response.context["page"]}
    assert response.context["results"] == len(found)
    return found


def counts(parameter: str, query: dict[str, list[str]] | None = None) -> dict[str, int]:
    """Return the counts of a group while these choices are made."""
    choices = {name: tuple(values) for name, values in (query or {}).items()}
    return {option.label: option.count for option in facet_of(parameter, Filters(choices=choices)).options}


def facet_of(parameter: str, filters: Filters) -> Facet:
    facets = filters.facets(stamp="")
    return next(facet for facet in facets if facet.parameter == parameter)


@pytest.fixture
def catalog() -> None:
    """Four albums that differ in everything."""
    add("Mère Lumière", genres=("Djent",), vocals="Clean", country_codes="NO", words=("Norway",))
    add("Low Tide", genres=("Djent", "Sludge"), vocals="Harsh", country_codes="FI SE", format="EP")
    add("High Tide", genres=("Sludge",), vocals="Clean", country_codes="FI", is_debut=True, release_year=2024)
    add("Sluice", artist="Tin Canal", genres=("Jazz",), vocals="Mixed", country_codes="US", section="prog-rock")


# Search ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("catalog")
@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("tide", {"Low Tide", "High Tide"}),
        ("TIDE low", {"Low Tide"}),
        ("mere lumiere", {"Mère Lumière"}),
        ("LUMIÈRE lantern", {"Mère Lumière"}),
        ("canal jazz mixed", {"Sluice"}),
        ("norway", {"Mère Lumière"}),
        ("tide jazz", set()),
        ("100%", set()),
        ("_ide", set()),
        ("ti", {"Mère Lumière", "Low Tide", "High Tide", "Sluice"}),
    ],
)
def test_a_search_finds_all_words_in_any_order(client: Client, search: str, found: set[str]) -> None:
    assert titles(client, q=search) == found


# Filters -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("catalog")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"genre": ["djent"]}, {"Mère Lumière", "Low Tide"}),
        ({"genre": ["djent", "jazz"]}, {"Mère Lumière", "Low Tide", "Sluice"}),
        ({"genre": ["djent", "sludge"], "vocals": ["clean"]}, {"Mère Lumière", "High Tide"}),
        ({"genre": ["sludge"], "vocals": ["clean"], "country": ["FI", "US"]}, {"High Tide"}),
        ({"country": ["SE"]}, {"Low Tide"}),
        ({"year": ["2024"], "debut": ["1"]}, {"High Tide"}),
        ({"format": ["EP"]}, {"Low Tide"}),
        ({"section": ["prog-rock"]}, {"Sluice"}),
        ({"genre": ["djent"], "q": ["tide"]}, {"Low Tide"}),
        ({"genre": ["unheard-of"]}, set()),
        ({"country": ["Nowhere"], "year": ["soon"]}, {"Mère Lumière", "Low Tide", "High Tide", "Sluice"}),
    ],
)
def test_any_choice_of_a_group_and_all_groups(client: Client, query: dict[str, list[str]], found: set[str]) -> None:
    assert titles(client, **query) == found


@pytest.mark.usefixtures("catalog")
def test_counts_leave_out_the_choices_of_their_own_group() -> None:
    assert counts("genre") == {"Djent": 2, "Sludge": 2, "Jazz": 1}
    assert counts("genre", {"genre": ["djent"]}) == {"Djent": 2, "Sludge": 2, "Jazz": 1}
    assert counts("genre", {"genre": ["djent"], "vocals": ["clean"]}) == {"Djent": 1, "Sludge": 1}
    assert counts("vocals", {"genre": ["djent"], "vocals": ["clean"]}) == {"Clean": 1, "Harsh": 1}


@pytest.mark.usefixtures("catalog")
def test_countries_are_counted_one_by_one_and_named() -> None:
    assert counts("country") == {"Finland": 2, "Norway": 1, "Sweden": 1, "United States": 1}


@pytest.mark.usefixtures("catalog")
def test_a_choice_without_albums_stays_to_be_taken_back() -> None:
    assert counts("vocals", {"genre": ["jazz"], "vocals": ["clean"]}) == {"Mixed": 1, "Clean": 0}
    assert counts("reissue") == {"Reissues": 0}


def test_a_genre_counts_as_the_one_that_it_is_the_same_as(client: Client) -> None:
    Genre.objects.filter(pk=make_genre("Progressive Metal").pk).update(canonical=make_genre("Prog-metal"))
    add("Low Tide", genres=("Progressive Metal",))
    add("High Tide", genres=("Prog-metal",))
    add("Spring Tide", genres=("Progressive Metal", "Prog-metal"))
    assert titles(client, genre="prog-metal") == {"Low Tide", "High Tide", "Spring Tide"}
    assert counts("genre") == {"Prog-metal": 3}


def join(name: str, canonical: str | None) -> None:
    """Declare a genre to be the same as another one, or no other, as an admin does."""
    genre = make_genre(name)
    genre.canonical = make_genre(canonical) if canonical else None
    genre.save()


def test_a_join_that_is_turned_round_is_seen(client: Client) -> None:
    make_operation()
    add("Low Tide", genres=("Progressive Metal",))
    add("High Tide", genres=("Prog-metal",))
    join("Progressive Metal", "Prog-metal")
    assert titles(client, genre="prog-metal") == {"Low Tide", "High Tide"}
    join("Progressive Metal", None)
    join("Prog-metal", "Progressive Metal")
    page = client.get("/catalog/", {"genre": "progressive-metal"}).content.decode()
    assert "2 albums" in page
    assert titles(client, genre="progressive-metal") == {"Low Tide", "High Tide"}


@pytest.mark.parametrize("address", ["/catalog/", "/catalog/albums.json"])
def test_genres_count_as_one_as_soon_as_they_are_joined(client: Client, address: str) -> None:
    make_operation()
    add("Low Tide", genres=("Progressive Metal",))
    add("High Tide", genres=("Prog-metal",))
    before = client.get(address, {"genre": "prog-metal"})
    join("Progressive Metal", "Prog-metal")
    held = {"If-None-Match": before["ETag"]} if before.has_header("ETag") else {}
    after = client.get(address, {"genre": "prog-metal"}, headers=held)
    assert "Low Tide" not in before.content.decode()
    assert "Low Tide" in after.content.decode()
    assert counts("genre") == {"Prog-metal": 2}


def test_upcoming_is_what_lies_ahead_on_tiles_and_in_counts(client: Client) -> None:
    today = timezone.localdate()
    undated: dict[str, Any] = {"release_date": None, "release_precision": ""}
    add("Yesterday", release_date=today - timedelta(days=1))
    add("Today", release_date=today)
    add("Tomorrow", release_date=today + timedelta(days=1))
    add("This year", **undated, release_year=today.year)
    add("Last year", **undated, release_year=today.year - 1, sort_date=date(today.year - 1, 1, 1))
    add("Never", **undated, release_year=None)
    assert titles(client, release="upcoming") == {"Tomorrow", "This year"}
    assert titles(client, release="released") == {"Yesterday", "Today", "Last year", "Never"}
    assert counts("release") == {"Released": 4, "Upcoming": 2}
    assert {album.title for album in Album.objects.all() if is_upcoming(album)} == {"Tomorrow", "This year"}


def test_an_album_is_released_from_its_day_on_though_nothing_was_synced() -> None:
    add("Low Tide", release_date=date(2025, 11, 28))
    with time_machine.travel(datetime(2025, 11, 27, 12, tzinfo=UTC), tick=False):
        assert counts("release") == {"Upcoming": 1}
    with time_machine.travel(datetime(2025, 11, 28, 12, tzinfo=UTC), tick=False):
        assert counts("release") == {"Released": 1}


@pytest.fixture
def dates() -> None:
    """Albums of which the day, the month, the year or nothing is known; most are of the oldest year."""
    january = date(2025, 1, 1)
    add("Day", release_date=date(2025, 1, 31))
    add("Month", release_date=january, release_precision="month")
    add("Year", release_date=None, release_precision="year", sort_date=january)
    add("Unknown", release_date=None, release_precision="", release_year=None, sort_date=january)
    add("February", release_date=date(2025, 2, 1))
    for number in range(5):
        add(f"Before {number}", release_date=date(2024, 1, 31), release_year=2024)


@pytest.mark.usefixtures("dates")
@pytest.mark.parametrize(
    ("months", "found"),
    [(("2025-01",), {"Day", "Month"}), (("2025-01", "2025-02"), {"Day", "Month", "February"})],
)
def test_a_month_has_the_albums_of_which_the_month_is_known(months: tuple[str, ...], found: set[str]) -> None:
    filters = Filters(choices={"month": months})
    # Not asked of the page: it shows as many albums as are counted, which would hide a filter that finds more.
    assert {album.title for album in filters.albums()} == found
    assert filters.total(stamp="") == len(found)


@pytest.mark.usefixtures("dates")
def test_an_album_without_a_month_is_counted_in_none() -> None:
    assert counts("month", {"month": ["2025-01"]}) == {"Feb 2025": 1, "Jan 2025": 2, "Jan 2024": 5}


@pytest.mark.usefixtures("dates")
def test_years_and_months_are_listed_newest_first() -> None:
    assert list(counts("year")) == ["2025", "2024"]
    assert list(counts("month", {"month": ["2024-01"]})) == ["Feb 2025", "Jan 2025", "Jan 2024"]


def test_other_choices_are_listed_by_their_counts_and_names() -> None:
    add("Low Tide", country_codes="DE FI")
    add("High Tide", country_codes="DK FI")
    assert list(counts("country")) == ["Finland", "Denmark", "Germany"]


@pytest.mark.usefixtures("catalog")
def test_a_withdrawn_album_is_neither_found_nor_counted(client: Client) -> None:
    Album.objects.filter(title="Sluice").update(withdrawn_at=timezone.now())
    assert titles(client, q="sluice") == set()
    assert counts("genre") == {"Djent": 2, "Sludge": 2}


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("released", ["Newest", "Middle", "Oldest"]),
        ("oldest", ["Oldest", "Middle", "Newest"]),
        ("artist", ["Middle", "Oldest", "Newest"]),
        ("title", ["Middle", "Newest", "Oldest"]),
        ("nonsense", ["Newest", "Middle", "Oldest"]),
    ],
)
def test_albums_come_in_the_order_asked_for(client: Client, sort: str, order: list[str]) -> None:
    for number, (title, artist) in enumerate((("Oldest", "b"), ("Middle", "a"), ("Newest", "c")), start=1):
        make_album(title=title, artist=artist, artist_key=artist, release_date=date(2025, number, 1))
    response = client.get("/catalog/", {"sort": sort})
    assert [album.title for album in response.context["page"]] == order


# The page ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("catalog")
def test_the_page_says_what_is_in_force_and_how_to_take_it_back(client: Client) -> None:
    response = client.get("/catalog/?genre=djent&country=FI&q=tide")
    assert "1 album" in text_of(response)
    assert [(chip.label, chip.without) for chip in response.context["chips"]] == [
        ("“tide”", "genre=djent&country=FI"),
        ("Djent", "q=tide&country=FI"),
        ("Finland", "q=tide&genre=djent"),
    ]
    assert "Remove Djent" in text_of(response)


@pytest.mark.usefixtures("catalog")
def test_an_empty_result_says_what_to_loosen(client: Client) -> None:
    response = client.get("/catalog/?genre=jazz&vocals=clean&country=FI")
    assert response.context["looser"] == [("Genre", "vocals=clean&country=FI", 1)]
    assert "Without the filter “Genre”: 1 album" in text_of(response)


@pytest.mark.usefixtures("catalog")
def test_the_search_can_be_given_up_too_and_what_brings_most_comes_first(client: Client) -> None:
    response = client.get("/catalog/?q=jazz&genre=djent")
    assert response.context["looser"] == [("Search", "genre=djent", 2), ("Genre", "q=jazz", 1)]
    assert "Without the search: 2 albums" in text_of(response)


@pytest.mark.usefixtures("catalog")
def test_a_result_that_nothing_alone_would_fill_can_be_cleared(client: Client) -> None:
    assert "Clear all: 4 albums" in text_of(client.get("/catalog/?genre=unheard-of&vocals=unheard-of"))


def test_an_empty_catalog_has_no_form(client: Client) -> None:
    response = client.get("/catalog/?genre=djent")
    assert "browse-form" not in response.content.decode()
    assert "Sync Now" in text_of(response)


def test_a_page_out_of_range_is_the_last_one(client: Client) -> None:
    for number in range(60):
        make_album(title=f"Album {number}", artist=f"Artist {number}")
    for page, shown in {"99999999999999999999": 3, "-1": 3, "0": 3, "x": 1, "%00": 1}.items():
        response = client.get(f"/catalog/?page_size=25&page={page}")
        assert (response.status_code, response.context["page"].number) == (200, shown), page


def test_the_page_size_is_remembered(client: Client) -> None:
    for number in range(30):
        make_album(title=f"Album {number}", artist=f"Artist {number}")
    assert len(client.get("/catalog/?page_size=25").context["page"]) == 25
    assert len(client.get("/catalog/").context["page"]) == 25
    assert len(client.get("/catalog/?page_size=1000").context["page"]) == 25


@pytest.mark.usefixtures("catalog")
@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_parameters_give_a_normal_page(client: Client, value: str) -> None:
    for parameter in ("q", "genre", "vocals", "year", "format", "country", "section", "page", "sort"):
        response = client.get("/catalog/?" + urlencode({parameter: value}))
        assert response.status_code == 200, parameter
        assert "<script>alert" not in response.content.decode(), parameter


def test_all_choices_of_a_long_group_have_a_page_of_their_own(client: Client) -> None:
    for number in range(45):
        add(f"Album {number}", genres=(f"Genre {number}",), vocals="Clean")
    page = client.get("/catalog/?vocals=clean").content.decode()
    assert page.count('name="genre"') == 40
    assert "/catalog/facets/genre/?vocals=clean" in page
    rest = client.get("/catalog/facets/genre/?vocals=clean&genre=genre-44").content.decode()
    assert rest.count('name="genre"') == 45
    assert '<input type="hidden" name="vocals" value="clean">' in rest
    assert rest.index("genre-44") < rest.index("genre-0")


def test_a_group_that_there_is_not_is_not_found(client: Client) -> None:
    response = client.get("/catalog/facets/colour/")
    assert response.status_code == 404
    assert 'name="q"' in response.content.decode()
