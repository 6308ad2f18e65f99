"""Calls in threads aside: what becomes of one that does not come back."""

from collections.abc import Iterator
from threading import Event

import pytest

from catalog.services.background import ASIDE, run_aside, stacks, start_aside


class TooLate(Exception):
    """The limit of a call has passed."""


@pytest.fixture
def release() -> Iterator[Event]:
    """What a blocked call waits for; set at the end of the test."""
    event = Event()
    yield event
    event.set()


def test_a_call_that_does_not_come_back_ends_at_its_limit(release: Event) -> None:
    ticks: list[None] = []
    with pytest.raises(TooLate):
        run_aside(release.wait, lambda: ticks.append(None), limit_seconds=0.01, too_late=TooLate())
    assert ticks


def test_what_comes_after_the_limit_is_dropped(release: Event) -> None:
    future = start_aside(release.wait, limit_seconds=0.01, too_late=TooLate())
    assert isinstance(future.exception(5), TooLate)
    release.set()
    assert isinstance(future.exception(), TooLate)


def test_a_call_within_its_limit_returns_or_raises_what_it_has() -> None:
    assert start_aside(lambda: 7, limit_seconds=5, too_late=TooLate()).result(5) == 7
    assert isinstance(start_aside(lambda: 1 // 0, limit_seconds=5, too_late=TooLate()).exception(5), ZeroDivisionError)


def test_the_stacks_show_this_thread_and_the_calls_aside_without_values(release: Event) -> None:
    entered = Event()

    def wait_with(secret: str) -> None:
        entered.set()
        release.wait()

    start_aside(lambda: wait_with("hunter" + "2"), limit_seconds=5, too_late=TooLate())
    entered.wait(5)
    shown = stacks()
    assert f"Thread {ASIDE}:" in shown
    assert "in wait_with" in shown
    assert "in test_the_stacks_show" in shown
    assert "hunter2" not in shown
