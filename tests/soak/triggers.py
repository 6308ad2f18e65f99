"""A thousand presses of Sync Now in one run: one starts it, all others are told of it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Barrier

import requests

from catalog.demo.standin import StandIn
from tests.soak.outcome import Outcome, Stage, stage
from tests.support.syncing import invented_releases
from tests.support.visitors import Visitor
from tests.support.waiting import wait_until

PRESSES = 1000
# So many at once are under way; the client shares two cores with the site.
VISITORS = 50
TIMEOUT_SECONDS = 120
EXPECTED = {202: 1, 409: PRESSES - 1}


@dataclass(frozen=True)
class Crowd:
    """How a site answered, and how many runs it started."""

    answers: Counter[int]
    runs: int
    told_of_the_run: int
    tracebacks: int

    @property
    def holds(self) -> bool:
        """Tell whether exactly one run was started, and everybody else was told of it."""
        return self.answers == EXPECTED and self.runs == 1 and self.told_of_the_run == PRESSES and not self.tracebacks


def try_triggers(postgres_url: str) -> Outcome:
    """Send the crowd to a site on each database."""
    outcome = Outcome()
    crowds = {name: _one_crowd(url) for name, url in {"SQLite": "", "PostgreSQL": postgres_url}.items()}
    for name, crowd in crowds.items():
        print(f"  {name}: {crowd}", flush=True)
        outcome.check(holds=crowd.holds, sentence=f"{name}: {crowd}")
    runs = ", ".join(f"{crowd.runs} on {name}" for name, crowd in crowds.items())
    outcome.line = f"triggers sent: {PRESSES * len(crowds):,}; runs started: {runs}"
    return outcome


def _one_crowd(postgres_url: str) -> Crowd:
    standin = StandIn(invented_releases())
    # The run is under way until all have pressed.
    standin.fail_next("/export", delay_seconds=TIMEOUT_SECONDS)
    with stage(standin, postgres_url, workers=4) as running:
        answers = _press_all(running)
        crowd = Crowd(
            answers=Counter(answer.status_code for answer in answers),
            runs=running.database.count("catalog_syncoperation"),
            told_of_the_run=sum("every 2s" in answer.text for answer in answers),
            tracebacks=running.site.log.read_text().count("Traceback"),
        )
        running.database.execute("UPDATE catalog_syncoperation SET cancel_requested = true")
        wait_until(lambda: not running.database.count("catalog_syncoperation WHERE completed_at IS NULL"), 10)
    return crowd


def _press_all(running: Stage) -> list[requests.Response]:
    barrier = Barrier(VISITORS)

    def press_often(visitor: Visitor) -> list[requests.Response]:
        barrier.wait(TIMEOUT_SECONDS)
        return [visitor.press() for _ in range(PRESSES // VISITORS)]

    with ExitStack() as opened, ThreadPoolExecutor(VISITORS) as pool:
        visitors = [opened.enter_context(Visitor(running.site)) for _ in range(VISITORS)]
        return [answer for answers in pool.map(press_often, visitors) for answer in answers]
