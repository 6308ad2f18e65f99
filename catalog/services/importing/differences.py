"""How an album's fields read, so that a change can be told as old and new."""

from datetime import date
from typing import Any

from catalog.models import Album
from catalog.services.importing.references import Names
from catalog.services.sheet.releases import Release

Shown = dict[str, Any]
Differences = dict[str, list[Any]]

# Fields of the same name and form on the album and on the release.
COPIED_FIELDS = (
    *("title", "release_date", "release_precision", "release_text", "release_year", "format"),
    *("is_debut", "is_reissue", "country"),
    *("bandcamp_url", "youtube_url", "amazon_url", "apple_music_url", "tab", "row"),
)
SHOWN_AS_THEY_ARE = (
    *("title", "format", "is_debut", "is_reissue", "country"),
    *("bandcamp_url", "youtube_url", "amazon_url", "apple_music_url", "tab"),
)


def differences(album: Album, release: Release, names: Names) -> Differences:
    """Return {field: [old, new]} for what a reader would see change on the album.

    `album` comes with its artist, vocal style and genres loaded.
    """
    old, new = _album_as_shown(album, names), _release_as_shown(release, names)
    return {name: [old[name], new[name]] for name in new if old[name] != new[name]}


def _album_as_shown(album: Album, names: Names) -> Shown:
    return {
        "artist": names.former_artist_name(album.artist),
        **{name: getattr(album, name) for name in SHOWN_AS_THEY_ARE},
        "release_date": _date_as_shown(album.release_date, album.release_precision, album.release_text),
        "release_year": album.release_year,
        "genres": sorted(genre.name for genre in album.genres.all()),
        "vocal_style": album.vocal_style.name if album.vocal_style else "",
        "spotify": album.spotify_id or "",
    }


def _release_as_shown(release: Release, names: Names) -> Shown:
    return {
        "artist": names.artist(release.key[0]).name,
        **{name: getattr(release, name) for name in SHOWN_AS_THEY_ARE},
        "release_date": _date_as_shown(release.release_date, release.release_precision, release.release_text),
        "release_year": release.release_year,
        "genres": sorted(names.genre(name).name for name in release.genres),
        "vocal_style": release.vocal_style,
        "spotify": release.spotify_id,
    }


def _date_as_shown(day: date | None, precision: str, text: str) -> str:
    """Return `2025-11-28`, `2025-11` or `2025` by precision, or the sheet's text."""
    if day is None:
        return text
    return day.isoformat()[: {"day": 10, "month": 7}.get(precision, 4)]
