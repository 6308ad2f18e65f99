"""Which albums are due, in which order, and what an outcome leaves in the database."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models.album import Album, SpotifyAlbum
from catalog.models.sync import SpotifyPause
from catalog.services.spotify.backlog import Outcome, count_due, due_ids, pause_in_force, save, store_pause
from catalog.services.spotify.payload import SpotifyAlbumData, SpotifyTrack
from tests.support.spotify import NOON, list_album, list_albums, spotify_id

pytestmark = pytest.mark.django_db

State = SpotifyAlbum.State
HOUR = timedelta(hours=1)
LONG_AGO = date(2019, 3, 1)


def due() -> list[int]:
    """Return the numbers of the albums that are due, in order."""
    return [int(pk) for pk in due_ids(NOON)]


def reload(number: int = 0) -> SpotifyAlbum:
    return SpotifyAlbum.objects.get(pk=spotify_id(number))


def fail(times: int) -> SpotifyAlbum:
    for _ in range(times):
        save([Outcome(spotify_id(0), error="Spotify did not answer in time.")], NOON)
    return reload()


def test_an_unchecked_album_is_due() -> None:
    list_album(1)
    assert due() == [1]
    assert count_due(NOON) == 1


@pytest.mark.parametrize("state", [State.FOUND, State.MISSING, State.FAILED])
def test_a_checked_album_is_due_when_its_time_has_come(state: str) -> None:
    list_album(1, state=state, check_after=NOON + HOUR)
    list_album(2, state=state, check_after=NOON)
    assert due() == [2]


def test_what_no_visible_album_links_to_is_never_due() -> None:
    list_album(1, withdrawn=True)
    SpotifyAlbum.objects.create(spotify_id=spotify_id(2))
    assert due() == []


def test_two_albums_with_one_spotify_link_are_asked_about_once() -> None:
    list_album(1)
    twin = Album.objects.get()
    twin.pk = None
    twin.save()
    assert due() == [1]
    assert count_due(NOON) == 1


def test_new_releases_come_first_then_what_was_viewed_then_the_rest() -> None:
    list_album(1, released=LONG_AGO)
    list_album(2, released=LONG_AGO + timedelta(days=1))
    list_album(3, released=LONG_AGO, viewed_at=NOON - HOUR)
    list_album(4, released=LONG_AGO, viewed_at=NOON)
    list_album(5, released=NOON.date())
    list_album(6, released=NOON.date() + timedelta(days=30))
    list_album(7, released=NOON.date() - timedelta(days=1), viewed_at=NOON)
    assert due() == [6, 5, 7, 4, 3, 2, 1]


def test_what_was_never_answered_comes_before_a_second_look() -> None:
    list_album(1, released=NOON.date(), state=State.FOUND, check_after=NOON)
    list_album(2, released=LONG_AGO)
    list_album(3, released=LONG_AGO - HOUR * 48, state=State.FAILED, check_after=NOON)
    assert due() == [2, 3, 1]


def test_the_order_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    list_albums(list(range(50)))
    with django_assert_num_queries(1):
        assert len(due_ids(NOON)) == 50


def test_a_found_album_is_saved_whole_and_looked_at_again_after_90_days() -> None:
    list_album(attempts=3, error="old")
    data = SpotifyAlbumData(
        name="Salt Meridian",
        cover_url="https://i.scdn.co/image/300",
        release_date=NOON.date(),
        release_precision="day",
        total_tracks=1,
        tracks=(SpotifyTrack("Ebb", 62_500),),
    )
    save([Outcome(spotify_id(0), data)], NOON)
    row = reload()
    assert (row.state, row.name, row.attempts, row.error) == (State.FOUND, "Salt Meridian", 0, "")
    assert row.tracks == [{"name": "Ebb", "duration_ms": 62_500}]
    assert (row.checked_at, row.check_after) == (NOON, NOON + timedelta(days=90))


def test_saving_keeps_what_visitors_wrote() -> None:
    list_album(viewed_at=NOON - HOUR)
    save([Outcome(spotify_id(0), SpotifyAlbumData(name="x"))], NOON)
    assert reload().viewed_at == NOON - HOUR


def test_an_album_that_spotify_dropped_loses_its_data_and_is_tried_after_30_days() -> None:
    list_album(state=State.FOUND, name="Old", cover_url="https://i.scdn.co/image/1", check_after=NOON)
    save([Outcome(spotify_id(0))], NOON)
    row = reload()
    assert (row.state, row.name, row.cover_url) == (State.MISSING, "", "")
    assert row.check_after == NOON + timedelta(days=30)


@pytest.mark.parametrize(
    ("times", "gap"),
    [
        (1, HOUR),
        (2, HOUR * 6),
        (3, timedelta(days=1)),
        (4, timedelta(days=3)),
        (5, timedelta(days=7)),
        (9, timedelta(days=7)),
    ],
)
def test_a_failed_album_is_tried_again_after_growing_gaps(times: int, gap: timedelta) -> None:
    list_album()
    row = fail(times)
    assert (row.state, row.attempts, row.error) == (State.FAILED, times, "Spotify did not answer in time.")
    assert row.check_after == NOON + gap


@pytest.mark.parametrize("length", [500, 501, 10_000])
def test_a_long_error_is_cut(length: int) -> None:
    list_album()
    save([Outcome(spotify_id(0), error="x" * length)], NOON)
    assert reload().error == "x" * 500


def test_a_failed_second_look_leaves_what_is_known() -> None:
    list_album(state=State.FOUND, name="Known", checked_at=NOON - HOUR, check_after=NOON)
    row = fail(1)
    assert (row.state, row.name, row.checked_at) == (State.FOUND, "Known", NOON - HOUR)
    assert row.check_after == NOON + HOUR


def test_a_batch_is_saved_with_a_handful_of_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    list_albums(list(range(100)))
    outcomes = [Outcome(spotify_id(number), SpotifyAlbumData(name="x")) for number in range(90)]
    outcomes += [Outcome(spotify_id(number), error="no") for number in range(90, 100)]
    with django_assert_max_num_queries(8):
        save(outcomes, NOON)
    assert SpotifyAlbum.objects.filter(state=State.FOUND).count() == 90
    assert SpotifyAlbum.objects.filter(state=State.FAILED).count() == 10


def test_a_pause_holds_until_its_time_and_a_little_longer() -> None:
    until = store_pause(seconds=3600, is_quota=True, now=NOON)
    assert NOON + HOUR < until < NOON + HOUR + timedelta(minutes=2)
    assert pause_in_force(NOON + HOUR) == until
    assert pause_in_force(until) is None


def test_a_short_pause_does_not_shorten_that_of_a_quota() -> None:
    until = store_pause(seconds=80_000, is_quota=True, now=NOON)
    assert store_pause(seconds=61, is_quota=False, now=NOON) == until
    assert SpotifyPause.objects.get().reason == SpotifyPause.Reason.QUOTA


def test_a_new_pause_takes_the_place_of_the_old_one() -> None:
    store_pause(seconds=60, is_quota=False, now=NOON)
    store_pause(seconds=3600, is_quota=True, now=NOON)
    assert SpotifyPause.objects.get().reason == SpotifyPause.Reason.QUOTA
