"""How fast Spotify may be asked: one limiter that every worker shares.

Spotify does not publish its rate limit, so the pace is found out: each answer makes it a
little faster, and being told to slow down makes it a good deal slower.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock

FIRST_RATE = 10.0  # requests a second; where it ends up is Spotify's to say
SLOWEST_RATE = 0.5
# Until the limit has been met, each answer adds a whole request a second: the rate
# doubles about every second. After that it feels its way.
GROWTH_AT_FIRST = 1.0
GROWTH_NEAR_THE_LIMIT = 0.05
BACKOFF = 0.5
# A Retry-After is counted in whole seconds, and 0 of them are no pause at all.
SHORTEST_HOLD_SECONDS = 1.0
REMEMBERED_SENDS = 40


class Pace:
    """Additive growth, multiplicative back-off; times are seconds of the given clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._rate = FIRST_RATE
        self._growth = GROWTH_AT_FIRST
        self._next_send = clock()
        self._held_until = clock()
        self._sends: deque[float] = deque(maxlen=REMEMBERED_SENDS)
        self._is_stopped = False
        self.holds_in_a_row = 0

    @property
    def rate(self) -> float:
        """Requests a second that are allowed now."""
        return self._rate

    def delay(self) -> float:
        """Return the seconds until the next request may be sent."""
        with self._lock:
            return max(0.0, max(self._next_send, self._held_until) - self._clock())

    def is_open(self) -> bool:
        """Tell whether requests may go out at all: a worker's last look before it sends."""
        with self._lock:
            return not self._is_stopped and self._clock() >= self._held_until

    def sent(self) -> None:
        """Note that a request goes out now."""
        with self._lock:
            now = self._clock()
            self._sends.append(now)
            self._next_send = now + 1 / self._rate

    def answered(self) -> None:
        """Note an answer that did not complain."""
        with self._lock:
            self._rate += self._growth
            self.holds_in_a_row = 0

    def hold(self, seconds: float) -> None:
        """Let nobody send for a time, and go on more slowly; several who are told at once count as one."""
        with self._lock:
            now = self._clock()
            if now >= self._held_until:
                self._rate = max(SLOWEST_RATE, min(self._rate, self._measured_rate(now)) * BACKOFF)
                self._growth = GROWTH_NEAR_THE_LIMIT
                self._sends.clear()
                self.holds_in_a_row += 1
            self._held_until = max(self._held_until, now + max(seconds, SHORTEST_HOLD_SECONDS))

    def stop(self) -> None:
        """Let nobody send any more."""
        with self._lock:
            self._is_stopped = True

    def _measured_rate(self, now: float) -> float:
        """Return what was really sent: workers may be slower than the rate that they are allowed."""
        if not self._sends or now <= self._sends[0]:
            return self._rate
        return len(self._sends) / (now - self._sends[0])
