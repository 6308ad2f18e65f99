"""How fast Spotify may be asked.

Spotify does not publish its rate limit, so it is found out: each answer raises the rate a little, and each 429
halves it.
"""

from collections import deque
from collections.abc import Callable

FIRST_RATE = 10.0  # requests a second
SLOWEST_RATE = 0.5
# Until the limit has been met, each answer adds a whole request a second: the rate doubles about every second.
GROWTH_AT_FIRST = 1.0
GROWTH_NEAR_THE_LIMIT = 0.05
BACKOFF = 0.5
# A Retry-After is counted in whole seconds, and 0 of them are no pause at all.
SHORTEST_PAUSE_SECONDS = 1.0
REMEMBERED_SENDS = 40


class RateLimiter:
    """Additive increase, multiplicative decrease; times are seconds of the given clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._growth = GROWTH_AT_FIRST
        self._next_send = self._paused_until = clock()
        self._sends: deque[float] = deque(maxlen=REMEMBERED_SENDS)
        self.rate = FIRST_RATE  # requests a second that are allowed now
        self.pauses_in_a_row = 0

    def delay(self) -> float:
        """Return the seconds until the next request may be sent."""
        return max(0.0, max(self._next_send, self._paused_until) - self._clock())

    def pause_left(self) -> float:
        """Return the seconds of the present pause that are left."""
        return max(0.0, self._paused_until - self._clock())

    def sent(self) -> None:
        """Note that a request goes out now."""
        now = self._clock()
        self._sends.append(now)
        self._next_send = now + 1 / self.rate

    def answered(self) -> None:
        """Note an answer that was no 429."""
        self.rate += self._growth
        self.pauses_in_a_row = 0

    def pause(self, seconds: float) -> None:
        """Send nothing for a time, and go on more slowly; a 429 that comes within a pause only lengthens it."""
        now = self._clock()
        if now >= self._paused_until:
            self.rate = max(SLOWEST_RATE, min(self.rate, self._measured_rate(now)) * BACKOFF)
            self._growth = GROWTH_NEAR_THE_LIMIT
            self._sends.clear()
            self.pauses_in_a_row += 1
        self._paused_until = max(self._paused_until, now + max(seconds, SHORTEST_PAUSE_SECONDS))

    def _measured_rate(self, now: float) -> float:
        """Return what was really sent: answers may come more slowly than the rate allows."""
        if not self._sends or now <= self._sends[0]:
            return self.rate
        return len(self._sends) / (now - self._sends[0])
