"""What each step of a sync costs, as a share of a pass of openpyxl over the same workbook."""

from pathlib import Path

from tests.benchmarks.processes import Bench
from tests.benchmarks.sync import floor
from tests.benchmarks.table import aligned

CATALOG = "steps"


def report(bench: Bench, workbook: Path) -> str:
    """Return the table of steps for a first sync and for one that finds nothing changed."""
    bench.new_database(CATALOG)
    columns = [_measured(bench, workbook) for _ in ("first", "unchanged")]
    first, unchanged = columns
    lines = [(step, f"{first[step]:.2f}×", f"{unchanged[step]:.2f}×") for step in first]
    return aligned([("step", "first sync", "unchanged"), *lines])


def _measured(bench: Bench, workbook: Path) -> dict[str, float]:
    """Return the ratio to the floor of each step and of all together."""
    seconds = floor(workbook)["seconds"]
    steps = dict(bench.run("steps.run", database=CATALOG, workbook=str(workbook)))
    return {step: spent / seconds for step, spent in (steps | {"all": sum(steps.values())}).items()}
