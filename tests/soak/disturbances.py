"""What befalls a site and is neither Google's fault nor Spotify's words, while readers read, and the way out of it."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any

from demo.standin import StandIn
from demo.wire import Drip
from tests.integration import test_google_faults as google
from tests.integration import test_spotify_faults as spotify
from tests.soak.faults import CLIENT, COMPLETED, CONFIGURATION, CONTEXT, QUEUE, SHEET, NotHeld, must_read
from tests.soak.kills import RUN_WITHIN_SECONDS
from tests.soak.outcome import Outcome, Stage, stage
from tests.soak.readers import POLL_LIMIT_SECONDS, Notes, readers
from tests.soak.surroundings import (
    Fault,
    clients_that_are_slow,
    frozen_service,
    full_disk,
    heartbeat_ahead,
    hostile_workbook,
    read_only,
    under_way,
    wrong_clocks,
)
from tests.support.fragments import text_of
from tests.support.hostile import hostile_workbooks
from tests.support.site import Site
from tests.support.syncing import invented_releases
from tests.support.visitors import Visitor
from tests.support.waiting import wait_until

READ_FOR_SECONDS = 2
LOCKED_FOR_SECONDS = 3
FOR_EVER_SECONDS = 30
UNWRITABLE = "The database could not be written."
FEW = 10
LIMITS: dict[str, dict[str, Any]] = {
    SHEET: {"PAUSES_BETWEEN_TRIES_SECONDS": (0.01,), "READ_SECONDS": 1, "WHOLE_DOWNLOAD_SECONDS": 2},
    QUEUE: {"RETRY_WAITS_SECONDS": (0.05,)},
    CLIENT: {"WHOLE_REQUEST_SECONDS": 1, "TIMEOUTS": (1, 1)},
    CONTEXT: {"RETRY_PAUSES_SECONDS": (0.1, 0.1), "PAUSES_BEFORE_THE_END_SECONDS": (0.2, 0.2)},
}
HOLDS: dict[str, Any] = {"delay_seconds": FOR_EVER_SECONDS}
DRIPS: dict[str, Any] = {"status": 200, "drip_seconds": 0.1}
FROZEN = (
    ("Google holds", "/export", HOLDS),
    ("Google drips", "/export", DRIPS | {"drip": Drip.BODY, "body": b"PK\x03\x04"}),
    ("Spotify holds", "/v1/", HOLDS),
    ("Spotify drips", "/v1/", DRIPS | {"drip": Drip.HEADERS}),
    ("Spotify's token holds", "/api/token", HOLDS),
)


class NoWayOut(Exception):
    """The button does not bring the whole catalog any more."""


@dataclass(frozen=True)
class Disturbance:
    """A fault that lasts for a while, and what has to hold meanwhile, beside that every page answers."""

    name: str
    fault: Fault
    meanwhile: Callable[[Stage, Visitor, tuple[Site, ...]], object]


@dataclass(frozen=True)
class Trial:
    """What came of a disturbance on a database, and what readers were answered until all was well again."""

    name: str
    end: Exception | None
    notes: Notes
    log: str

    @property
    def failures(self) -> list[str]:
        """What did not hold."""
        bad = [f"{self.name}: {answer}" for answer in (*self.notes.bad[:FEW], *self.notes.slow_polls[:FEW])]
        bad += [f"{self.name}, the log:\n{self.log}"] if self.notes.bad else []
        return bad if self.end is None else [f"{self.name}: {self.end!r}", *bad]


def try_disturbances(postgres_url: str) -> Outcome:
    """Try them one after the other, so that nothing but the site itself keeps a poll waiting."""
    load = os.getloadavg()[0]
    trials = [trial for database, url, tried in _tables(postgres_url) for trial in _try_all(database, url, tried)]
    polls = [poll for trial in trials for poll in trial.notes.polls]
    slow = sum(len(trial.notes.slow_polls) for trial in trials)
    asked = len(polls) + sum(len(trial.notes.pages) for trial in trials)
    slowest = f"slowest: {1000 * max(poll.seconds for poll in polls):.0f} ms; load of the machine before: {load:.1f}"
    lines = (
        f"disturbances tried: {len(trials)}; passed: {sum(trial.end is None for trial in trials)}",
        f"states without a way out: {sum(isinstance(trial.end, NoWayOut) for trial in trials)}",
        f"pages that answered 5xx or not at all: {sum(len(trial.notes.bad) for trial in trials)} of {asked:,}",
        f"polls above {1000 * POLL_LIMIT_SECONDS:.0f} ms: {slow} of {len(polls):,}; {slowest}",
    )
    return Outcome("\n".join(lines), [failure for trial in trials for failure in trial.failures])


def _tables(postgres_url: str) -> Iterator[tuple[str, str, list[Disturbance]]]:
    """Services and clients disturb alike, whatever the database."""
    yield "SQLite", "", [*_of_databases(), *_of_services(), *_of_workbooks()]
    yield "PostgreSQL", postgres_url, list(_of_databases())


def _of_databases() -> Iterator[Disturbance]:
    for at in ("fetching", "enriching"):
        yield Disturbance(f"disk full while {at}", partial(full_disk, at=at), _dies_in_silence)
    yield Disturbance("read-only beside a dead run", read_only, _is_told_and_refused)
    yield Disturbance("locked", under_way, _stays_locked)
    yield Disturbance("heartbeat an hour ahead", heartbeat_ahead, _run_has_ended)
    yield Disturbance("two hosts, clocks an hour ahead and behind", wrong_clocks, _one_run_on_two_hosts)


def _of_services() -> Iterator[Disturbance]:
    for name, path, answer in FROZEN:
        yield Disturbance(name, partial(frozen_service, path=path, answer=answer), _run_ends)
    yield Disturbance("slow clients", clients_that_are_slow, _run_completes)


def _of_workbooks() -> Iterator[Disturbance]:
    for name, workbook in hostile_workbooks(invented_releases()).items():
        yield Disturbance(name, partial(hostile_workbook, workbook=workbook), _run_ends)


# Trying ------------------------------------------------------------------------------------


def _stage(postgres_url: str) -> AbstractContextManager[Stage]:
    limits = json.dumps(LIMITS)
    return stage(StandIn(), postgres_url, GUNICORN_CMD_ARGS=CONFIGURATION, SOAK_LIMITS=limits)


def _try_all(database: str, url: str, disturbances: list[Disturbance]) -> Iterator[Trial]:
    with _stage(url) as running, Visitor(running.site) as visitor:
        _heal(running)
        _run_completes(running, visitor, ())
        expected = running.database.catalog()
        for disturbance in disturbances:
            notes = Notes()
            end = _disturb(running, visitor, disturbance, notes)
            _heal(running)
            with readers(running, notes):
                end = _find_way_out(running, visitor, expected) or end
            print(f"  {database}, {disturbance.name}: {end or 'passed'}", flush=True)
            yield Trial(f"{database}, {disturbance.name}", end, notes, running.site.log_tail())


def _disturb(running: Stage, visitor: Visitor, disturbance: Disturbance, notes: Notes) -> Exception | None:
    try:
        with disturbance.fault(running, visitor) as others, readers(running, notes, *others):
            disturbance.meanwhile(running, visitor, others)
    except (NotHeld, AssertionError, OSError, RuntimeError) as error:
        return error
    return None


def _heal(running: Stage) -> None:
    google.heal(running.standin)
    spotify.heal(running.standin)
    running.standin.behaviour.change({"development_mode": False, "delay_seconds": 0})
    running.standin.publish(invented_releases())


def _find_way_out(running: Stage, visitor: Visitor, expected: str) -> Exception | None:
    """Press Sync Now as a visitor would, and compare the catalog."""
    try:
        _run_has_ended(running, visitor, ())
        # The albums about which Spotify could not be asked wait for their next try.
        running.database.execute("UPDATE catalog_spotifyalbum SET check_after = NULL")
        _run_completes(running, visitor, ())
    except (NotHeld, AssertionError, OSError) as error:
        return NoWayOut(str(error))
    return None if running.database.catalog() == expected else NoWayOut("the catalog is another one")


# What holds meanwhile ----------------------------------------------------------------------


def _run_ends(running: Stage, visitor: Visitor, others: tuple[Site, ...]) -> str:
    # A run that was interrupted may have begun again by itself.
    if (status := visitor.press().status_code) not in (202, 409):
        raise NotHeld(f"the button answers {status}")
    return _run_has_ended(running, visitor, others)


def _run_has_ended(_running: Stage, visitor: Visitor, _others: tuple[Site, ...]) -> str:
    return wait_until(visitor.sync_has_ended, RUN_WITHIN_SECONDS, lambda: text_of(visitor.status()))


def _run_completes(running: Stage, visitor: Visitor, others: tuple[Site, ...]) -> None:
    if (ended := _run_ends(running, visitor, others)) != COMPLETED:
        raise NotHeld(f"the run ended with {ended}: {text_of(visitor.status())}")


def _dies_in_silence(running: Stage, visitor: Visitor, _others: tuple[Site, ...]) -> None:
    """The run gives up without being able to say so, and its half minute of silence passes."""
    Event().wait(READ_FOR_SECONDS)
    running.database.let_time_pass()
    _is_told_and_refused(running, visitor, ())


def _is_told_and_refused(running: Stage, visitor: Visitor, _others: tuple[Site, ...]) -> None:
    """The run is shown as interrupted although that cannot be written, and the button says why it does nothing."""
    _run_has_ended(running, visitor, ())
    must_read(visitor, ("The last sync was interrupted.",), ())
    answer = visitor.press()
    if answer.status_code != 503 or UNWRITABLE not in answer.text:
        raise NotHeld(f"the button answers {answer.status_code}: {answer.text}")
    Event().wait(READ_FOR_SECONDS)


def _stays_locked(running: Stage, visitor: Visitor, _others: tuple[Site, ...]) -> None:
    with running.database.locked():
        Event().wait(LOCKED_FOR_SECONDS)
    _heal(running)  # The services need not be slow any more.
    if (ended := _run_has_ended(running, visitor, ())) != COMPLETED:
        raise NotHeld(f"the run ended with {ended}: {text_of(visitor.status())}")


def _one_run_on_two_hosts(_running: Stage, visitor: Visitor, others: tuple[Site, ...]) -> None:
    """Each host knows that the other's run lives, and can cancel it."""
    with Visitor(others[0]) as other:
        for one, another in ((visitor, other), (other, visitor)):
            one.press().raise_for_status()
            Event().wait(READ_FOR_SECONDS)
            if ended := another.sync_has_ended() or one.sync_has_ended():
                raise NotHeld(f"a run that lives ended with {ended}")
            if (status := another.press().status_code) != 409:
                raise NotHeld(f"the button of the other host answers {status}")
            another.cancel().raise_for_status()
            wait_until(one.sync_has_ended, RUN_WITHIN_SECONDS, lambda visitor=one: text_of(visitor.status()))
            must_read(another, ("Sync cancelled.",), ())
