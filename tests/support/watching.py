"""Look at a run from another connection, as visitors do."""

import threading
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self

from django.db import connection

from catalog.models import SyncOperation
from demo.standin import StandIn

LOOK_EVERY_SECONDS = 0.02


@dataclass(frozen=True)
class Look:
    """The newest run as it stood at a moment, and how many album requests the stand-in had answered by then."""

    at: float
    answered: int
    row: SyncOperation


class Watcher:
    """Take looks from a thread of its own while the `with` block lasts."""

    def __init__(self, standin: StandIn) -> None:
        self.looks: list[Look] = []
        self._standin = standin
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(10)

    @property
    def rows(self) -> list[SyncOperation]:
        """The run's row, look by look."""
        return [look.row for look in self.looks]

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_EVERY_SECONDS):
            self._look()
        self._look()
        connection.close()

    def _look(self) -> None:
        answered = sum(
            request.path.startswith("/v1/albums/") and request.status == 200 for request in self._standin.requests
        )
        now = monotonic()
        row = SyncOperation.objects.latest_first().first()
        if row is not None:
            self.looks.append(Look(now, answered, row))
