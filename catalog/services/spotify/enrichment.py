"""Work on the Spotify backlog: every run continues it, none has to finish it.

This thread decides, waits and writes; other threads only send one request each.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import inf
from typing import Protocol

from django.utils import timezone

from catalog.models.album import SpotifyAlbum
from catalog.services.background import TICK_SECONDS, start_aside
from catalog.services.errors import (
    SpotifyBadRequest,
    SpotifyCredentialsRejected,
    SpotifyError,
    SpotifyForbidden,
    SpotifyLimited,
    SpotifyUnreachable,
)
from catalog.services.run_context import StepContext
from catalog.services.spotify import backlog
from catalog.services.spotify.backlog import Outcome
from catalog.services.spotify.payload import BATCH_SIZE, SpotifyAlbumData
from catalog.services.spotify.queue import AlbumRequest, RequestQueue
from catalog.services.spotify.rate_limit import RateLimiter

logger = logging.getLogger(__name__)

# What is no longer than this is waited for within the run.
LONGEST_WAIT_SECONDS = 60
MAX_PAUSES_IN_A_ROW = 10
# So many requests that fail while none succeeds: it is not the albums.
FAILING_TOGETHER = 3
FAILURES_NAMED = 3
SAVE_EVERY_SECONDS = 1.0
# A call is a request or three: for a token, for an album, and again with a new token. Each has a limit of its own.
WHOLE_CALL_SECONDS = 60

Answers = Mapping[str, SpotifyAlbumData | None]
State = SpotifyAlbum.State


class AlbumSource(Protocol):
    """Spotify as the enrichment sees it; `SpotifyClient` is the real one."""

    @property
    def requests_sent(self) -> int:
        """How many requests have counted against Spotify's limits."""
        ...

    def album(self, spotify_id: str) -> SpotifyAlbumData | None:
        """Return one album, or None for an unknown id."""

    def albums(self, ids: Sequence[str]) -> Answers:
        """Return several albums by id."""
        ...


@dataclass(frozen=True)
class EnrichmentResult:
    """What a run did about the backlog: `backlog` is what is left of it.

    `error` says why the stage ended early, `failures` names the first albums that failed.
    """

    enriched: int = 0
    missing: int = 0
    failed: int = 0
    requests: int = 0
    backlog: int = 0
    paused_until: datetime | None = None
    error: SpotifyError | None = None
    failures: Sequence[Outcome] = ()


