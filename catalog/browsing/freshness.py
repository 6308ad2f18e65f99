"""How old the sheet's data is, and how old Spotify's."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Subquery
from django.utils import timezone

from catalog.models import SpotifyPause, SyncRecord, SyncSchedule


@dataclass(frozen=True)
class Freshness:
    """`last_sync` is the last run that succeeded."""

    last_sync: SyncRecord | None = None
    spotify_answered_at: datetime | None = None
    spotify_paused_until: datetime | None = None
    next_sync_at: datetime | None = None


def read_freshness() -> Freshness:
    enriched = SyncRecord.objects.filter(albums_enriched__gt=0).order_by("-sync_timestamp")
    paused = SpotifyPause.objects.in_force(timezone.now())
    records = SyncRecord.objects.filter(success=True).order_by("-sync_timestamp")
    record = records.annotate(
        answered_at=Subquery(enriched.values("sync_timestamp")[:1]),
        paused_until=Subquery(paused.values("until")[:1]),
        next_at=Subquery(SyncSchedule.objects.values("next_at")[:1]),
    ).first()
    if record is None:
        return Freshness(next_sync_at=SyncSchedule.objects.values_list("next_at", flat=True).first())
    annotations = vars(record)
    return Freshness(record, annotations["answered_at"], annotations["paused_until"], annotations["next_at"])
