"""The tables of faults once more, this time through a site that gunicorn serves."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from demo.standin import StandIn
from tests.integration import test_google_faults as google
from tests.integration import test_spotify_faults as spotify
from tests.soak.kills import workers
from tests.soak.outcome import Outcome, Stage, side_by_side, stage
from tests.support.fragments import text_of
from tests.support.syncing import invented_releases
from tests.support.visitors import Visitor
from tests.support.waiting import wait_until

# However an answer drips: the limits of a fault are a fraction of a second.
RUN_WITHIN_SECONDS = 90
# An answer is cut at 4 MB; a run itself takes some tens.
MEMORY_OF_A_RUN_MB = 100
LANES = 3
SHEET, QUEUE = "catalog.services.sheet.download", "catalog.services.spotify.queue"
CLIENT, CONTEXT = "catalog.services.spotify.client", "catalog.services.run_context"
SHORT_PAUSES: dict[str, dict[str, Any]] = {
    SHEET: {"PAUSES_BETWEEN_TRIES_SECONDS": (0.01, 0.01)},
    QUEUE: {"RETRY_WAITS_SECONDS": (0.05, 0.05, 0.05)},
}
CONFIGURATION = "--config tests/soak/gunicorn.py"
TRIED_AGAIN = "Trying again on"
COMPLETED = "syncCompleted, stopPolling"
FOUND = "catalog_spotifyalbum WHERE state = 'found'"


class NotHeld(Exception):
    """Something about a fault is not as its table says."""


@dataclass(frozen=True)
class Case:
    """One fault and how to try it; `attempt` raises `NotHeld`, or an assertion of the helpers."""

    name: str
    attempt: Callable[[Stage, Visitor], None]


def try_faults(postgres_url: str) -> Outcome:
    """Try all of them, on several sites side by side."""
    cases = list(_cases())
    lanes = side_by_side(*(partial(_lane, cases[at::LANES], postgres_url if at == 0 else "") for at in range(LANES)))
    failures = [failure for lane in lanes for failure in lane]
    return Outcome(f"faults tried: {len(cases)}; passed: {len(cases) - len(failures)}", failures)


def _cases() -> Iterator[Case]:
    for fault in google.FAULTS:
        yield Case(f"Google: {fault.name}", lambda running, visitor, fault=fault: _google(running, visitor, fault))
    for fault in spotify.FAULTS:
        yield Case(f"Spotify: {fault.name}", lambda running, visitor, fault=fault: _spotify(running, visitor, fault))
    yield Case("A run that stands still", _frozen)
    for answer in spotify.PASSING:
        yield Case(f"Passing: {answer}", lambda running, visitor, answer=answer: _passing(running, visitor, answer))


def _lane(cases: list[Case], postgres_url: str) -> list[str]:
    """Try cases one after the other and return what did not hold."""
    failures = []
    with _stage(postgres_url) as running:
        for case in cases:
            try:
                with Visitor(running.site) as visitor:
                    case.attempt(running, visitor)
            except (NotHeld, AssertionError, OSError) as error:
                failures.append(f"{case.name}: {error}")
            _recover(running)
        if "Traceback" in running.site.log.read_text():
            failures.append(f"a traceback is in the log:\n{running.site.log_tail()}")
    return failures


def _stage(postgres_url: str) -> AbstractContextManager[Stage]:
    limits = json.dumps(SHORT_PAUSES)
    return stage(StandIn(), postgres_url, workers=1, GUNICORN_CMD_ARGS=CONFIGURATION, SOAK_LIMITS=limits)


def _recover(running: Stage) -> None:
    """Let the next case find a site and services without a past."""
    google.heal(running.standin)
    spotify.heal(running.standin)
    running.database.empty()
    running.standin.publish(invented_releases())


def _run(visitor: Visitor) -> str:
    """Press the button and return the events of the run's end."""
    response = visitor.press()
    if response.status_code != 202:
        raise NotHeld(f"the button answers {response.status_code}")
    return wait_until(visitor.sync_has_ended, RUN_WITHIN_SECONDS, lambda: visitor.status().text)


def _complete(visitor: Visitor) -> None:
    ended = _run(visitor)
    if ended != COMPLETED:
        raise NotHeld(f"a run without a fault ended with {ended}: {text_of(visitor.status())}")


