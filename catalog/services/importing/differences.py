"""What a reader would see change on an album: {field: [old, new]}."""

from typing import Any

from catalog.models import Album
from catalog.services.importing.references import References
from catalog.services.sheet.releases import Release
from catalog.vocabulary.columns import COLUMNS
from catalog.vocabulary.dates import DatePrecision, iso_date

Shown = dict[str, Any]
Differences = dict[str, list[Any]]

PLAIN_AND_LOGGED = tuple(column.name for column in COLUMNS if column.is_plain and column.label)


def differences(album: Album, release: Release, references: References) -> Differences:
    """Compare an album, with its artist, vocal style and ordered genres loaded, with what the sheet says now."""
    old, new = _album_as_shown(album, references), _release_as_shown(release, references)
    return {name: [old[name], new[name]] for name in new if old[name] != new[name]}


def _album_as_shown(album: Album, references: References) -> Shown:
    return _plain(album) | {
        "artist": references.former_artist_name(album.artist),
        "genres": [genre.name for genre in album.genres.all()],
        "vocal_style": album.vocal_style.name if album.vocal_style else "",
        "spotify": album.spotify_id or "",
    }


def _release_as_shown(release: Release, references: References) -> Shown:
    return _plain(release) | {
        "artist": references.artist(release.key[0]).name,
        "genres": [references.genre(name).name for name in release.genres],
        "vocal_style": release.vocal_style,
        "spotify": release.spotify_id,
    }


def _plain(source: Album | Release) -> Shown:
    day, precision = source.release_date, source.release_precision or DatePrecision.YEAR
    shown = {name: getattr(source, name) for name in PLAIN_AND_LOGGED}
    return shown | {"release_date": iso_date(day, precision) if day else source.release_text}
