"""What a run asks for, in which order, how far it goes and what it tells meanwhile."""

from threading import Event

import pytest

from catalog.models.album import SpotifyAlbum
from catalog.services import run_context
from catalog.services.errors import DatabaseTrouble
from catalog.services.spotify.enrichment import EnrichmentResult
from tests.support.spotify import NotingContext, list_album, list_albums, spotify_id
from tests.unit.spotify.fakes import FakeClient, Request, Run, count_states, no_batches

pytestmark = pytest.mark.django_db

State = SpotifyAlbum.State


# The work ----------------------------------------------------------------------------------


def test_nothing_due_costs_nothing(run: Run, client: FakeClient) -> None:
    assert run() == EnrichmentResult()
    assert client.sent == []


def test_albums_are_asked_for_in_batches_of_twenty(run: Run, client: FakeClient) -> None:
    list_albums(list(range(50)))
    result = run()
    assert (result.enriched, result.requests, result.backlog) == (50, 3, 0)
    assert sorted(client.sizes) == [10, 20, 20]
    assert count_states() == {State.FOUND: 50}


def test_the_newest_releases_are_asked_for_first(run: Run, client: FakeClient) -> None:
    list_albums(list(range(30)))
    run(limit=1)
    assert client.sent[0][1] == tuple(spotify_id(number) for number in range(20))


def test_a_single_album_is_asked_for_without_a_batch(run: Run, client: FakeClient) -> None:
    list_album()
    assert run(limit=1).enriched == 1
    assert client.sizes == [1]


def test_a_forbidden_batch_is_remembered_for_the_run(run: Run, client: FakeClient) -> None:
    list_albums(list(range(50)))
    client.script = no_batches
    result = run()
    assert (result.enriched, result.requests) == (50, 51)
    assert client.sizes == [20] + [1] * 50


def test_one_by_one_each_album_is_asked_for_once_and_in_order(run: Run, client: FakeClient) -> None:
    list_albums(list(range(30)))
    client.script = no_batches
    run()
    singles = [ids[0] for _, ids in client.sent[1:]]
    assert sorted(singles) == [spotify_id(number) for number in range(30)]
    assert singles[0] in {spotify_id(number) for number in range(4)}


def test_an_unknown_album_is_missing(run: Run, client: FakeClient) -> None:
    list_albums([1, 2, 3])
    client.unknown = frozenset({spotify_id(2)})
    result = run()
    assert (result.enriched, result.missing) == (2, 1)
    assert SpotifyAlbum.objects.get(state=State.MISSING).pk == spotify_id(2)


def test_a_second_run_asks_nothing_again(run: Run, client: FakeClient) -> None:
    list_albums(list(range(25)))
    run()
    client.sent.clear()
    assert run() == EnrichmentResult()


# The limit of a run ------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "enriched"), [(0, 0), (1, 20), (2, 40), (3, 45)])
def test_batches_keep_to_the_limit(run: Run, limit: int, enriched: int) -> None:
    list_albums(list(range(45)))
    result = run(limit=limit)
    assert (result.enriched, result.requests, result.backlog) == (enriched, limit, 45 - enriched)


@pytest.mark.parametrize(("limit", "enriched"), [(1, 0), (2, 1), (12, 11), (46, 45)])
def test_single_reads_keep_to_the_limit(run: Run, client: FakeClient, limit: int, enriched: int) -> None:
    list_albums(list(range(45)))
    client.script = no_batches
    result = run(limit=limit)
    assert (result.enriched, result.requests, result.backlog) == (enriched, limit, 45 - enriched)


# Progress ----------------------------------------------------------------------------------


def test_progress_has_its_total_before_the_first_album_counts(run: Run, context: NotingContext) -> None:
    list_albums(list(range(1200)))
    run(limit=5000)
    assert context.messages[0] == "Enriching with Spotify metadata… 0 of 1,200"
    assert context.reports[-1] == (1200, 1200, "Enriching with Spotify metadata… 1,200 of 1,200")


def test_progress_counts_what_the_limit_allows(run: Run, client: FakeClient, context: NotingContext) -> None:
    list_albums(list(range(45)))
    client.script = no_batches
    run(limit=11)
    assert context.messages[0] == "Enriching with Spotify metadata…"
    assert context.messages[1] == "Enriching with Spotify metadata… 0 of 10"
    assert context.reports[-1][:2] == (10, 10)


def test_progress_is_told_for_each_single_album(run: Run, client: FakeClient, context: NotingContext) -> None:
    list_albums(list(range(30)))
    client.script = no_batches
    run()
    assert {done for done, _, _ in context.reports} == set(range(31))


def test_outcomes_are_saved_together(run: Run, client: FakeClient, context: NotingContext) -> None:
    list_albums(list(range(300)))
    run()
    assert context.transactions <= 8


@pytest.mark.django_db(transaction=True)
def test_outcomes_that_meet_a_locked_database_are_saved_later(
    run: Run, context: NotingContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_context, "RETRY_PAUSES_SECONDS", (0.01, 0.01))
    list_albums(list(range(400)))
    context.locked_times = 2
    assert run().enriched == 400
    assert count_states() == {State.FOUND: 400}


def test_a_database_that_stays_locked_is_no_secret(
    run: Run, context: NotingContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_context, "RETRY_PAUSES_SECONDS", (0.01, 0.01))
    list_album()
    context.locked_times = 1000
    with pytest.raises(DatabaseTrouble):
        run()


def test_a_request_that_takes_long_leaves_the_run_alive(run: Run, client: FakeClient, context: NotingContext) -> None:
    list_album()
    may_answer = Event()

    def answer_late(_request: Request) -> None:
        assert may_answer.wait(20)

    def tick() -> None:
        if context.ticks == 3:
            may_answer.set()

    client.script, context.on_tick = answer_late, tick
    assert run().enriched == 1
    assert context.ticks >= 3
