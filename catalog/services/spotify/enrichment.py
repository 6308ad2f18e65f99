"""Work on the Spotify backlog: every run continues it, none has to finish it.

The conducting thread decides, waits and writes; other threads only send one request each.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from django.db import InterfaceError, OperationalError
from django.utils import timezone

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
from catalog.services.spotify.client import BATCH_SIZE
from catalog.services.spotify.payload import SpotifyAlbumData
from catalog.services.spotify.queue import Job, Jobs
from catalog.services.spotify.rate_limit import Pace

logger = logging.getLogger(__name__)

# What is no longer than this is waited for within the run.
LONGEST_WAIT_SECONDS = 60
MAX_HOLDS_IN_A_ROW = 10
# So many requests that fail together while none succeeds: it is not the albums.
FAILING_TOGETHER = 3
FAILURES_NAMED = 3
SAVE_AT_OUTCOMES = 100
SAVE_EVERY_SECONDS = 1.0

Answers = Mapping[str, SpotifyAlbumData | None]


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

    `paused_until` says when Spotify may be asked again, `error` why the stage ended early,
    `failures` the first albums that failed.
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

    Spotify's limits and faults end the stage, not the run: they are in the result.
    Raises `SyncStopped` when the context does; nothing is written after that.
    """
    paused_until = context.read(lambda: backlog.pause_in_force(now()))
    may_ask = request_limit and not paused_until
    ids = context.read(lambda: backlog.due_ids(now())) if may_ask else []
    stage = _Stage(client, context, now=now, clock=clock, sleep=sleep)
    stage.paused_until = paused_until
    if ids:
        stage.run(ids, request_limit)
    return stage.result()


class _NotSent(Exception):
    """The pace was closed between the decision to send and the sending."""


