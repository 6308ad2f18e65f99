"""Where the time of a sync goes: a stopwatch around each of its steps."""

from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any

from catalog.services import album_importer, sync_run
from catalog.services.importing.references import References
from catalog.services.run_record import RunRecord
from catalog.services.sheet import parser, xlsx
from tests.benchmarks.jobs import sync

REST = "everything else: progress, record, commits"
STEPS: tuple[tuple[str, Any, str], ...] = (
    ("open the workbook: zip, styles, strings", xlsx, "Workbook"),
    ("read cells and links", xlsx.Workbook, "read"),
    ("rules: from rows to releases", parser, "_read_tab"),
    ("merge the rows that are one album", sync_run, "merge"),
    ("load what the catalog knows", album_importer, "known_albums"),
    ("match releases with albums", album_importer, "plan_import"),
    ("names: artists, genres, styles, Spotify ids", References, "prepare"),
    ("columns of the albums", album_importer.AlbumImporter, "_contents"),
    ("write the albums", album_importer.AlbumImporter, "_create"),
    ("write the genres of albums", album_importer.AlbumImporter, "_add_genres"),
    ("write what changed", album_importer.AlbumImporter, "_log"),
    ("write the rows that need a curator", RunRecord, "add_issues"),
    ("clear up old changes", RunRecord, "prune"),
)


class Stopwatch:
    """Seconds by step, each without the steps that run inside it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._running: list[str] = []
        self._since = perf_counter()

    def around(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time taken."""

        @wraps(function, updated=())
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.switch(step)
            try:
                return function(*args, **kwargs)
            finally:
                self.back()

        return timed

    def switch(self, step: str) -> None:
        """Go from the step that runs now into another."""
        self._book()
        self._running.append(step)

    def back(self) -> None:
        """Leave a step for the one that it was called from."""
        self._book()
        self._running.pop()

    def _book(self) -> None:
        now = perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now


def run(*, workbook: str) -> list[tuple[str, float]]:
    """Sync once; return the seconds of each step."""
    stopwatch = Stopwatch()
    for step, owner, name in STEPS:
        setattr(owner, name, stopwatch.around(step, getattr(owner, name)))
    stopwatch.around(REST, sync.run)(workbook=workbook)
    return [(step, stopwatch.seconds[step]) for step in (*(step for step, _owner, _name in STEPS), REST)]
