"""The limiter: it speeds up by what it hears, and holds everybody when it is told to."""

import pytest

from catalog.services.spotify.rate_limit import FIRST_RATE, SLOWEST_RATE, Pace


class FakeClock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def send(pace: Pace, clock: FakeClock, count: int) -> None:
    """Send at the full pace, each request with its answer."""
    for _ in range(count):
        clock.seconds += pace.delay()
        pace.sent()
        pace.answered()


def send_every(seconds: float, pace: Pace, clock: FakeClock, count: int) -> None:
    """Send as workers do that are slower than the pace, each request with its answer."""
    for _ in range(count):
        pace.sent()
        pace.answered()
        clock.seconds += seconds


def test_the_first_request_goes_out_at_once_and_the_next_one_waits(clock: FakeClock) -> None:
    pace = Pace(clock)
    assert pace.delay() == 0
    pace.sent()
    assert pace.delay() == pytest.approx(1 / FIRST_RATE)


def test_each_answer_makes_it_faster(clock: FakeClock) -> None:
    pace = Pace(clock)
    send(pace, clock, 50)
    assert pace.rate == FIRST_RATE + 50


def test_a_hold_closes_it_for_its_whole_time(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.hold(7)
    clock.seconds += 6.9
    assert not pace.is_open()
    assert pace.delay() == pytest.approx(0.1)
    clock.seconds += 0.1
    assert pace.is_open()


def test_a_hold_of_no_seconds_is_a_pause_nevertheless(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.hold(0)
    assert not pace.is_open()
    assert pace.delay() == 1


def test_it_goes_on_with_half_the_rate_and_grows_gently_from_there(clock: FakeClock) -> None:
    pace = Pace(clock)
    send(pace, clock, 10)
    before = pace.rate
    pace.hold(1)
    slower = pace.rate
    assert slower <= before / 2
    pace.answered()
    assert slower < pace.rate < slower + 0.1


def test_requests_that_are_told_to_wait_together_count_once(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.hold(5)
    slower = pace.rate
    pace.hold(8)
    assert pace.rate == slower
    assert pace.delay() == 8
    assert pace.holds_in_a_row == 1


def test_a_shorter_hold_does_not_shorten_a_longer_one(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.hold(30)
    pace.hold(2)
    assert pace.delay() == 30


def test_workers_slower_than_the_rate_set_what_is_halved(clock: FakeClock) -> None:
    pace = Pace(clock)
    send_every(0.25, pace, clock, 40)
    pace.hold(1)
    assert pace.rate == pytest.approx(2, rel=0.01)


def test_what_was_sent_before_a_hold_does_not_count_in_the_next_measurement(clock: FakeClock) -> None:
    pace = Pace(clock)
    send_every(0.125, pace, clock, 40)
    pace.hold(1)
    clock.seconds += 1
    send_every(0.5, pace, clock, 10)
    pace.hold(1)
    assert pace.rate == 1


def test_only_the_last_40_requests_are_measured(clock: FakeClock) -> None:
    pace = Pace(clock)
    send_every(0.125, pace, clock, 40)
    send_every(10.25, pace, clock, 1)
    send_every(0.25, pace, clock, 39)
    pace.hold(1)
    assert pace.rate == 40 / 20 / 2


def test_a_hold_at_the_moment_of_the_first_request_halves_the_rate(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.sent()
    pace.hold(1)
    assert pace.rate == FIRST_RATE / 2


def test_it_never_comes_to_a_standstill(clock: FakeClock) -> None:
    pace = Pace(clock)
    for _ in range(20):
        pace.hold(1)
        clock.seconds += 1
    assert pace.rate == SLOWEST_RATE


def test_an_answer_ends_a_row_of_holds(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.hold(1)
    pace.answered()
    assert pace.holds_in_a_row == 0


def test_stopped_it_stays_closed(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.stop()
    clock.seconds += 1000
    assert not pace.is_open()
