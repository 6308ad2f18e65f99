"""Fifty ends of a server at fifty moments of a run, and a run that sleeps past its lease."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic

from demo.standin import StandIn
from tests.soak.outcome import Outcome, Stage, second_site, side_by_side, stage
from tests.support.site import Site
from tests.support.syncing import invented_releases
from tests.support.visitors import Visitor
from tests.support.waiting import wait_until

KILLS_ON_EACH = 25
RELEASES = 200
TRUTH_WITHIN_SECONDS = 35
RUN_WITHIN_SECONDS = 60
# So many of a lane's kills are found out by waiting the half minute for real.
WAITED_FOR = 2


@dataclass(frozen=True)
class Kill:
    """One way in which a run's process ends; one that leaves no last words is found out by its silence."""

    name: str
    do: Callable[[Site], None]
    is_silent: bool


def _power_cut(site: Site) -> None:
    site.kill()
    site.start()


def _reload(site: Site) -> None:
    before = set(workers(site))
    os.kill(site.pid, signal.SIGHUP)
    wait_until(lambda: _are_replaced(site, before), RUN_WITHIN_SECONDS, "the workers are not replaced")


def _workers_alone(site: Site) -> None:
    before = set(workers(site))
    for worker in before:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    wait_until(lambda: _are_replaced(site, before), RUN_WITHIN_SECONDS, "the workers are not replaced")


def workers(site: Site) -> list[int]:
    """Return the ids of gunicorn's workers."""
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def _are_replaced(site: Site, before: set[int]) -> bool:
    now = set(workers(site))
    return len(now) == site.workers and not now & before and site._answers()


KILLS = (
    Kill("SIGKILL", _power_cut, is_silent=True),
    Kill("SIGTERM", Site.restart, is_silent=False),
    Kill("workers alone", _workers_alone, is_silent=True),
    Kill("SIGHUP", _reload, is_silent=False),
)


@dataclass(frozen=True)
class Survival:
    """What came after one kill; `ended` is how the page told of the killed run."""

    kill: str
    moment: float
    ended: str
    truth_after: float
    said_so: bool
    next_run: str
    is_equal: bool

    @property
    def holds(self) -> bool:
        """Tell whether the page told the truth in time and the button brought the whole catalog."""
        is_told = self.said_so and self.truth_after <= TRUTH_WITHIN_SECONDS
        return is_told and self.next_run == "syncCompleted, stopPolling"


def try_kills(postgres_url: str) -> Outcome:
    """Kill a site on each database, side by side, and let one run of each sleep past its lease."""
    outcome = Outcome()
    lanes = side_by_side(partial(_lane, "SQLite", "", outcome), partial(_lane, "PostgreSQL", postgres_url, outcome))
    survivals = [survival for lane in lanes for survival in lane]
    for survival in survivals:
        outcome.check(holds=survival.holds and survival.is_equal, sentence=str(survival))
    survived, equal = (sum(each) for each in zip(*((one.holds, one.is_equal) for one in survivals), strict=True))
    outcome.line = f"kills: {len(survivals)}, survived: {survived}, catalogs equal: {equal}"
    print(f"  ends told: {dict(Counter(survival.ended for survival in survivals))}", flush=True)
    print(f"  slowest truth: {max(survival.truth_after for survival in survivals):.1f} s", flush=True)
    return outcome


def _lane(name: str, postgres_url: str, outcome: Outcome) -> list[Survival]:
    with stage(_slow_standin(), postgres_url) as running, Visitor(running.site) as visitor:
        began = monotonic()
        expected = _undisturbed(running, visitor)
        seconds = monotonic() - began
        print(f"  {name}: an undisturbed run takes {seconds:.1f} s", flush=True)
        survivals = [
            _survive(running, visitor, number, moment=seconds * number / KILLS_ON_EACH, expected=expected)
            for number in range(KILLS_ON_EACH)
        ]
        zombie = _sleep_past_the_lease(running, visitor, expected)
        outcome.check(holds=zombie == "", sentence=f"{name}: {zombie}")
    print(f"  {name}: {len(survivals)} kills, zombie: {zombie or 'wrote nothing'}", flush=True)
    return survivals


def _slow_standin() -> StandIn:
    """Serve so that each stage of a run lasts long enough to be killed in."""
    standin = StandIn(invented_releases(RELEASES))
    standin.behaviour.export_bytes_per_second = 60_000
    standin.behaviour.delay_seconds = 0.1
    return standin


def _undisturbed(running: Stage, visitor: Visitor) -> str:
    visitor.press().raise_for_status()
    wait_until(visitor.sync_has_ended, RUN_WITHIN_SECONDS)
    assert running.database.count("catalog_album") > RELEASES / 2
    assert running.database.count("catalog_spotifyalbum WHERE state = 'found'") > RELEASES / 2
    return running.database.catalog()


def _survive(running: Stage, visitor: Visitor, number: int, *, moment: float, expected: str) -> Survival:
    kill = KILLS[number % len(KILLS)]
    running.database.empty()
    visitor.press().raise_for_status()
    # A moment of the run, whatever it is doing then.
    Event().wait(moment)
    kill.do(running.site)
    killed = monotonic()
    if kill.is_silent and number > WAITED_FOR:
        running.database.let_time_pass()
    ended = wait_until(visitor.sync_has_ended, TRUTH_WITHIN_SECONDS + 5)
    truth_after = monotonic() - killed
    said_so = "interrupted" in visitor.status().text if "Failed" in ended else running.database.catalog() == expected
    visitor.press().raise_for_status()
    next_run = wait_until(visitor.sync_has_ended, RUN_WITHIN_SECONDS)
    is_equal = running.database.catalog() == expected
    return Survival(kill.name, moment, ended, truth_after, said_so, next_run, is_equal)


def _sleep_past_the_lease(running: Stage, visitor: Visitor, expected: str) -> str:
    """Pause a run, let another site take over, wake it: return what it did wrong."""
    running.database.empty()
    running.standin.behaviour.delay_seconds = 1.0
    visitor.press().raise_for_status()
    wait_until(lambda: running.database.count("catalog_syncoperation WHERE stage = 'enriching'"), RUN_WITHIN_SECONDS)
    os.killpg(running.site.pid, signal.SIGSTOP)
    running.standin.behaviour.delay_seconds = 0.0
    running.database.let_time_pass()
    try:
        with second_site(running) as second, Visitor(second) as other:
            other.press().raise_for_status()
            ended = wait_until(other.sync_has_ended, RUN_WITHIN_SECONDS)
            before = running.database.everything()
    finally:
        os.killpg(running.site.pid, signal.SIGCONT)
    asked = running.standin.count("/v1/")
    wait_until(
        lambda: "or no longer; it has stopped" in running.site.log.read_text(),
        RUN_WITHIN_SECONDS,
        running.site.log_tail,
    )
    print(f"  the paused run woke after {asked} requests to Spotify, and stopped", flush=True)
    if ended != "syncCompleted, stopPolling" or running.database.catalog() != expected:
        return f"the run that took over ended with {ended}, or with another catalog"
    return "" if running.database.everything() == before else "the run that was paused has written"
