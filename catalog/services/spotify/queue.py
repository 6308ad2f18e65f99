"""Which albums the enrichment asks for next: in batches, one by one, or once more."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.services.spotify.client import BATCH_SIZE

WORKERS = 4
RETRY_WAITS_SECONDS = (1, 3, 9)


@dataclass(eq=False)
class Job:
    """One request and its tries; `answers_before` is how many had been answered when it first failed."""

    ids: tuple[str, ...]
    failures: int = 0
    not_before: float = 0.0
    answers_before: int = 0

    @property
    def is_batch(self) -> bool:
        """Tell whether the request is for several albums."""
        return len(self.ids) > 1


class Jobs:
    """What is still to be asked, in order.

    A request that waits for its next try keeps its place among the few that are open, so
    that an outage stops new ones.
    """

    def __init__(self, ids: Sequence[str], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._queue = deque(ids)
        self._alone: deque[str] = deque()
        self._waiting: list[Job] = []
        # Whether Spotify lets this application read several at once: unknown at first.
        self.batches_allowed: bool | None = None

    def __bool__(self) -> bool:
        return bool(self._waiting or self._alone or self._queue)

    def next(self, *, open_requests: int) -> Job | None:
        """Take what is to be sent now: a retry whose time has come, or something new."""
        for job in self._waiting:
            if job.not_before <= self._clock():
                self._waiting.remove(job)
                return job
        if not self._has_room(open_requests):
            return None
        return Job((self._alone.popleft(),)) if self._alone else self._next_in_order()

    def seconds_until_next(self, *, open_requests: int) -> float | None:
        """Return how long `next` will have nothing, or None where that depends on an answer."""
        if (self._alone or self._queue) and self._has_room(open_requests):
            return 0.0
        return min((max(0.0, job.not_before - self._clock()) for job in self._waiting), default=None)

    def repeat(self, job: Job) -> None:
        """Send a request again that was not to blame for what happened to it."""
        self._waiting.append(job)

    def retry(self, job: Job, *, answers: int) -> bool:
        """Send a request that failed again, after a growing wait; False when it has been tried often enough."""
        if not job.failures:
            job.answers_before = answers
        job.failures += 1
        if job.failures > len(RETRY_WAITS_SECONDS):
            return False
        job.not_before = self._clock() + RETRY_WAITS_SECONDS[job.failures - 1]
        self._waiting.append(job)
        return True

    def batch_worked(self) -> None:
        """Remember that batches are allowed."""
        if self.batches_allowed is None:
            self.batches_allowed = True

    def forbid_batches(self, job: Job) -> None:
        """Ask for everything one by one from here on, the refused batch first."""
        self.batches_allowed = False
        self._queue.extendleft(reversed(job.ids))

    def split(self, job: Job) -> None:
        """Ask for the albums of a batch one by one, because one of them may spoil it."""
        self.batch_worked()
        self._alone.extend(job.ids)

    def failing(self) -> int:
        """Return how many requests wait for another try."""
        return sum(bool(job.failures) for job in self._waiting)

    def _has_room(self, open_requests: int) -> bool:
        # The first batch finds the way alone.
        window = 1 if self.batches_allowed is None else WORKERS
        return open_requests + len(self._waiting) < window

    def _next_in_order(self) -> Job | None:
        size = 1 if self.batches_allowed is False else BATCH_SIZE
        ids = tuple(self._queue.popleft() for _ in range(min(size, len(self._queue))))
        return Job(ids) if ids else None
