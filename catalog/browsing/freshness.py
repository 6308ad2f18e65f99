"""How old the sheet's data is, and how old Spotify's."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, Subquery
from django.utils import timezone

from catalog.models import SpotifyPause, SyncOperation, SyncRecord, SyncSchedule


@dataclass(frozen=True)
class Freshness:
    """`last_sync` is the last run that succeeded, `sheet_of` the time of its sheet if it was an undo."""

    last_sync: SyncRecord | None = None
    spotify_answered_at: datetime | None = None
    spotify_paused_until: datetime | None = None
    next_sync_at: datetime | None = None
    sheet_of: datetime | None = None

    @property
    def sheet_read_at(self) -> datetime | None:
        return self.sheet_of or (self.last_sync and self.last_sync.sync_timestamp)


def read_freshness() -> Freshness:
    enriched = SyncRecord.objects.filter(albums_enriched__gt=0).order_by("-sync_timestamp")
    paused = SpotifyPause.objects.in_force(timezone.now())
    records = SyncRecord.objects.filter(success=True).order_by("-sync_timestamp")
    planned = SyncSchedule.objects.filter(~Exists(SyncOperation.objects.holding())).values_list("next_at", flat=True)
    record = records.annotate(
        answered_at=Subquery(enriched.values("sync_timestamp")[:1]),
        paused_until=Subquery(paused.values("until")[:1]),
        next_at=Subquery(planned[:1]),
        sheet_of=F("operation__sheet_of"),
    ).first()
    if record is None:
        return Freshness(next_sync_at=planned.first())
    annotations = vars(record)
    return Freshness(
        last_sync=record,
        spotify_answered_at=annotations["answered_at"],
        spotify_paused_until=annotations["paused_until"],
        next_sync_at=annotations["next_at"],
        sheet_of=annotations["sheet_of"],
    )
