"""Measure the budgets and print them as a table; exit status 1 where a count that has to be 0 is not."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.benchmarks import load, pages, spotify, steps, sync
from tests.benchmarks.processes import Bench, run_job
from tests.benchmarks.table import Row, table
from tests.support.workbooks import real_workbook


def main() -> int:
    """Measure everything and print it; times are for people, counts that have to be 0 are not."""
    options = _options()
    start = monotonic()
    with TemporaryDirectory(prefix="progmetal-bench-") as directory:
        bench = Bench(Path(directory))
        workbook = _workbook(bench)
        rows = [] if options.steps else _measured(bench, workbook, options)
        print(steps.report(bench, workbook) if options.steps else f"{table(rows)}\n\n{sync.parsers(workbook)}")
    print(f"Measured in {monotonic() - start:.0f} s, rounds: {options.rounds}.")
    return int(any(row.value and not row.limit for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each sync is measured; the median counts")
    parser.add_argument("--albums", type=int, default=200_000, help="the size of the large catalog; 0 for none")
    parser.add_argument("--steps", action="store_true", help="measure only what each step of a sync costs")
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


def _measured(bench: Bench, workbook: Path, options: argparse.Namespace) -> list[Row]:
    rows: list[Row] = []
    for row in _rows(bench, workbook, options):
        _say("  ".join(filter(None, row.cells())))
        rows.append(row)
    return rows


def _rows(bench: Bench, workbook: Path, options: argparse.Namespace) -> Iterator[Row]:
    _say("Syncs…")
    yield from sync.rows(bench, workbook, options.rounds)
    _say("Spotify…")
    yield from spotify.rows(bench)
    _say("Pages…")
    yield from pages.rows(bench)
    if options.albums:
        _say("Pages of a large catalog…")
        yield from pages.grown_rows(bench, workbook, options.albums)
    _say("The site under load…")
    yield from load.rows(bench, workbook)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
