"""All albums of a selection as rows for a spreadsheet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse

from catalog.feeds.delimited import Cell
from catalog.feeds.selection import Selection
from catalog.models import Album
from catalog.models.album import AlbumQuerySet
from catalog.vocabulary.dates import iso_date
from catalog.vocabulary.links import SERVICES
from catalog.vocabulary.tabs import SECTIONS

ALBUMS_AT_ONCE = 2000


def _as_it_is(value: Cell) -> Cell:
    return value


def _yes(value: bool) -> Cell:
    return "yes" if value else ""


def _day(moment: datetime) -> Cell:
    return moment.date().isoformat()


@dataclass(frozen=True)
class Column:
    """A column of the file; `write` makes its cell of the values of Album's columns in `sources`."""

    header: str
    sources: tuple[str, ...]
    write: Callable[..., Cell] = _as_it_is


# What a cell needs beyond the album's own columns is given to these two when rows are made.
GENRES = Column("Genres", ("pk",))
PAGE = Column("Page", ("pk",))
COLUMNS = (
    Column("Artist", ("artist__name",)),
    Column("Title", ("title",)),
    Column("Release Date", ("release_date", "release_precision"), iso_date),
    Column("Date in the Sheet", ("release_text",)),
    Column("Year", ("release_year",)),
    Column("Format", ("format",)),
    Column("Debut", ("is_debut",), _yes),
    Column("Reissue", ("is_reissue",), _yes),
    Column("Section", ("section",), SECTIONS.__getitem__),
    GENRES,
    Column("Vocals", ("vocal_style__name",)),
    Column("Country", ("country",)),
    Column("Country Codes", ("country_codes",)),
    *(Column(service.name, (service.column,), service.page_address) for service in SERVICES.values()),
    Column("Cover", ("spotify__cover_url",)),
    PAGE,
    Column("Added", ("imported_at",), _day),
    Column("Changed", ("updated_at",), _day),
)
HEADER = tuple(column.header for column in COLUMNS)


def rows(selection: Selection, albums: AlbumQuerySet) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each album: two queries, and no model is made for what is only written down."""
    genres = _genres_of(albums)
    written = {GENRES: lambda pk: ", ".join(genres.get(pk, ())), PAGE: _address_of_page(selection)}
    columns = [replace(column, write=written.get(column, column.write)) for column in COLUMNS]
    sources = tuple(dict.fromkeys(source for column in columns for source in column.sources))
    cells = [(column.write, [sources.index(source) for source in column.sources]) for column in columns]
    for values in albums.values_list(*sources).iterator(chunk_size=ALBUMS_AT_ONCE):
        yield tuple(write(*[values[position] for position in positions]) for write, positions in cells)


def _genres_of(albums: AlbumQuerySet) -> dict[int, list[str]]:
    tags = Album.genres.through.objects.filter(album__in=albums.order_by().values("pk")).order_by("genre__key")
    names: dict[int, list[str]] = {}
    for album, name in tags.values_list("album", "genre__name").iterator(chunk_size=ALBUMS_AT_ONCE):
        names.setdefault(album, []).append(name)
    return names


def _address_of_page(selection: Selection) -> Callable[[int], str]:
    """Return a function from an album's key to its address; to reverse each would take as long as all the rest."""
    before, after = selection.absolute(reverse("catalog:album_detail", args=(0,))).rsplit("0", 1)
    return lambda pk: f"{before}{pk}{after}"
