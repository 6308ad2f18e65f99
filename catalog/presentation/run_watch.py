"""What the page of a run shows of it: log lines, requests, and the seconds of its stages as bars."""

from dataclasses import dataclass
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma

from catalog.models import SyncOperation, SyncRecord
from catalog.presentation.dates import MINUTE, duration

LEVEL_WORDS = {"WARNING": "Warning", "ERROR": "Error", "CRITICAL": "Error"}


@dataclass(frozen=True)
class StageBar:
    """How long a stage took; `length` is in percent of the longest one."""

    label: str
    length: float
    told: str


def stage_bars(record: SyncRecord | None) -> tuple[StageBar, ...]:
    """Return a bar for each stage that the run came to, in their order."""
    seconds = record.stage_seconds if record else {}
    longest = max(seconds.values(), default=0) or 1
    return tuple(
        StageBar(str(stage.label), round(100 * seconds[stage] / longest, 1), precise_duration(seconds[stage]))
        for stage in SyncOperation.Stage
        if stage in seconds
    )


def precise_duration(seconds: float) -> str:
    """Write a length of time with a tenth of a second where it is below a minute: `0.4 s`, `1 min 12 s`."""
    return f"{seconds:.1f} s" if seconds < MINUTE else duration(seconds)


def newest_lines(operation: SyncOperation) -> list[dict[str, Any]]:
    """Return the log lines, the newest first, with a word for a level that is not the usual one."""
    return [line | {"word": LEVEL_WORDS.get(line["level"], "")} for line in reversed(operation.log_lines)]


def requests_made(operation: SyncOperation) -> str:
    """Write the requests to each service: `Google 2, Spotify 1,034`."""
    return ", ".join(f"{service} {intcomma(count)}" for service, count in sorted(operation.requests.items()))