def enrich(
    *,
    client: AlbumSource,
    context: StepContext,
    request_limit: int,
    now: Callable[[], datetime] = timezone.now,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> EnrichmentResult:
    """Ask Spotify about what is due, the most urgent first, with up to `request_limit` requests.

    Spotify's limits and faults are in the result. Raises `SyncStopped` when the context does; nothing is written
    after that.
    """
    paused_until = context.read(lambda: backlog.pause_in_force(now()))
    may_ask = request_limit and not paused_until
    ids = context.read(lambda: backlog.due_ids(now())) if may_ask else []
    stage = _Stage(client, context, ids, request_limit, paused_until, now, clock, sleep)
    if paused_until:
        logger.info("Spotify may not be asked before %s.", _clock_time(paused_until))
    if ids:
        logger.info("Albums that wait for Spotify: %s.", f"{len(ids):,}")
        stage.run()
    return stage.result()


@dataclass
class _Stage:
    """One run over the backlog; `paused_until` or `error` ends it, but what is in flight is still waited for."""

    client: AlbumSource
    context: StepContext
    ids: Sequence[str]
    request_limit: int
    paused_until: datetime | None
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def __post_init__(self) -> None:
        self.queue, self.limiter = RequestQueue(self.ids, self.clock), RateLimiter(self.clock)
        self.in_flight: dict[Future[Answers], AlbumRequest] = {}
        self.requests_before = self.client.requests_sent
        self.error: SpotifyError | None = None
        # Those whose first failure came after the last answer.
        self.failing: set[AlbumRequest] = set()
        self.counts: Counter[State] = Counter()
        self.failures: list[Outcome] = []
        self.unsaved: list[Outcome] = []
        self.saved_at = self.clock()
        self.total: int | None = None

    def run(self) -> None:
        """Go on until nothing is left to do, to spend or to wait for."""
        self.report()
        while self.in_flight or self.delay() < inf:
            self.send()
            for future in self.wait_for_answers():
                self.receive(self.in_flight.pop(future), future)
                self.report()
            if self.clock() - self.saved_at >= SAVE_EVERY_SECONDS:
                self.save()
        self.save()
        counts = (f"{self.counts[state]:,} {state}" for state in (State.FOUND, State.MISSING, State.FAILED))
        logger.info("Albums by Spotify’s answer: %s.", ", ".join(counts))

    def result(self) -> EnrichmentResult:
        return EnrichmentResult(
            enriched=self.counts[State.FOUND],
            missing=self.counts[State.MISSING],
            failed=self.counts[State.FAILED],
            requests=self.requests(),
            backlog=self.context.read(lambda: backlog.count_due(self.now())),
            paused_until=self.paused_until,
            error=self.error,
            failures=tuple(self.failures[:FAILURES_NAMED]),
        )

    # Send ----------------------------------------------------------------------------------

    def requests(self) -> int:
        return self.client.requests_sent - self.requests_before

    def delay(self) -> float:
        """Return the seconds until the next request; infinite where it depends on an answer or none will follow."""
        # What is in flight may not have been counted yet.
        unspent = self.request_limit - self.requests() - len(self.in_flight)
        if self.error or self.paused_until or unspent <= 0:
            return inf
        return max(self.queue.delay(in_flight=len(self.in_flight)), self.limiter.delay())

    def send(self) -> None:
        """Send what may be sent now; an answer that has not been read may be a 429, and is read first."""
        while not self.delay() and not any(future.done() for future in self.in_flight):
            request = self.queue.take()
            self.limiter.sent()
            self.in_flight[self.start(request)] = request

    def start(self, request: AlbumRequest) -> Future[Answers]:
        too_late = SpotifyUnreachable("Spotify did not answer in time.")
        call = partial(_fetch, self.client, request.ids)
        return start_aside(call, limit_seconds=WHOLE_CALL_SECONDS, too_late=too_late)

    # Receive -------------------------------------------------------------------------------

    def wait_for_answers(self) -> set[Future[Answers]]:
        """Wait for answers or for the time to send, at most for one tick; return what has been answered."""
        self.context.tick()
        seconds = min(TICK_SECONDS, self.delay())
        if self.in_flight:
            return wait(self.in_flight, timeout=seconds, return_when=FIRST_COMPLETED).done
        self.sleep(seconds)
        return set()

    def receive(self, request: AlbumRequest, future: Future[Answers]) -> None:
        try:
            answers = future.result()
        except SpotifyError as error:
            self.decide(request, error)
            return
        self.failing.clear()
        self.limiter.answered()
        if request.is_batch:
            self.queue.allow_batches()
        for spotify_id, data in answers.items():
            self.note(Outcome(spotify_id, data))

    # Decide --------------------------------------------------------------------------------

    def decide(self, request: AlbumRequest, error: SpotifyError) -> None:
        match error:
            case SpotifyLimited():
                self.slow_down(request, error)
            case SpotifyCredentialsRejected():
                self.end(error)
            case SpotifyForbidden() if request.is_batch:
                logger.info("Spotify allows no batches; it is asked for one album at a time.")
                self.queue.forbid_batches(request)
            case SpotifyForbidden() if not self.has_answers():
                self.end(error)  # This application may read nothing at all.
            case SpotifyBadRequest() if request.is_batch:
                self.queue.split(request)
            case SpotifyBadRequest():
                self.note(Outcome(request.ids[0], error=error.what_happened))
            case _:
                self.try_again(request, error)

    def slow_down(self, request: AlbumRequest, error: SpotifyLimited) -> None:
        """Wait a short limit out; a long one, or one that never ends, ends the stage."""
        logger.info("%s It asks us to wait %d s.", error.what_happened, error.retry_after_seconds)
        self.queue.repeat(request)
        self.limiter.pause(error.retry_after_seconds)
        is_short = not error.is_quota and error.retry_after_seconds <= LONGEST_WAIT_SECONDS
        if is_short and self.limiter.pauses_in_a_row < MAX_PAUSES_IN_A_ROW:
            return
        self.paused_until = self.context.write(
            lambda: backlog.store_pause(seconds=error.retry_after_seconds, is_quota=error.is_quota, now=self.now())
        )
        logger.warning("Spotify is not asked again before %s.", _clock_time(self.paused_until))

    def try_again(self, request: AlbumRequest, error: SpotifyError) -> None:
        """Repeat a request, or decide what keeps failing: Spotify, one album of a batch, or this album."""
        if not request.failures:
            self.failing.add(request)
        if error.is_temporary and self.queue.retry(request):
            logger.info("Spotify is asked again: %s", error.what_happened)
            return
        # Without a token nothing is sent at all.
        never_reached = isinstance(error, SpotifyUnreachable) or not self.requests()
        if len(self.failing) >= FAILING_TOGETHER or (never_reached and not self.has_answers()):
            self.end(error)
        elif request.is_batch:
            self.failing.discard(request)
            self.queue.split(request)
        else:
            self.note(Outcome(request.ids[0], error=error.what_happened))

    def end(self, error: SpotifyError) -> None:
        if not self.error:
            logger.warning("Spotify is asked no more in this run: %s", error.what_happened)
        self.error = self.error or error

    def has_answers(self) -> bool:
        return bool(self.counts[State.FOUND] or self.counts[State.MISSING])

    # Save ----------------------------------------------------------------------------------

    def note(self, outcome: Outcome) -> None:
        if outcome.error:
            logger.warning("Spotify album %s: %s", outcome.spotify_id, outcome.error)
            self.failures.append(outcome)
        self.counts[outcome.state] += 1
        self.unsaved.append(outcome)

    def save(self) -> None:
        if self.unsaved:
            self.context.write(lambda: backlog.save(self.unsaved, self.now()))
        self.unsaved, self.saved_at = [], self.clock()

    def report(self) -> None:
        if self.total is None:  # Once known it stays.
            self.total = self.reachable()
        done = self.counts.total()
        count = "" if self.total is None else f" {done:,} of {self.total:,}"
        message = f"Enriching with Spotify metadata…{count}{self.pause()}"
        self.context.report(done=done, total=self.total, message=message)

    def pause(self) -> str:
        """Say how long Spotify asks us to wait; numbered, because each pause is a step of the run."""
        seconds = 0 if self.paused_until else round(self.limiter.pause_left())
        return f" (pause {self.limiter.pauses_in_a_row}: Spotify asks us to wait {seconds} s)" if seconds else ""

    def reachable(self) -> int | None:
        """Return how many albums the run can reach; unknown while that depends on whether batches are allowed."""
        in_batches = min(len(self.ids), self.request_limit * BATCH_SIZE)
        # The batch that Spotify refuses costs a request too.
        one_by_one = min(len(self.ids), self.request_limit - (len(self.ids) > 1))
        if in_batches != one_by_one and self.queue.batches_allowed is None:
            return None
        return one_by_one if self.queue.batches_allowed is False else in_batches


def _clock_time(moment: datetime) -> str:
    return f"{moment:%d %b %H:%M} UTC"


def _fetch(client: AlbumSource, ids: Sequence[str]) -> Answers:
    """Send one request; runs in a thread of its own and touches no database."""
    return {ids[0]: client.album(ids[0])} if len(ids) == 1 else client.albums(ids)