def must_read(visitor: Visitor, words: tuple[str, ...], never: tuple[str, ...]) -> None:
    """Raise `NotHeld` where the status lacks one of the words, or says what nobody may read."""
    text = text_of(visitor.status())
    missing = [word for word in words if word not in text]
    leaked = [word for word in never if word in text]
    if missing or leaked:
        raise NotHeld(f"missing {missing}, leaked {leaked}: {text}")


def _google(running: Stage, visitor: Visitor, fault: google.Fault) -> None:
    running.standin.publish(invented_releases())
    _complete(visitor)
    before, settings = running.database.catalog(), SimpleNamespace(**running.site.env)
    fault.cause(running.standin, settings)
    usual = dict(running.site.env)
    limits = _limits(SHEET, fault.limits)
    _change(running, GOOGLE_SHEETS_XLSX_URL=settings.GOOGLE_SHEETS_XLSX_URL, SOAK_LIMITS=limits)
    ended = _run(visitor)
    if "Failed" not in ended:
        raise NotHeld(f"the run ended with {ended}")
    # What passes is tried again by itself, and then nobody is asked to wait and press.
    remedy = TRIED_AGAIN if fault.remedy == google.BUSY["remedy"] else fault.remedy
    words = (fault.title, *fault.words, remedy, google.NOT_CHANGED)
    must_read(visitor, words, (*google.MACHINE_WORDS, google.UPSTREAM_BODY))
    if running.database.catalog() != before:
        raise NotHeld("the catalog was changed")
    google.heal(running.standin)
    _change(running, **usual)
    _complete(visitor)


def _limits(module: str, limits: dict[str, Any]) -> str:
    return json.dumps({**SHORT_PAUSES, module: SHORT_PAUSES.get(module, {}) | limits})


def _change(running: Stage, **env: str) -> None:
    """Restart the site, but only where a setting changes."""
    if env.items() <= running.site.env.items():
        return
    running.site.env.update(env)
    running.site.restart()


def _spotify(running: Stage, visitor: Visitor, fault: spotify.Fault) -> None:
    running.standin.publish(invented_releases())
    running.standin.fail_next(fault.path, times=spotify.FOR_GOOD, **fault.answer)
    usual = dict(running.site.env)
    _change(running, SOAK_LIMITS=_limits(CLIENT, fault.limits))
    before = _peak_memory_mb(running)
    ended = _run(visitor)
    if (grown := _peak_memory_mb(running) - before) > MEMORY_OF_A_RUN_MB:
        raise NotHeld(f"the run took {grown:.0f} MB")
    if ("Failed" in ended) != (fault.status == spotify.Status.FAILED):
        raise NotHeld(f"the run ended with {ended}")
    secret = running.standin.client_secret
    must_read(visitor, (fault.title, spotify.SAVED), (*spotify.MACHINE_WORDS, spotify.UPSTREAM_BODY, secret))
    spotify.heal(running.standin)
    _change(running, **usual)
    running.database.execute("UPDATE catalog_spotifyalbum SET check_after = NULL")
    _complete(visitor)
    _must_be_enriched(running)


def _peak_memory_mb(running: Stage) -> float:
    """Return the most that a worker has ever taken."""
    statuses = [Path(f"/proc/{worker}/status").read_text() for worker in workers(running.site)]
    return max(int(line.split()[1]) / 1000 for text in statuses for line in text.splitlines() if "VmHWM" in line)


def _frozen(running: Stage, visitor: Visitor) -> None:
    running.standin.publish(invented_releases())
    running.standin.fail_next("/v1/", delay_seconds=5)
    usual = dict(running.site.env)
    _change(running, SOAK_LIMITS=_limits(CONTEXT, {"FROZEN_AFTER_SECONDS": 1}))
    if "Failed" not in (ended := _run(visitor)):
        raise NotHeld(f"the run ended with {ended}")
    must_read(visitor, ("The sync stood still.", "Enriching with Spotify metadata"), spotify.MACHINE_WORDS)
    if "Thread progmetal-aside:" not in running.site.log.read_text():
        raise NotHeld("the log does not say where the run waited")
    _change(running, **usual)
    _complete(visitor)
    _must_be_enriched(running)


def _passing(running: Stage, visitor: Visitor, answer: dict[str, Any]) -> None:
    running.standin.publish(invented_releases())
    running.standin.fail_next("/v1/", **answer)
    _complete(visitor)
    _must_be_enriched(running)


def _must_be_enriched(running: Stage) -> None:
    found, known = running.database.count(FOUND), len(running.standin.albums)
    if found != known:
        raise NotHeld(f"{found} of {known} albums were found on Spotify")
