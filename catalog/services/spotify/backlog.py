"""The enrichment's state in the database: what is due, what came of it, and the pause."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from catalog.models.album import SpotifyAlbum
from catalog.models.sync import SpotifyPause
from catalog.services.spotify.payload import SpotifyAlbumData

FOUND_AGAIN_AFTER = timedelta(days=90)
MISSING_AGAIN_AFTER = timedelta(days=30)
FAILED_AGAIN_AFTER = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
)
# Spotify's clock and ours differ, and asking too early lengthens the pause.
PAUSE_MARGIN = timedelta(seconds=30)
ERROR_LENGTH = 500

ANSWER_FIELDS = [field.name for field in fields(SpotifyAlbumData)]
STATE_FIELDS = ["state", "checked_at", "check_after", "attempts", "error"]


@dataclass(frozen=True)
class Outcome:
    """What came of asking for one album: its data, None where Spotify does not know it, or an error."""

    spotify_id: str
    data: SpotifyAlbumData | None = None
    error: str = ""

    @property
    def state(self) -> SpotifyAlbum.State:
        """What the album is from now on, unless it failed and was found before."""
        if self.error:
            return SpotifyAlbum.State.FAILED
        return SpotifyAlbum.State.MISSING if self.data is None else SpotifyAlbum.State.FOUND


def due_ids(now: datetime) -> list[str]:
    """Return the ids that Spotify should be asked about, the most urgent first."""
    return list(SpotifyAlbum.objects.due(now).by_urgency(now).values_list("pk", flat=True))


def count_due(now: datetime) -> int:
    """Return how many albums wait for Spotify."""
    return SpotifyAlbum.objects.due(now).count()


def save(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write a batch of outcomes; to be called within a transaction."""
    answered = [_answered(outcome, now) for outcome in outcomes if not outcome.error]
    SpotifyAlbum.objects.bulk_create(
        answered, update_conflicts=True, unique_fields=["spotify_id"], update_fields=ANSWER_FIELDS + STATE_FIELDS
    )
    _save_failed({outcome.spotify_id: outcome.error for outcome in outcomes if outcome.error}, now)


def pause_in_force(now: datetime) -> datetime | None:
    """Return until when Spotify must not be asked."""
    return SpotifyPause.objects.in_force(now).values_list("until", flat=True).first()


def store_pause(*, seconds: int, is_quota: bool, now: datetime) -> datetime:
    """Keep every process from asking Spotify for a time; return when it may go on: a longer pause stays."""
    pause = SpotifyPause.objects.order_by("-until").first()
    until = now + timedelta(seconds=seconds) + PAUSE_MARGIN
    if pause and pause.until >= until:
        return pause.until
    pause = pause or SpotifyPause()
    pause.until = until
    pause.reason = SpotifyPause.Reason.QUOTA if is_quota else SpotifyPause.Reason.RATE_LIMIT
    pause.save()
    return pause.until


def _answered(outcome: Outcome, now: datetime) -> SpotifyAlbum:
    """Return the whole row; what Spotify no longer offers loses its old data too."""
    again = MISSING_AGAIN_AFTER if outcome.data is None else FOUND_AGAIN_AFTER
    values = asdict(outcome.data or SpotifyAlbumData())
    values["tracks"] = list(values["tracks"])
    return SpotifyAlbum(
        spotify_id=outcome.spotify_id, state=outcome.state, checked_at=now, check_after=now + again, **values
    )


def _save_failed(errors: dict[str, str], now: datetime) -> None:
    """Note failures; an album that was found before keeps its state and what is known of it."""
    rows = list(SpotifyAlbum.objects.filter(pk__in=errors))
    for row in rows:
        row.error = errors[row.pk][:ERROR_LENGTH]
        row.check_after = now + FAILED_AGAIN_AFTER[min(row.attempts, len(FAILED_AGAIN_AFTER) - 1)]
        row.attempts += 1
        if row.state != SpotifyAlbum.State.FOUND:
            row.state = SpotifyAlbum.State.FAILED
    SpotifyAlbum.objects.bulk_update(rows, ["error", "check_after", "attempts", "state"])
