"""All albums of a view as rows for a spreadsheet."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.urls import reverse

from catalog.feeds.delimited import Cell
from catalog.feeds.selection import View
from catalog.models import Album, SpotifyAlbum
from catalog.models.album import AlbumQuerySet
from catalog.vocabulary.dates import iso_date
from catalog.vocabulary.sections import SECTIONS

ALBUMS_AT_ONCE = 2000

COLUMNS = (
    *("Artist", "Title", "Release Date", "Date in the Sheet", "Year", "Format", "Debut", "Reissue"),
    *("Section", "Genres", "Vocals", "Country", "Country Codes"),
    *("Spotify", "Bandcamp", "YouTube", "Apple Music", "Amazon", "Cover", "Page", "Added", "Changed"),
)


class _Row(NamedTuple):
    pk: int
    artist__name: str
    title: str
    release_date: date | None
    release_precision: str
    release_text: str
    release_year: int | None
    format: str
    is_debut: bool
    is_reissue: bool
    section: str
    vocal_style__name: str | None
    country: str
    country_codes: str
    spotify_id: str | None
    bandcamp_url: str
    youtube_url: str
    apple_music_url: str
    amazon_url: str
    spotify__cover_url: str | None
    imported_at: datetime
    updated_at: datetime


def rows(view: View, albums: AlbumQuerySet) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each album: two queries, and no model is made for what is only written down."""
    genres, address_of = _genres_of(albums), _addresses(view)
    for values in albums.values_list(*_Row._fields).iterator(chunk_size=ALBUMS_AT_ONCE):
        row = _Row._make(values)
        yield (
            *_cells_of_release(row, ", ".join(genres.get(row.pk, ()))),
            *_cells_of_links(row),
            *(address_of(row.pk), row.imported_at.date().isoformat(), row.updated_at.date().isoformat()),
        )


def _genres_of(albums: AlbumQuerySet) -> dict[int, list[str]]:
    tags = Album.genres.through.objects.filter(album__in=albums.order_by().values("pk")).order_by("genre__key")
    names: dict[int, list[str]] = {}
    for album, name in tags.values_list("album", "genre__name").iterator(chunk_size=ALBUMS_AT_ONCE):
        names.setdefault(album, []).append(name)
    return names


def _addresses(view: View) -> Callable[[int], str]:
    """Return what tells an album's address; looking up each would take as long as all the rest."""
    before, after = view.absolute(reverse("catalog:album_detail", args=(0,))).rsplit("0", 1)
    return lambda pk: f"{before}{pk}{after}"


def _cells_of_release(row: _Row, genres: str) -> tuple[Cell, ...]:
    return (
        row.artist__name,
        row.title,
        iso_date(row.release_date, row.release_precision),
        row.release_text,
        row.release_year,
        row.format,
        "yes" if row.is_debut else "",
        "yes" if row.is_reissue else "",
        SECTIONS[row.section],
        genres,
        row.vocal_style__name,
        row.country,
        row.country_codes,
    )


def _cells_of_links(row: _Row) -> tuple[Cell, ...]:
    return (
        SpotifyAlbum(row.spotify_id).url if row.spotify_id else "",
        row.bandcamp_url,
        row.youtube_url,
        row.apple_music_url,
        row.amazon_url,
        row.spotify__cover_url,
    )
