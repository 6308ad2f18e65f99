"""The catalog's two clocks: how old the sheet's data is, and how far and how old Spotify's is."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Subquery
from django.utils import timezone

from catalog.models import SpotifyPause, SyncRecord


@dataclass(frozen=True)
class Clocks:
    """The last run that succeeded, when Spotify last gave an answer, and until when it is not asked."""

    last_sync: SyncRecord | None = None
    spotify_answered_at: datetime | None = None
    spotify_paused_until: datetime | None = None


def read_clocks() -> Clocks:
    """Read both clocks in one query."""
    enriched = SyncRecord.objects.filter(albums_enriched__gt=0).order_by("-sync_timestamp")
    paused = SpotifyPause.objects.in_force(timezone.now())
    records = SyncRecord.objects.filter(success=True).order_by("-sync_timestamp")
    record = records.annotate(
        answered_at=Subquery(enriched.values("sync_timestamp")[:1]), paused_until=Subquery(paused.values("until")[:1])
    ).first()
    if record is None:
        return Clocks()
    annotations = vars(record)
    return Clocks(record, annotations["answered_at"], annotations["paused_until"])
