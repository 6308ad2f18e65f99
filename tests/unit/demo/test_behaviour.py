"""The stand-in's limits, on a clock of the test's own."""

from dataclasses import dataclass

import pytest

from demo.behaviour import Behaviour, Export, Fault, Faults, Limits


@dataclass
class Hand:
    """A clock that the test moves."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_a_limit_every_call_passes() -> None:
    limits, behaviour = Limits(Hand()), Behaviour()
    assert {limits.seconds_to_wait(behaviour) for _ in range(50)} == {None}


def test_a_full_window_asks_to_wait_until_its_first_call_leaves_it() -> None:
    clock, behaviour = Hand(), Behaviour(requests_per_second=0.1, window_seconds=30)
    limits = Limits(clock)
    assert [limits.seconds_to_wait(behaviour) for _ in range(3)] == [None, None, None]
    clock.now += 12
    assert limits.seconds_to_wait(behaviour) == 18
    clock.now += 18
    assert limits.seconds_to_wait(behaviour) is None


def test_a_call_before_retry_after_has_passed_is_a_violation() -> None:
    clock = Hand()
    limits = Limits(clock)
    limits.told_to_wait(5)
    clock.now += 4.9
    limits.arrive()
    assert limits.ignored_retry_after == 1
    clock.now += 0.1
    limits.arrive()
    assert limits.ignored_retry_after == 1


def test_the_quota_counts_answered_calls() -> None:
    limits, behaviour = Limits(Hand()), Behaviour(quota_calls=2)
    for _ in range(2):
        assert not limits.quota_is_used_up(behaviour)
        limits.seconds_to_wait(behaviour)
    assert limits.quota_is_used_up(behaviour)


def test_behaviour_is_changed_by_name() -> None:
    behaviour = Behaviour()
    behaviour.change({"export": "garbage", "development_mode": True})
    assert (behaviour.export, behaviour.development_mode) == (Export.GARBAGE, True)


@pytest.mark.parametrize("values", [{"exprot": "html"}, {"change": 1}, {"export": "nonsense"}])
def test_a_behaviour_that_does_not_exist_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"behaviour|Export"):
        Behaviour().change(values)


def test_a_fault_serves_its_path_as_often_as_asked() -> None:
    faults = Faults()
    faults.add(Fault("albums", status=503, times=2))
    assert faults.take("/api/token") is None
    assert faults.take("/v1/albums/x") is not None
    assert faults.take("/v1/albums/y") is not None
    assert faults.take("/v1/albums/z") is None
