"""Both of Spotify's limits, and being stopped."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta

import pytest

from catalog.models.album import SpotifyAlbum
from catalog.models.sync import SpotifyPause
from catalog.services.errors import LeaseLost, SpotifyError, SpotifyLimited, SyncCancelled
from catalog.services.spotify import enrichment
from catalog.services.spotify.enrichment import EnrichmentResult
from tests.support.spotify import NOON, NotingContext, list_album, list_albums
from tests.unit.spotify.fakes import FakeClient, FakeTime, Request, Run, count_states, limited, no_batches

pytestmark = pytest.mark.django_db

State = SpotifyAlbum.State


# Limits ------------------------------------------------------------------------------------


def test_a_short_limit_is_waited_out_by_everyone(
    run: Run, client: FakeClient, context: NotingContext, time: FakeTime
) -> None:
    list_albums(list(range(30)))
    told: list[float] = []

    def once(request: Request) -> SpotifyError | None:
        if request.number == 10:
            told.append(time.seconds)
            return limited(40)
        return no_batches(request)

    client.script = once
    result = run()
    assert (result.enriched, result.failed, result.paused_until) == (30, 0, None)
    after = [at for at, _ in client.sent[10:]]
    # What was on its way at that moment could not know.
    assert all(at == told[0] or at >= told[0] + 40 for at in after)
    assert len([at for at in after if at == told[0]]) <= 3
    assert context.ticks >= 40 * 4


def test_no_request_is_sent_while_an_answer_may_be_an_unread_limit(
    run: Run, client: FakeClient, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_at_once(call: Callable[[], object], **_limits: object) -> Future[object]:
        future: Future[object] = Future()
        try:
            future.set_result(call())
        except SpotifyError as error:
            future.set_exception(error)
        return future

    def limit_the_second(request: Request) -> SpotifyError | None:
        time.seconds += 1  # The rate alone would let the next request go.
        return limited(40) if request.number == 2 else None

    monkeypatch.setattr(enrichment, "start_aside", answer_at_once)
    list_albums(list(range(100)))
    client.script = limit_the_second
    assert run().enriched == 100
    assert client.sent[2][0] >= client.sent[1][0] + 40


def test_each_pause_is_announced_and_is_a_step_of_its_own(
    run: Run, client: FakeClient, context: NotingContext, time: FakeTime
) -> None:
    list_albums(list(range(20)))
    client.script = lambda request: limited(50) if request.number <= 3 else None
    assert run().enriched == 20
    announced = [message for message in context.messages if "pause" in message]
    assert announced == [
        f"Enriching with Spotify metadata… 0 of 20 (pause {number}: Spotify asks us to wait 50 s)"
        for number in (1, 2, 3)
    ]
    assert context.messages[-1] == "Enriching with Spotify metadata… 20 of 20"


def test_waiting_for_a_limit_can_be_cancelled(
    run: Run, client: FakeClient, context: NotingContext, time: FakeTime
) -> None:
    list_albums(list(range(30)))
    client.script = lambda _request: limited(50)

    def cancel() -> None:
        if time.seconds > 3:
            raise SyncCancelled

    context.on_tick = cancel
    with pytest.raises(SyncCancelled):
        run()
    assert time.seconds < 3.5
    assert len(client.sent) == 1
    assert count_states() == {State.UNCHECKED: 30}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (limited(48_925, is_quota=True), SpotifyPause.Reason.QUOTA),
        (limited(20, is_quota=True), SpotifyPause.Reason.QUOTA),
        (limited(61), SpotifyPause.Reason.RATE_LIMIT),
    ],
)
def test_a_long_limit_ends_the_stage_and_is_stored(
    run: Run, client: FakeClient, error: SpotifyLimited, reason: str
) -> None:
    list_albums(list(range(70)))
    client.script = lambda request: error if request.number > 2 else None
    result = run()
    pause = SpotifyPause.objects.get()
    assert (result.paused_until, result.error) == (pause.until, None)
    assert pause.reason == reason
    assert pause.until >= NOON + timedelta(seconds=error.retry_after_seconds)
    assert (result.enriched, result.failed, result.backlog) == (40, 0, 30)
    assert count_states() == {State.FOUND: 40, State.UNCHECKED: 30}


def test_a_pause_in_force_keeps_the_stage_from_asking(run: Run, client: FakeClient) -> None:
    list_albums([1, 2])
    until = NOON + timedelta(hours=3)
    SpotifyPause.objects.create(until=until, reason=SpotifyPause.Reason.QUOTA)
    assert run() == EnrichmentResult(backlog=2, paused_until=until)
    assert client.sent == []


def test_a_limit_that_never_ends_becomes_a_pause(run: Run, client: FakeClient) -> None:
    list_albums([1, 2])
    client.script = lambda _request: limited(5)
    result = run()
    assert result.paused_until is not None
    assert result.backlog == 2
    assert result.requests <= 12


# Stopping ----------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [SyncCancelled, LeaseLost, KeyboardInterrupt])
def test_a_stopped_run_writes_and_sends_nothing_more(
    run: Run, client: FakeClient, context: NotingContext, stop: type[BaseException]
) -> None:
    list_albums(list(range(60)))
    client.script = no_batches

    def tick() -> None:
        if len(client.sent) > 5:
            raise stop

    context.on_tick = tick
    with pytest.raises(stop):
        run()
    assert len(client.sent) <= 10
    assert context.transactions == 0
    assert count_states() == {State.UNCHECKED: 60}


def test_a_defect_is_not_taken_for_a_fault_of_spotify(run: Run, client: FakeClient) -> None:
    list_album()

    def stumble(_request: Request) -> SpotifyError | None:
        raise ZeroDivisionError

    client.script = stumble
    with pytest.raises(ZeroDivisionError):
        run()
