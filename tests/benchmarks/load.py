"""Rows about the site under gunicorn: triggers, polls while a sync runs, and the first view."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from tests.benchmarks.processes import Bench
from tests.benchmarks.table import Row

CLIENTS = 4
TRIGGERS = 20
TRIGGER_LIMIT, POLL_LIMIT, VIEW_LIMIT = 100, 50, 100


def rows(bench: Bench, workbook: Path) -> list[Row]:
    """Measure one site through a whole sync of the workbook."""
    measured = bench.run(
        "load.measure",
        database="none",
        workbook=str(workbook),
        directory=str(bench.path("load")),
        clients=CLIENTS,
        triggers=TRIGGERS,
    )
    sizes = measured["view"]["sizes"]
    polls = f"{len(measured['polls']):,} polls by {CLIENTS} clients in {measured['seconds']:.0f} s"
    return [
        Row("trigger, p95", p95(measured["triggers"]), TRIGGER_LIMIT, " ms", spread(measured["triggers"])),
        Row("status poll while a sync runs, p95", p95(measured["polls"]), POLL_LIMIT, " ms", spread(measured["polls"])),
        Row("  requests that failed", measured["failed"], 0, "", polls),
        Row("first view, compressed", sum(sizes.values()) / 1000, VIEW_LIMIT, " kB", _parts(sizes)),
        Row("  files from other hosts", measured["view"]["third_parties"], 0, ""),
    ]


def p95(seconds: Sequence[float]) -> float:
    """Return the milliseconds that 19 of 20 requests stay below."""
    return quantiles(seconds, n=20, method="inclusive")[-1] * 1000


def spread(seconds: Sequence[float]) -> str:
    """Return the median and the slowest request."""
    return f"p50 {median(seconds) * 1000:.0f} ms, max {max(seconds) * 1000:.0f} ms"


def _parts(sizes: dict[str, int]) -> str:
    return f"{len(sizes)} files, page {sizes['page'] / 1000:.1f} kB"
