"""Work on the Spotify backlog: it is continued by every run and need not end in any.

The conducting thread decides, waits and writes; other threads only send one request each.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import datetime
from threading import Thread
from typing import Protocol

from django.utils import timezone

from catalog.services import backlog
from catalog.services.backlog import Outcome
from catalog.services.conductor import TICK_SECONDS, Conductor
from catalog.services.errors import (
    SpotifyBadRequest,
    SpotifyCredentialsMissing,
    SpotifyCredentialsRejected,
    SpotifyError,
    SpotifyForbidden,
    SpotifyLimited,
    SpotifyUnreachable,
)
from catalog.services.pacing import Pace
from catalog.services.spotify_album import SpotifyAlbumData
from catalog.services.spotify_client import BATCH_SIZE

logger = logging.getLogger(__name__)

WORKERS = 4
# What is no longer than this is waited for within the run.
LONGEST_WAIT_SECONDS = 60
MAX_HOLDS_IN_A_ROW = 10
RETRY_WAITS_SECONDS = (1, 3, 9)
# So many requests that fail at once, and nothing that succeeds: it is not the albums.
FAILING_TOGETHER = 3
SAVE_AT_OUTCOMES = 100
SAVE_EVERY_SECONDS = 1.0

type_of_answers = Mapping[str, SpotifyAlbumData | None]


class AlbumSource(Protocol):
    """Spotify as the enrichment sees it; `SpotifyClient` is the real one."""

    @property
    def requests_sent(self) -> int:
        """How many requests have counted against Spotify's limits."""
        ...

    def album(self, spotify_id: str) -> SpotifyAlbumData | None:
        """Return one album, or None for an unknown id."""

    def albums(self, ids: Sequence[str]) -> dict[str, SpotifyAlbumData | None]:
        """Return several albums by id."""
        ...


@dataclass(frozen=True)
class EnrichmentResult:
    """What a run did about the backlog: `backlog` is what is left of it.

    `paused_until` says when Spotify may be asked again, `error` why the stage ended early.
    """

    enriched: int = 0
    missing: int = 0
    failed: int = 0
    requests: int = 0
    backlog: int = 0
    paused_until: datetime | None = None
    error: SpotifyError | None = None


