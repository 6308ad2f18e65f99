"""What befalls a site from outside while a block lasts; the block gets the sites that stand beside it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit
from typing import Any

from tests.integration import test_spotify_faults as spotify
from tests.soak.kills import RUN_WITHIN_SECONDS, workers
from tests.soak.outcome import Stage, second_site
from tests.support.site import Site
from tests.support.slow_clients import slow_clients
from tests.support.visitors import Visitor
from tests.support.waiting import wait_until

# So slow are the services where a run is disturbed in the middle.
EXPORT_SECONDS, SPOTIFY_SECONDS = 0.5, 0.5
HOUR = timedelta(hours=1)
FULL_DISK = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$
"""
TABLES = "SELECT tablename FROM pg_tables WHERE tablename LIKE 'catalog\\_%'"

Fault = Callable[[Stage, Visitor], AbstractContextManager[tuple[Site, ...]]]


def _begin(running: Stage, visitor: Visitor, at: str = "enriching") -> None:
    """Start a run from an empty catalog, and return when it has come to a stage in which it stays for a while."""
    running.database.empty()
    running.standin.fail_next("/export", delay_seconds=EXPORT_SECONDS)
    _slow_down(running)
    visitor.press().raise_for_status()
    stage_of_the_run = f"catalog_syncoperation WHERE status = 'running' AND stage = '{at}'"
    wait_until(lambda: running.database.count(stage_of_the_run), RUN_WITHIN_SECONDS)


def _slow_down(running: Stage) -> None:
    """Let Spotify answer for one album at a time, and take its time for each."""
    running.standin.behaviour.change({"development_mode": True, "delay_seconds": SPOTIFY_SECONDS})


@contextmanager
def under_way(running: Stage, visitor: Visitor) -> Iterator[tuple[Site, ...]]:
    _begin(running, visitor)
    yield ()


@contextmanager
def full_disk(running: Stage, visitor: Visitor, *, at: str) -> Iterator[tuple[Site, ...]]:
    """Let nothing more be written by the site while a run goes on."""
    _begin(running, visitor, at)
    with (_full_postgresql if running.database.is_postgresql else _full_sqlite)(running):
        yield ()


@contextmanager
def _full_sqlite(running: Stage) -> Iterator[None]:
    """Let no file of the site's processes grow."""
    _limit_files(running.site, 0)
    try:
        yield
    finally:
        _limit_files(running.site, RLIM_INFINITY)


def _limit_files(site: Site, limit_bytes: int) -> None:
    for process in (site.pid, *workers(site)):
        _, hard = prlimit(process, RLIMIT_FSIZE)
        prlimit(process, RLIMIT_FSIZE, (limit_bytes, hard))


@contextmanager
def _full_postgresql(running: Stage) -> Iterator[None]:
    """Have PostgreSQL answer to writes as it does with a full disk."""
    running.database.execute(FULL_DISK)
    for (table,) in running.database.rows(TABLES):
        # The row of a run finds room where its version before was.
        writes = "INSERT" if table == "catalog_syncoperation" else "INSERT OR UPDATE"
        running.database.execute(
            f"CREATE TRIGGER full_disk BEFORE {writes} ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
    try:
        yield
    finally:
        running.database.execute("DROP FUNCTION full_disk CASCADE")


@contextmanager
def read_only(running: Stage, visitor: Visitor) -> Iterator[tuple[Site, ...]]:
    """Let a run die, and the site come back on a database that can only be read."""
    _begin(running, visitor)
    running.site.kill()
    running.database.let_time_pass()
    running.database.let_write(allowed=False)
    running.site.env["SOAK_READ_ONLY"] = "1"
    running.site.start()
    try:
        yield ()
    finally:
        running.site.stop()
        running.database.let_write(allowed=True)
        del running.site.env["SOAK_READ_ONLY"]
        running.site.start()


@contextmanager
def heartbeat_ahead(running: Stage, visitor: Visitor) -> Iterator[tuple[Site, ...]]:
    """Let a run die after the database's clock was an hour ahead."""
    _begin(running, visitor)
    running.site.kill()
    ahead = f"{datetime.now(UTC) + HOUR:%Y-%m-%d %H:%M:%S}+00:00"
    running.database.execute(f"UPDATE catalog_syncoperation SET heartbeat_at = '{ahead}' WHERE completed_at IS NULL")  # noqa: S608
    running.site.start()
    yield ()


@contextmanager
def wrong_clocks(running: Stage, visitor: Visitor) -> Iterator[tuple[Site, ...]]:
    """Serve one database from two hosts whose clocks are two hours apart, and let the second die in a run of its own.

    The clock that counts is the database's: here, that of neither host.
    """
    running.database.empty()
    _slow_down(running)
    running.site.env["SOAK_CLOCK_SECONDS"] = str(int(HOUR.total_seconds()))
    running.site.restart()
    try:
        with second_site(running, SOAK_CLOCK_SECONDS=str(-int(HOUR.total_seconds()))) as second:
            yield (second,)
            with Visitor(second) as other:
                other.press().raise_for_status()
            second.kill()
            running.database.let_time_pass()
            wait_until(visitor.sync_has_ended, RUN_WITHIN_SECONDS)
    finally:
        del running.site.env["SOAK_CLOCK_SECONDS"]
        running.site.restart()


@contextmanager
def frozen_service(
    running: Stage, _visitor: Visitor, *, path: str, answer: dict[str, Any]
) -> Iterator[tuple[Site, ...]]:
    """Let a service take for ever over each answer."""
    running.database.empty()
    running.standin.fail_next(path, times=spotify.FOR_GOOD, **answer)
    yield ()


@contextmanager
def clients_that_are_slow(running: Stage, _visitor: Visitor) -> Iterator[tuple[Site, ...]]:
    running.database.empty()
    with slow_clients(running.site.port):
        yield ()


@contextmanager
def hostile_workbook(running: Stage, _visitor: Visitor, *, workbook: bytes) -> Iterator[tuple[Site, ...]]:
    running.standin.workbook = workbook
    yield ()
