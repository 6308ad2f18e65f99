"""Pages in Django alone: queries, milliseconds and nothing of a network.

The time is the processor's: SQLite works in this very process, so on a machine that has
nothing else to do it is the time that passes, and on a busy one it is still about us.
"""

from statistics import median
from time import perf_counter, process_time
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.browsing.filters import Filters
from catalog.models import Album, SyncOperation

CATALOG, STATUS = "/catalog/", "/catalog/sync/status/"
WARM_UP = 2
SHORTEST = 3


def catalog_pages(*, sizes: list[int], rounds: int) -> dict[str, Any]:
    """Ask for the newest albums at each page size."""
    pages = [_measured(CATALOG, [{"page_size": size}] * rounds) | {"size": size} for size in sizes]
    return {"albums": Album.objects.visible().count(), "pages": pages}


def selections(*, rounds: int) -> dict[str, dict[str, float]]:
    """Search, choose and do both, for another word each time: a word that was searched for before costs less."""
    words = _words_of_titles(rounds + WARM_UP)
    frequent = {facet.parameter: facet.options[0].value for facet in Filters().facets(stamp="") if facet.options}
    chosen = {name: frequent[name] for name in ("vocals", "country")}
    return {
        "search": _measured(CATALOG, [{"q": word} for word in words]),
        "facets": _measured(CATALOG, [chosen | {"genre": frequent["genre"]}] * len(words)),
        "search with facets": _measured(CATALOG, [{"q": word, "vocals": frequent["vocals"]} for word in words]),
    }


def _words_of_titles(count: int) -> list[str]:
    titles = Album.objects.visible().order_by("fingerprint").values_list("title_key", flat=True)
    words = dict.fromkeys(word for title in titles[: count * 20] for word in title.split() if len(word) > SHORTEST)
    return list(words)[:count]


def status(*, rounds: int) -> dict[str, dict[str, float]]:
    """Poll the status after a run, and while one is active."""
    ended = _measured(STATUS, [{}] * rounds)
    SyncOperation.objects.create(status=SyncOperation.Status.RUNNING, albums_processed=50, total_albums=100)
    return {"ended": ended, "running": _measured(STATUS, [{}] * rounds)}


def grow(*, albums: int) -> None:
    """Repeat the catalog's albums, with their genres, until there are so many."""
    while (missing := albums - Album.objects.count()) > 0:
        shift = Album.objects.aggregate(last=Max("pk"))["last"]
        _repeat(Album, "id", shift, f"ORDER BY id LIMIT {missing}")
        _repeat(Album.genres.through, "album_id", shift, f"WHERE album_id <= {missing}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _repeat(model: Any, shifted: str, shift: int, which: str) -> None:
    columns = [field.column for field in model._meta.concrete_fields if field.column in (shifted, *_others(model))]
    values = [f"{column} + {shift}" if column == shifted else f'"{column}"' for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        table = model._meta.db_table
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} {which}")  # noqa: S608


def _others(model: Any) -> set[str]:
    return {field.column for field in model._meta.concrete_fields if not field.primary_key}


def _measured(path: str, asked: list[dict[str, Any]]) -> dict[str, float]:
    """Return the most queries of a request, and the median milliseconds of the processor and of the clock.

    `asked` are the query strings, one for each request; the first requests warm up.
    """
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client(headers={"Accept-Encoding": "gzip"})
    queries: list[int] = []
    seconds: list[tuple[float, float]] = []
    for query in asked[:WARM_UP]:
        with CaptureQueriesContext(connection) as captured:
            _get(client, path, query)
        queries.append(len(captured))
    for query in asked[WARM_UP:]:
        start = process_time(), perf_counter()
        _get(client, path, query)
        seconds.append((process_time() - start[0], perf_counter() - start[1]))
    processor, clock = (median(column) * 1000 for column in zip(*seconds, strict=True))
    return {"queries": max(queries), "milliseconds": processor, "elapsed": clock}


def _get(client: Client, path: str, query: dict[str, Any]) -> None:
    response = client.get(path, query)
    if response.status_code != 200:
        raise RuntimeError(f"{path} answers {response.status_code}")
