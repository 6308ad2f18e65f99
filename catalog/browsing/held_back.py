"""What runs held back, with the albums that it is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.models import Album, HeldBack, SyncOperation, SyncRecord
from catalog.models.held_back import Item
from catalog.vocabulary.links import SERVICES

ITEMS_SHOWN = 5
NAMES = {service.column: service.name for service in SERVICES.values()}


@dataclass(frozen=True)
class HeldAlbum:
    """An album that would go, or whose link to `service` would; it may have been deleted since."""

    album: Album | None
    service: str


@dataclass(frozen=True)
class Question:
    """A row with some of its albums; `is_sync_active` says whether any run is under way."""

    row: HeldBack
    albums: tuple[HeldAlbum, ...]
    is_sync_active: bool

    @property
    def more(self) -> int:
        return self.row.count - len(self.albums)


def questions_of(record: SyncRecord) -> list[Question]:
    """Return what a run held back, each with its first albums: three queries, however many there are."""
    rows = list(HeldBack.objects.filter(record=record).select_related("record__operation"))
    if not rows:
        return []
    albums = _albums(item for row in rows for item in row.items[:ITEMS_SHOWN])
    is_active = SyncOperation.objects.active().exists()
    return [Question(row, _held(row.items[:ITEMS_SHOWN], albums), is_active) for row in rows]


def question_with(row: HeldBack, items: Sequence[Item]) -> Question:
    """Return a row with these of its items."""
    return Question(row, _held(items, _albums(items)), SyncOperation.objects.active().exists())


def _albums(items: Iterable[Item]) -> dict[int, Album]:
    return Album.objects.select_related("artist").in_bulk({pk for pk, _column in items})


def _held(items: Iterable[Item], albums: dict[int, Album]) -> tuple[HeldAlbum, ...]:
    return tuple(HeldAlbum(albums.get(pk), NAMES.get(column, "")) for pk, column in items)
