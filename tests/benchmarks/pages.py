"""Rows about pages in Django, without a network."""

from typing import Any

from tests.benchmarks.processes import Bench
from tests.benchmarks.sync import CATALOG
from tests.benchmarks.table import Row

PAGE_SIZES = (25, 50, 100)
ROUNDS = 25
QUERIES_LIMIT, MILLISECONDS_LIMIT = 8, 40
STATUS_QUERIES_LIMIT, STATUS_MILLISECONDS_LIMIT = 2, 5
GROWN = "grown"


def rows(bench: Bench) -> list[Row]:
    """Measure the catalog page and the status poll on the synced catalog."""
    return [*_catalog_rows(bench, CATALOG), *_status_rows(bench)]


def grown_rows(bench: Bench, albums: int) -> list[Row]:
    """Measure the catalog page on a catalog that repeats the synced one up to `albums`."""
    bench.copy_database(CATALOG, GROWN)
    bench.run("pages.grow", database=GROWN, albums=albums)
    return _catalog_rows(bench, GROWN)


def _catalog_rows(bench: Bench, catalog: str) -> list[Row]:
    measured = bench.run("pages.catalog_pages", database=catalog, sizes=PAGE_SIZES, rounds=ROUNDS)
    return [
        Row(f"catalog page, {measured['albums']:,} albums, {page['size']} a page", *_result(page))
        for page in measured["pages"]
    ] + [Row("  queries, whatever the page size", max(_queries(measured["pages"])), QUERIES_LIMIT, "")]


def _result(page: dict[str, Any]) -> tuple[float, float, str, str]:
    return page["milliseconds"], MILLISECONDS_LIMIT, " ms", f"{page['elapsed']:.1f} ms by the clock"


def _queries(pages: list[dict[str, Any]]) -> list[int]:
    return [page["queries"] for page in pages]


def _status_rows(bench: Bench) -> list[Row]:
    bench.copy_database(CATALOG, "polled")
    states = bench.run("pages.status", database="polled", rounds=ROUNDS)
    slowest = max(states.values(), key=lambda state: state["milliseconds"])
    elapsed = f"{slowest['elapsed']:.1f} ms by the clock"
    return [
        Row("status poll", slowest["milliseconds"], STATUS_MILLISECONDS_LIMIT, " ms", elapsed),
        Row("  queries", max(_queries(list(states.values()))), STATUS_QUERIES_LIMIT, ""),
    ]