def enrich(
    *,
    client: AlbumSource,
    conductor: Conductor,
    request_limit: int,
    now: Callable[[], datetime] = timezone.now,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> EnrichmentResult:
    """Ask Spotify about what is due, the most urgent first, with up to `request_limit` requests.

    Spotify's limits and faults end the stage, not the run: they are in the result.
    Raises `SyncStopped` when the conductor does; nothing is written after that.
    """
    paused_until = backlog.pause_in_force(now())
    ids = [] if paused_until else backlog.due_ids(now())
    if not ids or not request_limit:
        return EnrichmentResult(backlog=backlog.count_due(now()), paused_until=paused_until)
    stage = _Stage(
        client=client,
        conductor=conductor,
        request_limit=request_limit,
        ids=ids,
        now=now,
        clock=clock,
        sleep=sleep,
    )
    return stage.run()


@dataclass(eq=False)
class _Job:
    """One request with its tries; `answers_before` is the count of good answers when it first failed."""

    ids: tuple[str, ...]
    failures: int = 0
    not_before: float = 0.0
    answers_before: int = 0


class _NotSent(Exception):
    """The pace was closed between the decision to send and the sending."""


@dataclass(kw_only=True)
class _Stage:
    """One run over the backlog."""

    client: AlbumSource
    conductor: Conductor
    request_limit: int
    ids: list[str]
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    # What is still to do: first the ids that must go alone, then the others in order.
    alone: deque[str] = field(default_factory=deque)
    queue: deque[str] = field(default_factory=deque)
    waiting: list[_Job] = field(default_factory=list)
    in_flight: dict[Future[type_of_answers], _Job] = field(default_factory=dict)
    # Whether Spotify lets this application read albums in batches: unknown until the first answer.
    batches_allowed: bool | None = None
    # What has come of it.
    unsaved: list[Outcome] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"enriched": 0, "missing": 0, "failed": 0})
    answers: int = 0
    holds_in_a_row: int = 0
    total: int | None = None
    paused_until: datetime | None = None
    error: SpotifyError | None = None
    is_ending: bool = False

    def __post_init__(self) -> None:
        self.queue.extend(self.ids)
        self.pace = Pace(self.clock)
        self.requests_before = self.client.requests_sent
        self.saved_at = self.clock()

    def run(self) -> EnrichmentResult:
        """Go on until nothing is left to do, to spend or to hope for."""
        self._report()
        try:
            while self._has_work():
                self._start_requests()
                for future in self._wait():
                    self._receive(self.in_flight.pop(future), future)
                self._save(at_once=False)
        finally:
            self.pace.stop()
        self._save(at_once=True)
        return self._result()

    # Sending -------------------------------------------------------------------------------

    def _has_work(self) -> bool:
        return bool(self.in_flight) or (self._has_jobs() and not self.is_ending and self._budget() > 0)

    def _has_jobs(self) -> bool:
        return bool(self.waiting or self.alone or self.queue)

    def _budget(self) -> int:
        """Return how many requests may still be started: what is in flight counts already."""
        return self.request_limit - self._requests() - len(self.in_flight)

    def _requests(self) -> int:
        return self.client.requests_sent - self.requests_before

    def _window(self) -> int:
        """Return how many requests may be open at once: the first one finds the way alone."""
        return WORKERS if self.batches_allowed is not None or self.answers else 1

    def _start_requests(self) -> None:
        while not self.is_ending and self._budget() > 0 and not self.pace.delay():
            job = self._next_job()
            if job is None:
                return
            self.pace.sent()
            self.in_flight[_start(lambda job=job: self._fetch(job.ids))] = job

    def _next_job(self) -> _Job | None:
        """Return what is to be sent now: a retry whose time has come, or something new."""
        for job in self.waiting:
            if job.not_before <= self.clock():
                self.waiting.remove(job)
                return job
        if len(self.in_flight) + len(self.waiting) >= self._window():
            return None
        if self.alone:
            return _Job((self.alone.popleft(),))
        size = 1 if self.batches_allowed is False else BATCH_SIZE
        ids = tuple(self.queue.popleft() for _ in range(min(size, len(self.queue))))
        return _Job(ids) if ids else None

    def _fetch(self, ids: tuple[str, ...]) -> type_of_answers:
        """Send one request; runs in a thread of its own and touches no database."""
        if not self.pace.is_open():
            raise _NotSent
        try:
            return {ids[0]: self.client.album(ids[0])} if len(ids) == 1 else self.client.albums(ids)
        except SpotifyLimited as error:
            # At once, in this thread: nobody else may send from here on.
            self.pace.hold(error.retry_after_seconds)
            raise

    def _wait(self) -> set[Future[type_of_answers]]:
        """Wait for an answer or for the time to send, with a sign of life; return what has arrived."""
        self.conductor.tick()
        seconds = min(TICK_SECONDS, self._until_next_send())
        if self.in_flight:
            return wait(self.in_flight, timeout=seconds, return_when=FIRST_COMPLETED).done
        if self._has_work():
            self.sleep(seconds)
        return set()

    def _until_next_send(self) -> float:
        if self.is_ending or self._budget() <= 0:
            return TICK_SECONDS
        if (self.alone or self.queue) and len(self.in_flight) + len(self.waiting) < self._window():
            return self.pace.delay()
        retries = [job.not_before - self.clock() for job in self.waiting]
        return max(self.pace.delay(), min(retries)) if retries else TICK_SECONDS

    # Receiving -----------------------------------------------------------------------------

    def _receive(self, job: _Job, future: Future[type_of_answers]) -> None:
        try:
            answers = future.result()
        except _NotSent:
            self.waiting.append(job)
        except SpotifyError as error:
            self._refused(job, error)
        else:
            self._answered(job, answers)
        self._report()

    def _answered(self, job: _Job, answers: type_of_answers) -> None:
        if len(job.ids) > 1 and self.batches_allowed is None:
            self.batches_allowed = True
        self.answers += 1
        self.holds_in_a_row = 0
        self.pace.answered()
        for spotify_id, data in answers.items():
            self._settle(Outcome(spotify_id, data), "missing" if data is None else "enriched")

    def _settle(self, outcome: Outcome, count: str) -> None:
        self.unsaved.append(outcome)
        self.counts[count] += 1

    def _refused(self, job: _Job, error: SpotifyError) -> None:
        match error:
            case SpotifyLimited():
                self._limited(job, error)
            case SpotifyCredentialsRejected() | SpotifyCredentialsMissing():
                self._end(error)
            case SpotifyForbidden() if len(job.ids) > 1:
                self.batches_allowed = False
                self.queue.extendleft(reversed(job.ids))
            case SpotifyBadRequest() if len(job.ids) > 1:
                self._split(job)
            case SpotifyBadRequest():
                self._fail(job, error)
            case _:
                self._try_again(job, error)

    def _limited(self, job: _Job, error: SpotifyLimited) -> None:
        """Wait a short limit out; a long one, or one that never ends, ends the stage."""
        self.waiting.append(job)
        self.holds_in_a_row += 1
        is_long = error.is_quota or error.retry_after_seconds > LONGEST_WAIT_SECONDS
        if not is_long and self.holds_in_a_row < MAX_HOLDS_IN_A_ROW * WORKERS:
            return
        self._end(None)
        with self.conductor.transaction():
            until = backlog.store_pause(seconds=error.retry_after_seconds, is_quota=error.is_quota, now=self.now())
        self.paused_until = max(until, self.paused_until or until)

    def _try_again(self, job: _Job, error: SpotifyError) -> None:
        """Send it again after a growing wait, until it is clear what fails: the album, or Spotify."""
        if not job.failures:
            job.answers_before = self.answers
        job.failures += 1
        if job.failures <= len(RETRY_WAITS_SECONDS):
            job.not_before = self.clock() + RETRY_WAITS_SECONDS[job.failures - 1]
            self.waiting.append(job)
        elif self._is_down(job, error):
            self._end(error)
        elif len(job.ids) > 1:
            self._split(job)
        else:
            self._fail(job, error)

    def _is_down(self, job: _Job, error: SpotifyError) -> bool:
        """Tell whether Spotify as a whole fails: then no album is to blame."""
        if self.answers > job.answers_before:
            return False
        open_jobs = (job, *self.waiting, *self.in_flight.values())
        failing = sum(bool(open_job.failures) for open_job in open_jobs)
        return failing >= FAILING_TOGETHER or (isinstance(error, SpotifyUnreachable) and not self.answers)

    def _split(self, job: _Job) -> None:
        """Ask for the albums of a batch one by one, because one of them may spoil it."""
        self.alone.extend(job.ids)
        if self.batches_allowed is None:
            self.batches_allowed = True

    def _fail(self, job: _Job, error: SpotifyError) -> None:
        logger.warning("Spotify album %s: %s", job.ids[0], error.what_happened)
        self._settle(Outcome(job.ids[0], error=error.what_happened), "failed")

    def _end(self, error: SpotifyError | None) -> None:
        """Send nothing more; what is in flight is still waited for."""
        self.error = self.error or error
        self.is_ending = True
        self.pace.stop()

    # Telling and keeping -------------------------------------------------------------------

    def _report(self) -> None:
        done = sum(self.counts.values())
        total = self._total()
        message = f"Enriching with Spotify metadata… {done:,} of {total:,}"
        self.conductor.report(done=done, total=total, message=message)

    def _total(self) -> int:
        """Return what this run can reach; once albums count, it stays."""
        if self.total is None:
            reach = self._reach()
            if not self.answers:
                return reach
            self.total = reach
        return self.total

    def _reach(self) -> int:
        per_request = 1 if self.batches_allowed is False else BATCH_SIZE
        # A batch that was refused has cost a request, too.
        spent = 1 if self.batches_allowed is False else 0
        return min(len(self.ids), (self.request_limit - spent) * per_request)

    def _save(self, *, at_once: bool) -> None:
        is_time = len(self.unsaved) >= SAVE_AT_OUTCOMES or self.clock() - self.saved_at >= SAVE_EVERY_SECONDS
        if not self.unsaved or not (at_once or is_time):
            return
        with self.conductor.transaction():
            backlog.save(self.unsaved, self.now())
        self.unsaved = []
        self.saved_at = self.clock()

    def _result(self) -> EnrichmentResult:
        return EnrichmentResult(
            **self.counts,
            requests=self._requests(),
            backlog=backlog.count_due(self.now()),
            paused_until=self.paused_until,
            error=self.error,
        )


def _start(call: Callable[[], type_of_answers]) -> Future[type_of_answers]:
    """Run a call in a daemon thread: unlike a pool's, it does not keep a stopped process waiting."""
    future: Future[type_of_answers] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  (carried over to the conducting thread)
            future.set_exception(error)

    Thread(target=work, name="progmetal-spotify", daemon=True).start()
    return future
