"""A Spotify made of answers, and a clock that only jumps."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from catalog.models.album import SpotifyAlbum
from catalog.services.errors import (
    SpotifyError,
    SpotifyForbidden,
    SpotifyLimited,
    SpotifyUnavailable,
    SpotifyUnreachable,
)
from catalog.services.spotify.enrichment import EnrichmentResult
from catalog.services.spotify.payload import SpotifyAlbumData
from tests.support.spotify import NOON

FORBIDDEN = SpotifyForbidden("Not allowed.")
DOWN = SpotifyUnavailable("A fault.")
UNREACHABLE = SpotifyUnreachable("No answer.")

Ids = tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """One request: its number among all, and among those for the same ids."""

    ids: Ids
    number: int
    attempt: int


Script = Callable[[Request], SpotifyError | None]


class FakeTime:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def clock(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        assert seconds <= 0.25, "a sleep without a sign of life"
        self.seconds += seconds

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)


@dataclass
class FakeClient:
    """Spotify: `script` is shown each request and returns what goes wrong with it, or None."""

    time: FakeTime
    script: Script = lambda _request: None
    unknown: frozenset[str] = frozenset()
    sent: list[tuple[float, Ids]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def requests_sent(self) -> int:
        return len(self.sent)

    def album(self, spotify_id: str) -> SpotifyAlbumData | None:
        return self.answer((spotify_id,))[spotify_id]

    def albums(self, ids: Sequence[str]) -> Mapping[str, SpotifyAlbumData | None]:
        return self.answer(tuple(ids))

    def answer(self, ids: Ids) -> Mapping[str, SpotifyAlbumData | None]:
        with self.lock:
            self.sent.append((self.time.seconds, ids))
            request = Request(ids, number=len(self.sent), attempt=sum(asked == ids for _, asked in self.sent))
            error = self.script(request)
        if error:
            raise error
        return {one: None if one in self.unknown else SpotifyAlbumData(name=f"Album {one}") for one in ids}

    @property
    def sizes(self) -> list[int]:
        """How many albums each request was for."""
        return [len(ids) for _, ids in self.sent]


def no_batches(request: Request) -> SpotifyError | None:
    """Development Mode."""
    return FORBIDDEN if len(request.ids) > 1 else None


def limited(seconds: int, *, is_quota: bool = False) -> SpotifyLimited:
    return SpotifyLimited("Too many.", retry_after_seconds=seconds, is_quota=is_quota)


Run = Callable[..., EnrichmentResult]


def count_states() -> Counter[str]:
    return Counter(SpotifyAlbum.objects.values_list("state", flat=True))
