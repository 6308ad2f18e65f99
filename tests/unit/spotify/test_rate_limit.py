"""The limiter: it speeds up with each answer, and pauses when it is told to."""

import pytest

from catalog.services.spotify.rate_limit import FIRST_RATE, SLOWEST_RATE, RateLimiter


class FakeClock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def limiter(clock: FakeClock) -> RateLimiter:
    return RateLimiter(clock)


def send(limiter: RateLimiter, clock: FakeClock, count: int) -> None:
    """Send at the full rate, each request with its answer."""
    for _ in range(count):
        clock.seconds += limiter.delay()
        limiter.sent()
        limiter.answered()


def send_every(seconds: float, limiter: RateLimiter, clock: FakeClock, count: int) -> None:
    """Send more slowly than the rate allows, each request with its answer."""
    for _ in range(count):
        limiter.sent()
        limiter.answered()
        clock.seconds += seconds


def test_the_first_request_goes_out_at_once_and_the_next_one_waits(limiter: RateLimiter) -> None:
    assert limiter.delay() == 0
    limiter.sent()
    assert limiter.delay() == pytest.approx(1 / FIRST_RATE)


def test_each_answer_makes_it_faster(limiter: RateLimiter, clock: FakeClock) -> None:
    send(limiter, clock, 50)
    assert limiter.rate == FIRST_RATE + 50


def test_nothing_is_sent_in_the_whole_time_of_a_pause(limiter: RateLimiter, clock: FakeClock) -> None:
    limiter.pause(7)
    clock.seconds += 6.9
    assert limiter.delay() == pytest.approx(0.1)
    clock.seconds += 0.1
    assert limiter.delay() == 0


def test_no_seconds_are_a_pause_nevertheless(limiter: RateLimiter) -> None:
    limiter.pause(0)
    assert limiter.delay() == 1


def test_it_goes_on_with_half_the_rate_and_grows_gently_from_there(limiter: RateLimiter, clock: FakeClock) -> None:
    send(limiter, clock, 10)
    before = limiter.rate
    limiter.pause(1)
    slower = limiter.rate
    assert slower <= before / 2
    limiter.answered()
    assert slower < limiter.rate < slower + 0.1


def test_requests_that_are_told_to_wait_together_count_once(limiter: RateLimiter) -> None:
    limiter.pause(5)
    slower = limiter.rate
    limiter.pause(8)
    assert limiter.rate == slower
    assert limiter.delay() == 8
    assert limiter.pauses_in_a_row == 1


def test_a_shorter_pause_does_not_shorten_a_longer_one(limiter: RateLimiter) -> None:
    limiter.pause(30)
    limiter.pause(2)
    assert limiter.delay() == 30


def test_requests_slower_than_the_rate_set_what_is_halved(limiter: RateLimiter, clock: FakeClock) -> None:
    send_every(0.25, limiter, clock, 40)
    limiter.pause(1)
    assert limiter.rate == pytest.approx(2, rel=0.01)


def test_what_was_sent_before_a_pause_does_not_count_in_the_next_measurement(
    limiter: RateLimiter, clock: FakeClock
) -> None:
    send_every(0.125, limiter, clock, 40)
    limiter.pause(1)
    clock.seconds += 1
    send_every(0.5, limiter, clock, 10)
    limiter.pause(1)
    assert limiter.rate == 1


def test_only_the_last_40_requests_are_measured(limiter: RateLimiter, clock: FakeClock) -> None:
    send_every(0.125, limiter, clock, 40)
    send_every(10.25, limiter, clock, 1)
    send_every(0.25, limiter, clock, 39)
    limiter.pause(1)
    assert limiter.rate == 40 / 20 / 2


def test_a_pause_at_the_moment_of_the_first_request_halves_the_rate(limiter: RateLimiter) -> None:
    limiter.sent()
    limiter.pause(1)
    assert limiter.rate == FIRST_RATE / 2


def test_it_never_comes_to_a_standstill(limiter: RateLimiter, clock: FakeClock) -> None:
    for _ in range(20):
        limiter.pause(1)
        clock.seconds += 1
    assert limiter.rate == SLOWEST_RATE


def test_an_answer_ends_a_row_of_pauses(limiter: RateLimiter) -> None:
    limiter.pause(1)
    limiter.answered()
    assert limiter.pauses_in_a_row == 0