class _Stage:
    """One run over the backlog."""

    def __init__(
        self,
        client: AlbumSource,
        context: StepContext,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._client = client
        self._context = context
        self._now, self._clock, self._sleep = now, clock, sleep
        self._pace = Pace(clock)
        self._in_flight: dict[Future[Answers], Job] = {}
        self._requests_before = client.requests_sent
        self._is_ending = False
        self._error: SpotifyError | None = None
        self.paused_until: datetime | None = None
        # What has come of it: answers are good ones, outcomes wait to be saved.
        self._answers = self._enriched = self._missing = self._failed = 0
        self._given_up_in_a_row = 0
        self._failures: list[Outcome] = []
        self._outcomes: list[Outcome] = []
        self._saved_at = clock()

    def run(self, ids: Sequence[str], request_limit: int) -> None:
        """Go on until nothing is left to do, to spend or to hope for."""
        self._jobs = Jobs(ids, self._clock)
        self._request_limit = request_limit
        self._progress = _Progress(len(ids), request_limit)
        self._report()
        try:
            while self._in_flight or self._may_start():
                self._start_requests()
                for future in self._arrivals():
                    self._receive(self._in_flight.pop(future), future)
                self._save(at_once=False)
        finally:
            self._pace.stop()
        self._save(at_once=True)

    def result(self) -> EnrichmentResult:
        """Return what has been done, and what is left."""
        return EnrichmentResult(
            enriched=self._enriched,
            missing=self._missing,
            failed=self._failed,
            requests=self._requests(),
            backlog=self._context.read(lambda: backlog.count_due(self._now())),
            paused_until=self.paused_until,
            error=self._error,
            failures=tuple(self._failures),
        )

    # Sending -------------------------------------------------------------------------------

    def _may_start(self) -> bool:
        """Tell whether there is something to send and a request left for it."""
        # What is in flight may not have been counted yet.
        unspent = self._request_limit - self._requests() - len(self._in_flight)
        return not self._is_ending and unspent > 0 and bool(self._jobs)

    def _requests(self) -> int:
        return self._client.requests_sent - self._requests_before

    def _start_requests(self) -> None:
        while self._may_start() and not self._pace.delay():
            job = self._jobs.next(open_requests=len(self._in_flight))
            if job is None:
                return
            self._pace.sent()
            self._in_flight[start_aside(partial(self._fetch, job.ids))] = job

    def _fetch(self, ids: tuple[str, ...]) -> Answers:
        """Send one request; runs in a thread of its own and touches no database."""
        if not self._pace.is_open():
            raise _NotSent
        try:
            return {ids[0]: self._client.album(ids[0])} if len(ids) == 1 else self._client.albums(ids)
        except SpotifyLimited as error:
            # In this very thread: from here on nobody else may send.
            self._pace.hold(error.retry_after_seconds)
            raise

    def _arrivals(self) -> set[Future[Answers]]:
        """Wait for answers or for the time to send, with a sign of life; return what has arrived."""
        self._context.tick()
        seconds = min(TICK_SECONDS, self._seconds_until_next_send())
        if self._in_flight:
            return wait(self._in_flight, timeout=seconds, return_when=FIRST_COMPLETED).done
        self._sleep(seconds)
        return set()

    def _seconds_until_next_send(self) -> float:
        if not self._may_start():
            return TICK_SECONDS
        seconds = self._jobs.seconds_until_next(open_requests=len(self._in_flight))
        return TICK_SECONDS if seconds is None else max(seconds, self._pace.delay())

    # Receiving -----------------------------------------------------------------------------

    def _receive(self, job: Job, future: Future[Answers]) -> None:
        try:
            answers = future.result()
        except _NotSent:
            self._jobs.repeat(job)
        except SpotifyError as error:
            self._refused(job, error)
        else:
            self._answered(job, answers)
        self._report()

    def _answered(self, job: Job, answers: Answers) -> None:
        self._answers += 1
        self._given_up_in_a_row = 0
        self._pace.answered()
        if job.is_batch:
            self._jobs.batch_worked()
        for spotify_id, data in answers.items():
            self._outcomes.append(Outcome(spotify_id, data))
            self._enriched += data is not None
            self._missing += data is None

    def _refused(self, job: Job, error: SpotifyError) -> None:
        match error:
            case SpotifyLimited():
                self._limited(job, error)
            case SpotifyCredentialsRejected():
                self._end(error)
            case SpotifyForbidden() if job.is_batch:
                self._jobs.forbid_batches(job)
            case SpotifyBadRequest() if job.is_batch:
                self._jobs.split(job)
            case SpotifyBadRequest():
                self._fail(job, error)
            case SpotifyForbidden() if not self._answers:
                self._end(error)  # This application may read nothing at all.
            case SpotifyForbidden():
                self._give_up(job, error)
            case _ if not self._jobs.retry(job, answers=self._answers):
                self._give_up(job, error)

    def _limited(self, job: Job, error: SpotifyLimited) -> None:
        """Wait a short limit out; a long one, or one that never ends, ends the stage."""
        self._jobs.repeat(job)
        is_long = error.is_quota or error.retry_after_seconds > LONGEST_WAIT_SECONDS
        if not is_long and self._pace.holds_in_a_row < MAX_HOLDS_IN_A_ROW:
            return
        self._end()
        self.paused_until = self._context.write(
            lambda: backlog.store_pause(seconds=error.retry_after_seconds, is_quota=error.is_quota, now=self._now())
        )

    def _give_up(self, job: Job, error: SpotifyError) -> None:
        """Decide what it is that keeps failing: Spotify, one album of a batch, or this album."""
        self._given_up_in_a_row += 1
        if self._is_down(job, error):
            self._end(error)
        elif job.is_batch:
            self._jobs.split(job)
        else:
            self._fail(job, error)

    def _is_down(self, job: Job, error: SpotifyError) -> bool:
        if self._given_up_in_a_row >= FAILING_TOGETHER:
            return True
        if self._answers > job.answers_before:
            return False
        failing = 1 + self._jobs.failing() + sum(bool(other.failures) for other in self._in_flight.values())
        # Without a token nothing is sent at all.
        never_reached = isinstance(error, SpotifyUnreachable) or not self._requests()
        return failing >= FAILING_TOGETHER or (never_reached and not self._answers)

    def _fail(self, job: Job, error: SpotifyError) -> None:
        logger.warning("Spotify album %s: %s", job.ids[0], error.what_happened)
        outcome = Outcome(job.ids[0], error=error.what_happened)
        self._outcomes.append(outcome)
        self._failed += 1
        if len(self._failures) < FAILURES_NAMED:
            self._failures.append(outcome)

    def _end(self, error: SpotifyError | None = None) -> None:
        """Send nothing more; what is in flight is still waited for."""
        self._error = self._error or error
        self._is_ending = True
        self._pace.stop()

    # Telling and keeping -------------------------------------------------------------------

    def _report(self) -> None:
        done = self._enriched + self._missing + self._failed
        total = self._progress.total(self._jobs.batches_allowed)
        count = "" if total is None else f" {done:,} of {total:,}"
        self._context.report(done=done, total=total, message=f"Enriching with Spotify metadata…{count}")

    def _save(self, *, at_once: bool) -> None:
        is_time = self._clock() - self._saved_at >= SAVE_EVERY_SECONDS or len(self._outcomes) >= SAVE_AT_OUTCOMES
        if not self._outcomes or not (at_once or is_time):
            return
        self._saved_at = self._clock()
        if at_once:
            self._context.write(self._write_outcomes)
            self._outcomes = []
            return
        try:
            with self._context.transaction():
                self._write_outcomes()
            self._outcomes = []
        except (OperationalError, InterfaceError):
            # The database is locked or away; the outcomes have been paid for and are kept.
            logger.warning("%d albums from Spotify could not be saved yet.", len(self._outcomes))

    def _write_outcomes(self) -> None:
        backlog.save(self._outcomes, self._now())


class _Progress:
    """How many albums the run can reach; that depends on whether batches are allowed, until it is known."""

    def __init__(self, due: int, request_limit: int) -> None:
        self._in_batches = min(due, request_limit * BATCH_SIZE)
        # The batch that Spotify refuses costs a request too.
        self._one_by_one = min(due, request_limit - (due > 1))
        self._total = due if self._in_batches == self._one_by_one else None

    def total(self, batches_allowed: bool | None) -> int | None:
        """Return the total; once it is known it stays."""
        if self._total is None and batches_allowed is not None:
            self._total = self._in_batches if batches_allowed else self._one_by_one
        return self._total
