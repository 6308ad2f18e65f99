"""What tests of the Spotify backlog share: albums that wait, and a run that takes notes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction

from catalog.models.album import Album, Artist, SpotifyAlbum
from catalog.services.run_context import StepContext

NOON = datetime(2025, 11, 21, 12, tzinfo=UTC)
TODAY = NOON.date()


def spotify_id(number: int) -> str:
    """Return the id of the album with this number."""
    return f"{number:022}"


def make_payload(**overrides: Any) -> dict[str, Any]:
    """Describe an album as the Web API does."""
    return {
        "name": "Salt Meridian",
        "artists": [{"name": "Lantern Fall"}],
        "images": [
            {"url": f"https://i.scdn.co/image/{width}", "width": width, "height": width} for width in (640, 300, 64)
        ],
        "release_date": "2025-11-21",
        "release_date_precision": "day",
        "total_tracks": 2,
        "tracks": {"items": [{"name": "Harbour", "duration_ms": 301_000}, {"name": "Ebb", "duration_ms": 62_500}]},
    } | overrides


def list_album(number: int = 0, *, released: date = TODAY, withdrawn: bool = False, **overrides: Any) -> SpotifyAlbum:
    """Put one album into the catalog, with a Spotify album that has not been checked."""
    return list_albums([number], released=lambda _: released, withdrawn=withdrawn, **overrides)[0]


def list_albums(
    numbers: list[int],
    *,
    released: Callable[[int], date] = lambda number: TODAY - timedelta(days=number),
    withdrawn: bool = False,
    **overrides: Any,
) -> list[SpotifyAlbum]:
    """Put albums into the catalog, the later numbers released earlier."""
    artist, _ = Artist.objects.get_or_create(key="lantern fall", defaults={"name": "Lantern Fall"})
    spotify = SpotifyAlbum.objects.bulk_create(
        SpotifyAlbum(spotify_id=spotify_id(number), **overrides) for number in numbers
    )
    Album.objects.bulk_create(
        Album(
            artist=artist,
            title=f"Album {number}",
            title_key=f"album {number}",
            sort_date=released(number),
            spotify_id=spotify_id(number),
            tab="2025 Prog-metal",
            row=number + 6,
            fingerprint=str(number),
            withdrawn_at=NOON if withdrawn else None,
            imported_at=NOON,
            updated_at=NOON,
        )
        for number in numbers
    )
    return spotify


@dataclass
class NotingContext(StepContext):
    """A run that notes its progress; `on_tick` may raise, as a cancelled run does.

    The first `locked_times` transactions find the database locked.
    """

    on_tick: Callable[[], None] = lambda: None
    ticks: int = 0
    transactions: int = 0
    locked_times: int = 0
    reports: list[tuple[int, int | None, str]] = field(default_factory=list)

    def tick(self) -> None:
        self.ticks += 1
        self.on_tick()

    def report(self, *, done: int, total: int | None, message: str, tab: str = "") -> None:  # noqa: ARG002  (Spotify has none)
        self.reports.append((done, total, message))

    def transaction(self) -> AbstractContextManager[object]:
        self.transactions += 1
        if self.transactions <= self.locked_times:
            raise OperationalError("database is locked")
        return transaction.atomic()

    @property
    def messages(self) -> list[str]:
        """The sentences that a visitor could have read."""
        return [message for _, _, message in self.reports]

    def check_progress(self) -> None:
        """Fail where progress went back, passed its total, or a total changed once it was known."""
        done = [done for done, _, _ in self.reports]
        assert done == sorted(done)
        totals = [total for _, total, _ in self.reports if total is not None]
        assert len(set(totals)) <= 1
        assert all(total is None or count <= total for count, total, _ in self.reports)
