"""Waiting for conditions."""

import pytest

from tests.support.waiting import wait_until


def test_the_first_true_result_is_returned() -> None:
    results = iter([None, 0, "ready", "too late"])
    assert wait_until(lambda: next(results)) == "ready"


def test_a_condition_that_stays_false_fails_with_its_message() -> None:
    with pytest.raises(AssertionError, match=r"After 0\.1 s: no album came"):
        wait_until(lambda: False, 0.1, "no album came")
