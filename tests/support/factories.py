"""Rows with visible defaults; a test overrides what it is about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from catalog.models import Album, AlbumChange, Artist, Genre, HeldBack, RowIssue, SyncOperation, SyncRecord
from catalog.services.importing.plan import KnownAlbum
from catalog.services.sheet.releases import Release
from catalog.vocabulary.folding import fold
from catalog.vocabulary.issues import IssueKind

IMPORTED_AT = datetime(2025, 11, 21, 12, tzinfo=UTC)


def make_artist(name: str = "Lantern Fall") -> Artist:
    """Return the artist of this name."""
    return Artist.objects.get_or_create(key=fold(name), defaults={"name": name})[0]


def make_genre(name: str = "Djent") -> Genre:
    """Return the genre of this name."""
    return Genre.objects.get_or_create(key=fold(name), defaults={"name": name, "slug": slugify(name)})[0]


def make_album(**overrides: Any) -> Album:
    """Put an album into the catalog; `genres` are names, `artist` may be one."""
    genres = overrides.pop("genres", ())
    title = overrides.get("title", "Salt Meridian")
    values: dict[str, Any] = {
        "artist": "Lantern Fall",
        "title": title,
        "title_key": fold(title),
        "release_date": date(2025, 11, 28),
        "release_precision": "day",
        "release_year": 2025,
        "sort_date": overrides.get("release_date") or date(2025, 11, 28),
        "format": "LP",
        "tab": "2025 Prog-metal",
        "row": 7,
        "fingerprint": "",
        "imported_at": IMPORTED_AT,
        "updated_at": IMPORTED_AT,
    } | overrides
    if isinstance(values["artist"], str):
        values["artist"] = make_artist(values["artist"])
    album = Album.objects.create(**values)
    album.genres.set([make_genre(name) for name in genres])
    return album


def make_operation(status: SyncOperation.Status = SyncOperation.Status.COMPLETED, **overrides: Any) -> SyncOperation:
    """Make a run that started 4 seconds ago; one that is not active has ended just now."""
    now = timezone.now()
    is_active = status in SyncOperation.ACTIVE
    values: dict[str, Any] = {
        "status": status,
        "started_at": now - timedelta(seconds=4),
        "completed_at": None if is_active else now,
    }
    return SyncOperation.objects.create(**values | overrides)


def make_record(operation: SyncOperation | None = None, **overrides: Any) -> SyncRecord:
    """Make the record of a run; without one of its own it is a run that completed."""
    operation = operation or make_operation()
    values: dict[str, Any] = {
        "operation": operation,
        "success": operation.status == SyncOperation.Status.COMPLETED,
        "rows": 47,
        "albums_updated": 47,
        "total_albums_in_catalog": 47,
    }
    return SyncRecord.objects.create(**values | overrides)


def make_change(record: SyncRecord, album: Album | None = None, **overrides: Any) -> AlbumChange:
    """Log that a run changed an album."""
    values: dict[str, Any] = {"record": record, "album": album or make_album(), "kind": AlbumChange.Kind.UPDATED}
    return AlbumChange.objects.create(**values | overrides)


def make_issue(record: SyncRecord, **overrides: Any) -> RowIssue:
    """Report a row of the sheet that needs a curator."""
    values: dict[str, Any] = {
        "record": record,
        "tab": "2025 Prog-metal",
        "row": 7,
        "kind": IssueKind.NO_LINK,
        "detail": "Lantern Fall – Salt Meridian",
    }
    return RowIssue.objects.create(**values | overrides)


def make_held_back(record: SyncRecord | None = None, **overrides: Any) -> HeldBack:
    """Hold back the albums of a tab; an item is an album's key and the column of a link."""
    values: dict[str, Any] = {
        "record": record or make_record(),
        "kind": HeldBack.Kind.TAB,
        "tab": "2025 Prog-rock",
        "reason": "The tab “2025 Prog-rock” no longer lists any release.",
        "items": [],
    } | overrides
    return HeldBack.objects.create(**{"count": len(values["items"]), **values})


def make_release(**overrides: Any) -> Release:
    """Describe a row of the sheet; without links, so that only its name identifies it."""
    fields: dict[str, Any] = {
        "tab": "2025 Prog-metal",
        "row": 7,
        "artist": "Lantern Fall",
        "title": "Salt Meridian",
        "release_year": 2025,
    }
    return Release(**fields | overrides)


def make_known(release: Release, *, pk: int = 1, **overrides: Any) -> KnownAlbum:
    """Describe the album that the catalog has since it imported this release."""
    known = KnownAlbum(
        pk=pk,
        artist_key=release.key[0],
        title_key=release.key[1],
        spotify_id=release.spotify_id,
        bandcamp_url=release.bandcamp_url,
        fingerprint=release.fingerprint,
        tab=release.tab,
        row=release.row,
        release_date=release.release_date,
        release_precision=release.release_precision,
        youtube_url=release.youtube_url,
        amazon_url=release.amazon_url,
        apple_music_url=release.apple_music_url,
    )
    return known._replace(**overrides)
