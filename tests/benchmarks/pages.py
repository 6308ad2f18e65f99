"""Rows about pages in Django, without a network."""

from pathlib import Path
from typing import Any

from tests.benchmarks.processes import Bench
from tests.benchmarks.sync import CATALOG
from tests.benchmarks.table import Row
from tests.support.postgres import temporary_postgres
from tests.support.site import Site

PAGE_SIZES = (25, 50, 100)
ROUNDS = 25
QUERIES_LIMIT, MILLISECONDS_LIMIT = 8, 40
SELECTION_MILLISECONDS_LIMIT = 150
STATUS_QUERIES_LIMIT, STATUS_MILLISECONDS_LIMIT = 2, 5

PROCESSOR, CLOCK = "milliseconds", "elapsed"
WORDS = {PROCESSOR: "of the processor", CLOCK: "by the clock"}


def rows(bench: Bench) -> list[Row]:
    """Measure the catalog page and the status poll on the synced catalog."""
    return [*_catalog_rows(bench, CATALOG, PROCESSOR, MILLISECONDS_LIMIT), *_status_rows(bench)]


def grown_rows(bench: Bench, workbook: Path, albums: int) -> list[Row]:
    """Measure the catalog page on PostgreSQL, on a catalog that repeats the sheet's albums up to `albums`.

    By the clock: the database works in a process of its own.
    """
    with temporary_postgres() as url:
        site = Site(directory=bench.path("."), database_url=url)
        site.manage("migrate", "--verbosity=0")
        site.manage("sync_catalog", "--source", str(workbook), "--skip-spotify")
        bench.run("pages.grow", database=url, albums=albums)
        return _catalog_rows(bench, url, CLOCK, SELECTION_MILLISECONDS_LIMIT)


def _catalog_rows(bench: Bench, catalog: str, timed: str, limit: float) -> list[Row]:
    measured = bench.run("pages.catalog_pages", database=catalog, sizes=PAGE_SIZES, rounds=ROUNDS)
    selections = bench.run("pages.selections", database=catalog, rounds=ROUNDS)
    most_queries = max(_queries([*measured["pages"], *selections.values()]))
    return [
        *(
            Row(f"catalog page, {measured['albums']:,} albums, {page['size']} a page", *_result(page, timed, limit))
            for page in measured["pages"]
        ),
        *(Row(f"  {name}", *_result(page, timed, SELECTION_MILLISECONDS_LIMIT)) for name, page in selections.items()),
        Row("  queries, whatever is asked for", most_queries, QUERIES_LIMIT, ""),
    ]


def _result(page: dict[str, Any], timed: str, limit: float) -> tuple[float, float, str, str]:
    other = CLOCK if timed == PROCESSOR else PROCESSOR
    return page[timed], limit, " ms", f"{page[other]:.1f} ms {WORDS[other]}"


def _queries(pages: list[dict[str, Any]]) -> list[int]:
    return [page["queries"] for page in pages]


def _status_rows(bench: Bench) -> list[Row]:
    bench.copy_database(CATALOG, "polled")
    states = bench.run("pages.status", database="polled", rounds=ROUNDS)
    slowest = max(states.values(), key=lambda state: state[PROCESSOR])
    return [
        Row("status poll", *_result(slowest, PROCESSOR, STATUS_MILLISECONDS_LIMIT)),
        Row("  queries", max(_queries(list(states.values()))), STATUS_QUERIES_LIMIT, ""),
    ]
