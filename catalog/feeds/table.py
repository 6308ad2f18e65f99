"""All albums of a selection as rows for a spreadsheet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from catalog.feeds.delimited import ALBUMS_AT_ONCE, Cell
from catalog.feeds.selection import Selection
from catalog.models import Album
from catalog.models.album import AlbumQuerySet
from catalog.vocabulary import columns
from catalog.vocabulary.dates import iso_date
from catalog.vocabulary.links import SERVICES
from catalog.vocabulary.tabs import SECTIONS


def _yes(value: bool) -> Cell:
    return "yes" if value else ""


def _day(moment: datetime) -> Cell:
    return moment.date().isoformat()


@dataclass(frozen=True)
class Column:
    """A column of the file; `write` makes its cell of the values of Album's columns in `sources`."""

    header: str
    sources: tuple[str, ...]
    write: Callable[..., Cell] = lambda value: value


HEADERS = {column.name: column.heading for column in columns.COLUMNS if column.heading}


def _column(name: str, *sources: str, **write: Callable[..., Cell]) -> Column:
    return Column(HEADERS[name], sources or (name,), **write)


# These two cells need more than the album's own columns; `rows` gives them their `write`.
GENRES = _column("genres", "pk")
PAGE = Column("Page", ("pk",))
RELEASE = (
    _column("artist", "artist__name"),
    _column("title"),
    _column("release_date", "release_date", "release_precision", write=iso_date),
    _column("release_text"),
    _column("release_year"),
    _column("format"),
    _column("is_debut", write=_yes),
    _column("is_reissue", write=_yes),
    Column("Section", ("section",), SECTIONS.__getitem__),
    GENRES,
    _column("vocal_style", "vocal_style__name"),
    _column("country"),
    _column("country_codes"),
    *(_column(service.column, write=service.page_address) for service in SERVICES.values()),
)
COLUMNS = (
    *RELEASE,
    # A column without a place or a form of its own follows here.
    *(_column(name) for name, header in HEADERS.items() if header not in {column.header for column in RELEASE}),
    Column("Cover", ("spotify__cover_url",)),
    PAGE,
    Column("Added", ("imported_at",), _day),
    Column("Changed", ("updated_at",), _day),
)
HEADER = tuple(column.header for column in COLUMNS)


def rows(selection: Selection, albums: AlbumQuerySet) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each album, in two queries and without model instances."""
    genres = _genres_of(albums)
    writers = {GENRES: lambda pk: ", ".join(genres.get(pk, ())), PAGE: _address_of_page(selection)}
    sources = tuple(dict.fromkeys(source for column in COLUMNS for source in column.sources))
    cells = [(writers.get(column, column.write), tuple(map(sources.index, column.sources))) for column in COLUMNS]
    for values in albums.values_list(*sources).iterator(chunk_size=ALBUMS_AT_ONCE):
        yield tuple(write(*[values[position] for position in positions]) for write, positions in cells)


def _genres_of(albums: AlbumQuerySet) -> dict[int, list[str]]:
    tags = Album.genres.through.objects.filter(album__in=albums.order_by().values("pk")).order_by("pk")
    names: dict[int, list[str]] = {}
    for album, name in tags.values_list("album", "genre__name").iterator(chunk_size=ALBUMS_AT_ONCE):
        names.setdefault(album, []).append(name)
    return names


def _address_of_page(selection: Selection) -> Callable[[int], str]:
    """Return a function from an album's key to its address; `reverse` for each album would double the time."""
    before, after = selection.absolute(reverse("catalog:album_detail", args=(0,))).rsplit("0", 1)
    return lambda pk: f"{before}{pk}{after}"
