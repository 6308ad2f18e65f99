"""What changed on an album, field by field, in words."""

import re
from datetime import date
from typing import Any, NamedTuple

from catalog.models import AlbumChange
from catalog.presentation.dates import date_words
from catalog.vocabulary.columns import LABELS
from catalog.vocabulary.dates import DatePrecision
from catalog.vocabulary.links import SPOTIFY

NOTHING = "nothing"
DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")


class FieldChange(NamedTuple):
    label: str
    old: str
    new: str


def field_changes(change: AlbumChange) -> list[FieldChange]:
    names = sorted(change.fields, key=lambda name: list(LABELS).index(name) if name in LABELS else len(LABELS))
    return [
        FieldChange(LABELS.get(name) or name.replace("_", " ").capitalize(), _words(name, old), _words(name, new))
        for name, (old, new) in ((name, change.fields[name]) for name in names)
    ]


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or NOTHING
    if value in (None, ""):
        return NOTHING
    if name == SPOTIFY.field:
        return SPOTIFY.page_address(value)
    return _date(value) if name == "release_date" and DATE.fullmatch(value) else str(value)


def _date(iso: str) -> str:
    """Write `2025-11-28` and `2025-11` for people; what is no date, as `2025-02-30`, stays as it is."""
    is_month = iso.count("-") == 1
    try:
        day = date.fromisoformat(f"{iso}-01" if is_month else iso)
    except ValueError:
        return iso
    return date_words(day, DatePrecision.MONTH if is_month else DatePrecision.DAY)
