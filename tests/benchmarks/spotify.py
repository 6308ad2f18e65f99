"""Rows about the requests that Spotify gets."""

from math import ceil

from tests.benchmarks.processes import Bench
from tests.benchmarks.table import Row

ALBUMS = 1000
IDS_IN_A_BATCH = 20


def rows(bench: Bench) -> list[Row]:
    """Enrich new albums, once with the batch endpoint and once without."""
    return [
        _row(bench, with_batch=True, limit=ceil(ALBUMS / IDS_IN_A_BATCH) + 1),
        _row(bench, with_batch=False, limit=ALBUMS + 2),
    ]


def _row(bench: Bench, *, with_batch: bool, limit: int) -> Row:
    bench.new_database("spotify")
    done = bench.run("spotify.requests", database="spotify", albums=ALBUMS, with_batch=with_batch)
    what = f"Spotify requests, {'with' if with_batch else 'without'} the batch"
    return Row(what, done["requests"], limit, "", f"{done['enriched']:,} albums enriched")
