"""Whole runs against the stand-in: in this thread, or beside it as the button starts them."""

import threading
from datetime import date
from functools import cache
from types import TracebackType
from typing import Any, Self

from django.db import connection

from catalog.models import SyncOperation
from catalog.services.sync_manager import SyncManager
from catalog.services.sync_run import SyncOptions
from demo.sample import SampleRelease, sample_releases
from demo.standin import StandIn
from tests.support.environment import settings_for
from tests.support.waiting import wait_until

USUAL = SyncOptions()
TODAY = date(2025, 11, 22)
RUN_TIMEOUT_SECONDS = 30


def invented_releases(count: int = 60) -> list[SampleRelease]:
    """Invent releases, the same ones each time."""
    return list(_invented_releases(count))


@cache
def _invented_releases(count: int) -> list[SampleRelease]:
    return sample_releases(count, today=TODAY)


def point_to(settings: Any, standin: StandIn) -> None:
    """Let the site of this process ask the stand-in."""
    for name, value in settings_for(standin).items():
        setattr(settings, name, value)


def run(options: SyncOptions = USUAL) -> SyncOperation:
    """Do a whole run here and now; return its operation as it ended."""
    manager = SyncManager()
    operation = manager.create_operation(triggered_by=SyncOperation.Trigger.COMMAND, options=options)
    return manager.run_sync(operation.pk, options)


class RunBeside:
    """A run in a thread of its own while the `with` block lasts, which waits for its end."""

    def __init__(self, options: SyncOptions = USUAL) -> None:
        self._options = options
        self._thread = threading.Thread(target=self._work, name="run-beside", daemon=True)
        self.pk = 0

    def __enter__(self) -> Self:
        trigger = SyncOperation.Trigger.COMMAND
        self.pk = SyncManager().create_operation(triggered_by=trigger, options=self._options).pk
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.wait()

    @property
    def row(self) -> SyncOperation:
        """The run as visitors see it now."""
        return SyncOperation.objects.get(pk=self.pk)

    def wait(self) -> SyncOperation:
        """Wait until the run's thread is over, and return the operation as it ended."""
        self._thread.join(RUN_TIMEOUT_SECONDS)
        assert not self._thread.is_alive(), f"The run hangs: {self.row.stage_message}"
        return self.row

    def wait_for_stage(self, stage: SyncOperation.Stage, *, processed: int = 0) -> SyncOperation:
        """Wait until the run has come to a stage, and has done so much in it."""

        def has_come() -> SyncOperation | None:
            row = self.row
            return row if row.stage == stage and row.albums_processed >= processed else None

        return wait_until(has_come, RUN_TIMEOUT_SECONDS, lambda: f"the run does not come to {stage}: {self.row}")

    def _work(self) -> None:
        try:
            SyncManager().run_sync(self.pk, self._options)
        finally:
            connection.close()


def wait_for_sync_threads() -> None:
    """Wait until no run that a view has started is under way."""
    for thread in threading.enumerate():
        if thread.name.startswith("sync-"):
            thread.join(RUN_TIMEOUT_SECONDS)
            assert not thread.is_alive(), f"{thread.name} hangs"
