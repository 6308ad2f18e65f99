"""Read an album as Spotify describes it: JSON in, a dataclass out.

Nothing is trusted: lists may be empty, widths and names may be null, a date may be less precise than it looks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.models.album import NAME_LENGTH
from catalog.vocabulary.addresses import origin
from catalog.vocabulary.dates import DatePrecision

BATCH_SIZE = 20  # Spotify's own limit

# Tiles are about 190 pixels wide, twice that on a dense screen.
COVER_WIDTH = 300
SMALL_COVER_WIDTH = 150
URL_LENGTH = 500
LARGEST_NUMBER = 2**31 - 1  # of an integer column

# PostgreSQL refuses NUL in any text; half a character, as JSON may write it, no database takes.
NEVER_STORED = re.compile(r"[\x00\ud800-\udfff]")
DATE_TEXT = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
PRECISIONS = (DatePrecision.YEAR, DatePrecision.MONTH, DatePrecision.DAY)
COVER_ORIGIN = re.compile(r"https://(?:i\.scdn\.co|[a-z0-9-]+\.spotifycdn\.com)")


@dataclass(frozen=True)
class SpotifyTrack:
    """One track with its length, which Spotify may leave out."""

    name: str
    duration_ms: int | None


@dataclass(frozen=True)
class SpotifyAlbumData:
    """What progmetal keeps of Spotify's album; what Spotify does not say is empty.

    `release_date` is the first day of the period that `release_precision` names.
    """

    name: str = ""
    artist_name: str = ""
    cover_url: str = ""
    cover_small_url: str = ""
    release_date: date | None = None
    release_precision: str = DatePrecision.UNKNOWN
    total_tracks: int | None = None
    tracks: tuple[SpotifyTrack, ...] = ()


def read_album(payload: Mapping[str, Any], *, api_origin: str = "") -> SpotifyAlbumData:
    """Return the album that one JSON object describes.

    Covers come from Spotify's own hosts, the only ones that the pages may load pictures
    from; `api_origin` is trusted besides, because a stand-in serves its own covers.
    """
    released, precision = _release_date(payload.get("release_date"), payload.get("release_date_precision"))
    images = _images(payload.get("images"), api_origin)
    return SpotifyAlbumData(
        name=_text(payload.get("name")),
        artist_name=_text(", ".join(_names(payload.get("artists")))),
        cover_url=_best_image(images, COVER_WIDTH),
        cover_small_url=_best_image(images, SMALL_COVER_WIDTH),
        release_date=released,
        release_precision=precision,
        total_tracks=_number(payload.get("total_tracks")),
        tracks=_tracks(payload.get("tracks")),
    )


def _objects(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, Sequence):
        return []
    return [item for item in value if isinstance(item, Mapping)]


def _text(value: object) -> str:
    return NEVER_STORED.sub("", value)[:NAME_LENGTH].strip() if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= LARGEST_NUMBER else None


def _names(artists: object) -> list[str]:
    return [name for artist in _objects(artists) if (name := _text(artist.get("name")))]


def _tracks(page: object) -> tuple[SpotifyTrack, ...]:
    items = page.get("items") if isinstance(page, Mapping) else None
    return tuple(
        SpotifyTrack(name=_text(item.get("name")), duration_ms=_number(item.get("duration_ms")))
        for item in _objects(items)
    )


def _images(images: object, api_origin: str) -> list[tuple[int, str]]:
    """Return (width, address) of the usable images, widest first; an unknown width is 0."""
    usable = [
        (_number(image.get("width")) or 0, image["url"])
        for image in _objects(images)
        if _is_safe(image.get("url"), api_origin)
    ]
    return sorted(usable, key=lambda image: image[0], reverse=True)


def _is_safe(url: object, api_origin: str) -> bool:
    if not isinstance(url, str) or len(url) > URL_LENGTH or re.search(rf"\s|{NEVER_STORED.pattern}", url):
        return False
    try:
        host = origin(url)
    except ValueError:
        return False
    return COVER_ORIGIN.fullmatch(host) is not None or (bool(api_origin) and host == api_origin)


def _best_image(images: Sequence[tuple[int, str]], wanted_width: int) -> str:
    """Return the smallest image that is wide enough, else the widest; the images come widest first."""
    wide_enough = [url for width, url in images if width >= wanted_width]
    if wide_enough:
        return wide_enough[-1]
    return images[0][1] if images else ""


def _release_date(text: object, stated_precision: object) -> tuple[date | None, str]:
    """Return the first day of the period and its precision: never more than both fields say."""
    match = DATE_TEXT.fullmatch(text) if isinstance(text, str) else None
    if match is None or stated_precision not in PRECISIONS:
        return None, DatePrecision.UNKNOWN
    parts = [int(part) for part in match.groups() if part]
    parts = parts[: PRECISIONS.index(DatePrecision(stated_precision)) + 1]
    year, month, day = (*parts, 1, 1)[:3]
    try:
        return date(year, month, day), PRECISIONS[len(parts) - 1]
    except ValueError:
        return None, DatePrecision.UNKNOWN
