"""A database that is full, and one that goes away and comes back, in the middle of a run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection

from catalog.models import Album, Artist, Genre, SpotifyAlbum, SyncOperation, VocalStyle
from catalog.services import run_context
from catalog.services.sync_manager import SyncManager
from demo.standin import StandIn
from tests.support.syncing import RunBeside, invented_releases, run

Status = SyncOperation.Status


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pauses between tries be as short as the test needs them."""
    monkeypatch.setattr(run_context, "RETRY_PAUSES_SECONDS", (0.05, 0.1, 0.2))


@contextmanager
def full_sqlite() -> Iterator[None]:
    """Allow the file no more pages than it has, after giving up those that earlier tests left empty."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            yield
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def full_postgresql() -> Iterator[None]:
    """Have PostgreSQL answer to new albums as it does with a full disk."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute("CREATE TRIGGER full_disk BEFORE INSERT ON catalog_album EXECUTE FUNCTION full_disk()")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER full_disk ON catalog_album")
            cursor.execute("DROP FUNCTION full_disk")


def break_connections_of_postgresql() -> None:
    """End every other session, as a restart of the server does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def lock_sqlite_for_a_moment() -> None:
    """Hold the lock on the whole file while the run wants to write."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN EXCLUSIVE")
        cursor.execute("ROLLBACK")


AWAY: dict[str, Callable[[], None]] = {
    "sqlite": lock_sqlite_for_a_moment,
    "postgresql": break_connections_of_postgresql,
}


def test_a_full_database_is_told_and_the_next_run_completes_the_catalog(standin: StandIn) -> None:
    with {"sqlite": full_sqlite, "postgresql": full_postgresql}[connection.vendor]():
        operation = run()
    assert operation.status == Status.FAILED
    assert operation.error_title == "The database could not be written."
    assert "Check the database and its disk if this happens again." in operation.error_message

    assert run().status == Status.COMPLETED
    assert Album.objects.visible().count() == 60


class FailsOnce:
    """Refuses one statement, the `nth` after it was put around a connection."""

    def __init__(self, nth: int) -> None:
        self.left = nth
        self.refused = ""

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            self.refused = sql
            raise OperationalError("The database was away.")
        return execute(sql, *rest)


# What fails is the wrapper of the test, in front of either database.
@pytest.mark.once
def test_any_statement_of_a_run_may_fail_once(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_context, "RETRY_PAUSES_SECONDS", (0, 0))
    standin.publish(invented_releases(6))
    tried = 0
    while True:
        for model in (Album, Artist, Genre, VocalStyle, SpotifyAlbum):
            model.objects.all().delete()
        operation = SyncManager().create_operation(triggered_by=SyncOperation.Trigger.COMMAND)
        fails_once = FailsOnce(tried + 1)
        with connection.execute_wrapper(fails_once):
            ended = SyncManager().run_sync(operation.pk)
        assert ended.status == Status.COMPLETED, fails_once.refused
        assert (ended.record.albums_created, ended.record.albums_failed, ended.record.notices) == (6, 0, [])
        assert not SpotifyAlbum.objects.listed().exclude(state=SpotifyAlbum.State.FOUND).exists()
        if not fails_once.refused:
            break
        tried += 1
    assert tried > 40, "So short a run was not tried in earnest."


def test_a_database_that_goes_away_for_a_moment_is_waited_for(standin: StandIn) -> None:
    standin.behaviour.pace_seconds = 4
    with RunBeside() as beside:
        beside.wait_for_stage(SyncOperation.Stage.ENRICHING, processed=1)
        for _ in range(3):
            AWAY[connection.vendor]()
        operation = beside.wait()
    assert operation.status == Status.COMPLETED
    assert operation.record.notices == []
    assert SpotifyAlbum.objects.filter(state=SpotifyAlbum.State.FOUND).count() == len(standin.albums)
