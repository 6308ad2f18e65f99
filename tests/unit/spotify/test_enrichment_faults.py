"""What fails: one album, one batch, or Spotify as a whole."""

from itertools import pairwise

import pytest

from catalog.models.album import SpotifyAlbum
from catalog.services.errors import SpotifyBadRequest, SpotifyCredentialsRejected, SpotifyError
from tests.support.spotify import list_album, list_albums, spotify_id
from tests.unit.spotify.fakes import DOWN, FORBIDDEN, UNREACHABLE, FakeClient, Run, count_states, no_batches

pytestmark = pytest.mark.django_db

State = SpotifyAlbum.State


@pytest.mark.parametrize("fault", [DOWN, UNREACHABLE])
def test_a_fault_that_passes_fails_nothing(run: Run, client: FakeClient, fault: SpotifyError) -> None:
    list_albums(list(range(40)))
    client.script = lambda request: fault if request.attempt <= 3 else None
    result = run()
    assert (result.enriched, result.failed, result.error) == (40, 0, None)


def test_tries_of_one_request_come_after_growing_waits(run: Run, client: FakeClient) -> None:
    list_album()
    client.script = lambda request: DOWN if request.attempt <= 3 else None
    run()
    times = [at for at, _ in client.sent]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits == pytest.approx([1, 3, 9], abs=0.3)


def test_one_album_that_keeps_failing_stops_nobody(run: Run, client: FakeClient) -> None:
    list_albums(list(range(40)))
    bad = spotify_id(7)
    client.script = lambda request: DOWN if request.ids == (bad,) else no_batches(request)
    result = run()
    assert (result.enriched, result.failed, result.error) == (39, 1, None)
    row = SpotifyAlbum.objects.get(pk=bad)
    assert (row.state, row.error, row.attempts) == (State.FAILED, "A fault.", 1)


def test_albums_that_keep_failing_while_others_are_answered_are_no_outage(run: Run, client: FakeClient) -> None:
    list_albums(list(range(40)))
    bad = {(spotify_id(number),) for number in (3, 15, 30)}
    client.script = lambda request: DOWN if request.ids in bad else no_batches(request)
    result = run()
    assert (result.enriched, result.failed, result.error) == (37, 3, None)


def test_the_last_two_albums_may_both_keep_failing(run: Run, client: FakeClient) -> None:
    list_albums([1, 2])
    client.script = lambda _request: DOWN
    result = run()
    assert (result.failed, result.error) == (2, None)


def test_albums_that_are_forbidden_one_after_the_other_end_the_stage(run: Run, client: FakeClient) -> None:
    list_albums(list(range(40)))
    client.script = lambda request: FORBIDDEN if request.number > 10 else no_batches(request)
    result = run()
    assert (result.enriched, result.failed, result.error) == (9, 2, FORBIDDEN)


def test_a_batch_that_keeps_failing_is_taken_apart(run: Run, client: FakeClient) -> None:
    list_albums(list(range(60)))
    bad = spotify_id(25)
    client.script = lambda request: DOWN if bad in request.ids else None
    result = run()
    assert (result.enriched, result.failed, result.error) == (59, 1, None)


def test_a_malformed_id_spoils_only_itself(run: Run, client: FakeClient) -> None:
    list_albums(list(range(60)))
    bad = spotify_id(25)
    client.script = lambda request: SpotifyBadRequest("No album link.") if bad in request.ids else None
    result = run()
    assert (result.enriched, result.failed, result.requests) == (59, 1, 3 + 20)
    assert SpotifyAlbum.objects.get(pk=bad).error == "No album link."


@pytest.mark.parametrize("batches", [True, False])
@pytest.mark.parametrize("fault", [DOWN, UNREACHABLE])
def test_when_spotify_is_down_no_album_is_to_blame(
    run: Run, client: FakeClient, fault: SpotifyError, batches: bool
) -> None:
    list_albums(list(range(500)))
    client.script = lambda request: FORBIDDEN if len(request.ids) > 1 and not batches else fault
    result = run()
    assert result.error is fault
    assert (result.enriched, result.failed, result.backlog) == (0, 0, 500)
    assert result.requests <= 24
    assert count_states() == {State.UNCHECKED: 500}


def test_what_was_answered_before_spotify_went_down_is_kept(run: Run, client: FakeClient) -> None:
    list_albums(list(range(300)))
    client.script = lambda request: DOWN if request.number > 5 else None
    result = run()
    assert result.error is DOWN
    assert (result.enriched, result.failed, result.backlog) == (100, 0, 200)
    assert count_states() == {State.FOUND: 100, State.UNCHECKED: 200}


def test_an_application_that_may_read_nothing_is_told_so(run: Run, client: FakeClient) -> None:
    list_albums(list(range(100)))
    client.script = lambda _request: FORBIDDEN
    result = run()
    assert result.error is FORBIDDEN
    assert (result.failed, result.backlog) == (0, 100)


def test_rejected_credentials_end_the_stage_at_once(run: Run, client: FakeClient) -> None:
    list_albums(list(range(100)))
    client.script = lambda _request: SpotifyCredentialsRejected("Wrong.")
    result = run()
    assert isinstance(result.error, SpotifyCredentialsRejected)
    assert (result.requests, result.backlog) == (1, 100)
