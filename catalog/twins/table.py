"""All albums of a view as rows for a spreadsheet."""

from collections.abc import Iterator

from catalog.models import Album
from catalog.models.album import AlbumQuerySet
from catalog.twins.listing import iso_date
from catalog.twins.view import View
from catalog.views.downloads import Cell

# Each portion costs a query for its genres; this many take some 25 MB while they are written.
ALBUMS_AT_ONCE = 5000

COLUMNS = (
    *("Artist", "Title", "Release Date", "Date in the Sheet", "Year", "Format", "Debut", "Reissue"),
    *("Section", "Genres", "Vocals", "Country", "Country Codes"),
    *("Spotify", "Bandcamp", "YouTube", "Apple Music", "Amazon", "Cover", "Page", "Added", "Changed"),
)


def rows(view: View, albums: AlbumQuerySet) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each album, as far as the query has come."""
    for album in albums.for_tiles().iterator(chunk_size=ALBUMS_AT_ONCE):
        yield (*_cells_of_release(album), *_cells_of_links(album), *_cells_of_entry(view, album))


def _cells_of_release(album: Album) -> tuple[Cell, ...]:
    return (
        album.artist.name,
        album.title,
        iso_date(album.release_date, album.release_precision),
        album.release_text,
        album.release_year,
        album.format,
        "yes" if album.is_debut else "",
        "yes" if album.is_reissue else "",
        str(Album.Section(album.section).label),
        ", ".join(genre.name for genre in album.genres.all()),
        album.vocal_style.name if album.vocal_style else "",
        album.country,
        album.country_codes,
    )


def _cells_of_links(album: Album) -> tuple[Cell, ...]:
    return (
        album.spotify.url if album.spotify else "",
        album.bandcamp_url,
        album.youtube_url,
        album.apple_music_url,
        album.amazon_url,
        album.cover_url,
    )


def _cells_of_entry(view: View, album: Album) -> tuple[Cell, ...]:
    return (
        view.absolute(album.get_absolute_url()),
        album.imported_at.date().isoformat(),
        album.updated_at.date().isoformat(),
    )
