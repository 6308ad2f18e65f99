"""Measure the budgets and print them as a table."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.benchmarks import sync
from tests.benchmarks.processes import Bench, run_job
from tests.benchmarks.table import Row, table
from tests.support.workbooks import real_workbook


def main() -> None:
    """Measure everything and print it."""
    options = _options()
    start = monotonic()
    with TemporaryDirectory(prefix="progmetal-bench-") as directory:
        bench = Bench(Path(directory))
        workbook = _workbook(bench)
        rows = list(_rows(bench, workbook, options))
        print(table(rows))
        print(f"\n{sync.parsers(workbook)}")
    print(f"Measured in {monotonic() - start:.0f} s, rounds: {options.rounds}.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each sync is measured; the median counts")
    return parser.parse_args()


def _workbook(bench: Bench) -> Path:
    """Return the real export, or one of the same shape where there is none."""
    if real := real_workbook():
        _say("Workbook: the real export.")
        return real
    _say("Workbook: invented, in the shape of the real one.")
    path = bench.path("invented.xlsx")
    run_job("workbook.generate", path=str(path))
    return path


def _rows(bench: Bench, workbook: Path, options: argparse.Namespace) -> Iterator[Row]:
    _say("Syncs…")
    yield from sync.rows(bench, workbook, options.rounds)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
