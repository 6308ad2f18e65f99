"""Words for going back to a kept sheet."""

from datetime import datetime

from catalog.models import SyncRecord
from catalog.presentation.dates import exact_time

NO_SPOTIFY = "Spotify was not asked."


def went_back(record: SyncRecord, sheet_of: datetime, *, changes: str, length: str) -> str:
    """Return how an undo ended that completed."""
    sheet = f"the sheet of {exact_time(sheet_of)}"
    if not record.changed():
        return f"The catalog was already as {sheet} has it: nothing changed. {NO_SPOTIFY}"
    return f"The catalog went back to {sheet}: {changes}, in {length}. {NO_SPOTIFY}"
