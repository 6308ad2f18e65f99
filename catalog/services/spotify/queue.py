"""What is still to be asked: new requests in order, and those that are to be sent once more."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from catalog.services.spotify.payload import BATCH_SIZE

MOST_OPEN_REQUESTS = 4
RETRY_WAITS_SECONDS = (1, 3, 9)


@dataclass(eq=False)
class AlbumRequest:
    """A request for one album or a batch of them, and how often it has failed."""

    ids: tuple[str, ...]
    failures: int = 0
    not_before: float = 0.0

    @property
    def is_batch(self) -> bool:
        """Tell whether the request is for several albums."""
        return len(self.ids) > 1

    def singles(self) -> list["AlbumRequest"]:
        """Return a request for each of the albums."""
        return [AlbumRequest((spotify_id,)) for spotify_id in self.ids]


class RequestQueue:
    """The requests of a run that are not in flight; times are seconds of the given clock."""

    def __init__(self, ids: Sequence[str], clock: Callable[[], float]) -> None:
        self._clock = clock
        starts = range(0, len(ids), BATCH_SIZE)
        self._new = deque(AlbumRequest(tuple(ids[start : start + BATCH_SIZE])) for start in starts)
        self._repeated: list[AlbumRequest] = []
        # Unknown until the first batch has been answered, which is sent alone for that reason.
        self.batches_allowed: bool | None = None

    def delay(self, *, in_flight: int) -> float:
        """Return the seconds until `take` has a request; infinite where it depends on an answer or nothing is left."""
        limit = 1 if self.batches_allowed is None else MOST_OPEN_REQUESTS
        # A request that waits for another try counts as open, so that an outage stops new ones.
        if self._new and in_flight + len(self._repeated) < limit:
            return 0.0
        return min((max(0.0, request.not_before - self._clock()) for request in self._repeated), default=inf)

    def take(self) -> AlbumRequest:
        """Return the request to send now; to be called when there is no delay."""
        for request in self._repeated:
            if request.not_before <= self._clock():
                self._repeated.remove(request)
                return request
        return self._new.popleft()

    def repeat(self, request: AlbumRequest) -> None:
        """Send a request once more that was not to blame for what happened to it."""
        self._repeated.append(request)

    def retry(self, request: AlbumRequest) -> bool:
        """Send a request that failed once more, after a growing wait; False when it has been tried often enough."""
        if request.failures == len(RETRY_WAITS_SECONDS):
            return False
        request.not_before = self._clock() + RETRY_WAITS_SECONDS[request.failures]
        request.failures += 1
        self._repeated.append(request)
        return True

    def allow_batches(self) -> None:
        """Note that Spotify has taken a batch."""
        if self.batches_allowed is None:
            self.batches_allowed = True

    def forbid_batches(self, refused: AlbumRequest) -> None:
        """Ask for everything one by one from here on."""
        self.batches_allowed = False
        self._new = deque(single for request in (refused, *self._new) for single in request.singles())

    def split(self, batch: AlbumRequest) -> None:
        """Ask for the albums of a batch one by one, because one of them may make it fail."""
        self.allow_batches()
        self._new.extendleft(reversed(batch.singles()))
