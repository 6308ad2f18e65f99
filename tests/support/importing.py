"""Importing in tests: a whole run over a workbook, or the importer alone over releases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from catalog.models import Album, AlbumChange, SyncOperation, SyncRecord
from catalog.services.album_importer import AlbumImporter
from catalog.services.run_context import StepContext
from catalog.services.sheet.releases import DERIVED, Issue, Release, merge
from catalog.services.sync_manager import SyncManager
from catalog.services.sync_run import SyncOptions
from catalog.vocabulary.columns import COLUMNS
from tests.support.factories import make_record

NAMED = {"artist": "artist__name", "vocal_style": "vocal_style__name"}
# What a visitor sees of an album, and where it stands in the sheet; genres are several rows.
SEEN = (
    *(NAMED.get(column.name, column.name) for column in COLUMNS if column.name != "genres"),
    *DERIVED,
    "fingerprint",
)

Changes = dict[tuple[str, str], dict[str, list[Any]]]


def sync(workbook: bytes, directory: Path, **options: Any) -> SyncRecord:
    """Run a whole sync of this workbook without Spotify; it has to complete."""
    path = directory / "sheet.xlsx"
    path.write_bytes(workbook)
    usual = SyncOptions(source=str(path), skip_spotify=True, **options)
    manager = SyncManager()
    operation = manager.create_operation(triggered_by=SyncOperation.Trigger.COMMAND, options=usual)
    operation = manager.run_sync(operation.pk, usual)
    assert operation.status == SyncOperation.Status.COMPLETED, operation.error_message
    return operation.record


@dataclass(frozen=True)
class Imported:
    """What an import counted, logged and could not write."""

    counts: dict[str, int]
    failures: Sequence[Issue]
    record: SyncRecord

    @property
    def changes(self) -> Changes:
        """The changes that it logged."""
        return changes_of(self.record)


def import_releases(releases: Iterable[Release], *, withdraw: bool = True) -> Imported:
    """Merge and import releases, and withdraw what they do not list."""
    merged = merge(releases).releases
    record = make_record()
    importer = AlbumImporter(record=record, context=StepContext(), now=timezone.now())
    importer.decide(merged)
    importer.save(merged)
    if withdraw:
        importer.withdraw()
    return Imported(dict(+importer.result.counts), importer.result.failures, record)


def changes_of(record: SyncRecord) -> Changes:
    """Return the fields of each change, by its kind and the album's title as it is now."""
    changes = AlbumChange.objects.filter(record=record).select_related("album")
    found = {(str(change.kind), change.album.title): change.fields for change in changes}
    assert len(found) == len(changes)
    return found


def seen_catalog() -> list[tuple[Any, ...]]:
    """Return all that the visible catalog shows, in an order of its own."""
    albums = Album.objects.visible().values_list("pk", *SEEN)
    genres = {album.pk: sorted(genre.name for genre in album.genres.all()) for album in _with_genres()}
    return sorted(((*row[1:], *genres[row[0]]) for row in albums), key=repr)


def _with_genres() -> Iterable[Album]:
    return Album.objects.visible().prefetch_related("genres")
