"""Whole syncs of a workbook without Spotify."""

import resource
import sys
from time import perf_counter
from typing import Any

import pycountry  # noqa: F401  (see below)

from catalog.models import AlbumChange, SyncOperation

# What a process imports once is in no floor and in no sync: openpyxl by this reader, and pycountry.
from catalog.services.sheet import xlsx  # noqa: F401
from catalog.services.sync_manager import SyncManager
from catalog.services.sync_run import SyncOptions


def run(*, workbook: str) -> dict[str, Any]:
    """Sync once, in this thread; say how long it took, what it did and how much memory it needed."""
    options = SyncOptions(source=workbook, skip_spotify=True)
    start = perf_counter()
    manager = SyncManager()
    operation = manager.create_operation(triggered_by=SyncOperation.Trigger.COMMAND, options=options)
    operation = manager.run_sync(operation.pk, options)
    seconds = perf_counter() - start
    if operation.status != SyncOperation.Status.COMPLETED:
        raise RuntimeError(operation.error_message)
    record = operation.record
    return {
        "seconds": seconds,
        "rows": record.rows,
        "albums": record.total_albums_in_catalog,
        "written": AlbumChange.objects.filter(record=record).count(),
        "megabytes": peak_megabytes(),
    }


def peak_megabytes() -> float:
    """Return the most memory that this process has had in use."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
