"""Rows about whole syncs, each against a pass of openpyxl over the same workbook right before it."""

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.processes import Bench, run_job
from tests.benchmarks.table import Row

CATALOG = "synced"
FIRST_LIMIT, UNCHANGED_LIMIT, MEGABYTES_LIMIT = 2.5, 1.6, 150
# openpyxl reads faster without defusedxml, and a floor that is too slow would flatter us.
FAST_OPENPYXL = {"OPENPYXL_DEFUSEDXML": "False"}


@dataclass
class Pairs:
    """Runs and the floors that were measured right before them."""

    floors: list[float] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)

    def row(self, what: str, limit: float) -> Row:
        """Return the row of the median ratio."""
        seconds = [run["seconds"] for run in self.runs]
        ratios = [mine / floor for mine, floor in zip(seconds, self.floors, strict=True)]
        return Row(what, median(ratios), limit, "×", f"{median(seconds):.2f} s", f"{median(self.floors):.2f} s")


def rows(bench: Bench, workbook: Path, rounds: int) -> list[Row]:
    """Sync into an empty catalog and once more, `rounds` times; leave the catalog behind as `CATALOG`."""
    first, unchanged = Pairs(), Pairs()
    for _ in range(rounds):
        bench.new_database(CATALOG)
        for pairs in (first, unchanged):
            pairs.floors.append(floor(workbook)["seconds"])
            pairs.runs.append(bench.run("sync.run", database=CATALOG, workbook=str(workbook)))
    sheet = first.runs[-1]
    return [
        first.row(f"first sync, {sheet['rows']:,} rows, {sheet['albums']:,} albums", FIRST_LIMIT),
        unchanged.row("sync that finds nothing changed", UNCHANGED_LIMIT),
        Row("  albums written by it", max(run["written"] for run in unchanged.runs), 0, ""),
        Row("  cells read otherwise than by openpyxl", run_job("reader.compare", path=str(workbook)), 0, ""),
        Row("memory of a full sync", max(run["megabytes"] for run in first.runs), MEGABYTES_LIMIT, " MB"),
    ]


def floor(workbook: Path, *, fast: bool = True) -> dict[str, Any]:
    """Measure one read-only openpyxl pass."""
    return run_job("workbook.openpyxl_pass", env=FAST_OPENPYXL if fast else {}, path=str(workbook))


def parsers(workbook: Path) -> str:
    """Say what the choice of the XML parser does to the floor."""
    fast, slow = floor(workbook), floor(workbook, fast=False)
    return (
        f"The floor is one read-only openpyxl pass with {fast['parser']}; "
        f"with {slow['parser']} the pass takes {slow['seconds'] / fast['seconds']:.2f} times as long."
    )
