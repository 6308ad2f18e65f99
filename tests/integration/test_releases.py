"""The page of a week: its days, its neighbours, and what nonsense in its address does."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.support.factories import make_album, make_operation, make_record
from tests.support.fragments import text_of

pytestmark = pytest.mark.django_db

MOST_QUERIES = 8
RELEASES = "/catalog/releases/"
WEEK = f"{RELEASES}2025-11-28/"
FIRST_SYNC = datetime(2025, 11, 1, 12, tzinfo=UTC)


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.text


def text(client: Client, url: str) -> str:
    return text_of(client.get(url))


@time_machine.travel(datetime(2025, 11, 26, 12, tzinfo=UTC), tick=False)
def test_this_week_is_the_week_of_the_coming_friday(client: Client) -> None:
    make_album(title="Wednesday’s", release_date=date(2025, 11, 26))
    make_album(title="Friday’s", release_date=date(2025, 11, 28))
    words = text(client, RELEASES)
    assert "Saturday 22 Nov to Friday 28 Nov 2025 · 2 releases" in words
    assert words.index("Friday, 28 Nov 1 release") < words.index("Wednesday, 26 Nov 1 release")


@time_machine.travel(datetime(2025, 11, 29, 0, 30, tzinfo=UTC), tick=False)
def test_on_saturday_the_next_friday_is_the_coming_one(client: Client) -> None:
    assert "Saturday 29 Nov to Friday 5 Dec 2025" in text(client, RELEASES)


@time_machine.travel(datetime(2025, 11, 26, 12, tzinfo=UTC), tick=False)
def test_arrows_lead_to_the_weeks_around_and_back_to_this_one(client: Client) -> None:
    body = page(client, WEEK)
    assert 'href="/catalog/releases/2025-11-21/" rel="prev"' in body
    assert 'href="/catalog/releases/2025-12-05/" rel="next"' in body
    assert ">This week</h1>" in body
    assert '<a class="btn btn-sm btn-quiet" href="/catalog/releases/">' in page(client, f"{RELEASES}2025-12-05/")


@pytest.mark.parametrize("day", ["2025-11-22", "2025-11-27"])
def test_any_day_leads_to_its_friday(client: Client, day: str) -> None:
    response = client.get(f"{RELEASES}{day}/")
    assert (response.status_code, response.headers["Location"]) == (302, WEEK)


@pytest.mark.parametrize(
    "day",
    [
        "0000-01-01", "0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "99999-01-01", "2025-02-30", "2025-11",
        "2025-W48", "20251128", "２０２５-11-28", "2025-11-28%00", "x", "-1", "%3Cscript%3E", "1" * 3000,
    ],
)  # fmt: skip
def test_nonsense_is_not_found(client: Client, day: str) -> None:
    assert client.get(f"{RELEASES}{day}/").status_code == 404


@pytest.mark.parametrize("friday", ["1900-01-05", "2199-12-27"])
def test_the_first_and_the_last_week_have_a_page(client: Client, friday: str) -> None:
    assert "The sheet lists no release for that week." in text(client, f"{RELEASES}{friday}/")


def test_a_query_string_changes_nothing(client: Client) -> None:
    assert page(client, f"{WEEK}?week=%00&page=-1") == page(client, WEEK)


def test_an_empty_week_leads_to_the_nearest_ones(client: Client) -> None:
    make_album(title="Before", release_date=date(2025, 9, 10))
    make_album(title="After", release_date=date(2026, 2, 6))
    body = page(client, WEEK)
    assert 'href="/catalog/releases/2025-09-12/"' in body
    assert 'href="/catalog/releases/2026-02-06/"' in body


def test_an_empty_catalog_has_a_week_too(client: Client) -> None:
    words = text(client, RELEASES)
    assert "The sheet lists no release for this week." in words
    assert "nearest" not in words


def test_late_additions_stand_apart(client: Client) -> None:
    make_record(make_operation(), sync_timestamp=FIRST_SYNC)
    make_album(title="Overlooked", release_date=date(2025, 3, 7), imported_at=datetime(2025, 11, 25, tzinfo=UTC))
    words = text(client, WEEK)
    assert words.index("Late additions") < words.index("Overlooked")


def test_what_has_no_day_stands_apart(client: Client) -> None:
    november = date(2025, 11, 1)
    make_album(title="Later", release_date=None, release_precision="", release_text="TBA", sort_date=date(2025, 1, 1))
    make_album(title="Mist", release_date=november, release_precision="month", sort_date=november)
    words = text(client, WEEK)
    assert words.index("Some time in November 2025") < words.index("Mist") < words.index("Some time in 2025")


def test_what_is_too_much_for_the_page_is_a_link_to_the_filtered_list(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.browsing.weeks.MOST_SHOWN", 1)
    for title in "abc":
        make_album(title=title, release_date=None, release_precision="", sort_date=date(2025, 1, 1))
    body = page(client, WEEK)
    assert '<a class="text-link" href="/catalog/?year=2025&amp;sort=oldest">2 more, among all releases of 2025' in body
    assert client.get("/catalog/?year=2025&sort=oldest").context["results"] == 3


@time_machine.travel(datetime(2025, 11, 26, 12, tzinfo=UTC), tick=False)
def test_the_weeks_to_come_say_how_much_they_hold(client: Client) -> None:
    make_album(title="One", release_date=date(2025, 12, 5))
    make_album(title="Two", release_date=date(2025, 12, 4))
    assert "Coming up 5 Dec 2025 2 releases" in text(client, RELEASES)
    assert "The weeks after 5 Dec 2025 2 releases" in text(client, f"{RELEASES}2025-11-14/")


def test_the_navigation_marks_where_one_is(client: Client) -> None:
    assert 'href="/catalog/releases/" class="nav-link" aria-current="page">This week</a>' in page(client, RELEASES)
    assert 'href="/catalog/releases/" class="nav-link" aria-current="true">This week</a>' in page(client, WEEK)
    assert 'href="/catalog/releases/" class="nav-link">This week</a>' in page(client, "/catalog/")


@pytest.mark.parametrize("day", [date(2025, 11, 28), date(2020, 1, 3)])
def test_a_week_costs_at_most_eight_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, day: date
) -> None:
    make_record(make_operation(), sync_timestamp=FIRST_SYNC)
    for number in range(40):
        genres = ("Djent", f"Genre {number}")
        make_album(title=f"Album {number}", artist=f"Artist {number}", genres=genres, release_date=day)
        make_album(title=f"Late {number}", genres=genres, release_date=date(2025, 3, 7))
    make_album(title="Later", release_date=None, release_precision="", sort_date=date(2025, 1, 1))
    with django_assert_max_num_queries(MOST_QUERIES):
        page(client, WEEK)


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post(RELEASES).status_code == 405
    assert client.post(WEEK).status_code == 405
