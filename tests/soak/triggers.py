"""A thousand presses of Sync Now at once: one starts a run, all others are told of it."""

from collections import Counter
from dataclasses import dataclass

from demo.standin import StandIn
from tests.soak.outcome import Outcome, stage
from tests.support.syncing import invented_releases
from tests.support.visitors import Visitor, press_at_once
from tests.support.waiting import wait_until

PRESSES = 1000
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
        with Visitor(running.site) as visitor:
            answers = press_at_once([visitor] * PRESSES)
        crowd = Crowd(
            answers=Counter(answer.status_code for answer in answers),
            runs=running.database.count("catalog_syncoperation"),
            told_of_the_run=sum("every 2s" in answer.text for answer in answers),
            tracebacks=running.site.log.read_text().count("Traceback"),
        )
        running.database.execute("UPDATE catalog_syncoperation SET cancel_requested = true")
        wait_until(lambda: not running.database.count("catalog_syncoperation WHERE completed_at IS NULL"), 10)
    return crowd
