"""Wait for a condition instead of for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

POLL_INTERVAL_SECONDS = 0.05

Result = TypeVar("Result")


def wait_until(
    condition: Callable[[], Result | None],
    timeout_seconds: float = 10,
    message: str | Callable[[], str] = "the condition did not come true",
) -> Result:
    """Call the condition until its result is truthy, and return that result."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        if result := condition():
            return result
        if time.monotonic() > deadline:
            detail = message if isinstance(message, str) else message()
            raise AssertionError(f"After {timeout_seconds:g} s: {detail}")
        time.sleep(POLL_INTERVAL_SECONDS)
