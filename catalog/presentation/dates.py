"""Dates, times and lengths for people."""

import re
from datetime import date, datetime, timedelta

from django.conf import settings
from django.template.defaultfilters import pluralize
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Album
from catalog.vocabulary import dates
from catalog.vocabulary.dates import WITH_A_MONTH, DatePrecision

DATE_FORMATS: dict[str, str] = {DatePrecision.DAY: "j M Y", DatePrecision.MONTH: "M Y"}
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# The largest unit that fits is named; static/js/progmetal.js counts with the same steps.
UNITS = (("year", 365 * DAY), ("month", 30 * DAY), ("day", DAY), ("hour", HOUR), ("minute", MINUTE))

TO_BE_ANNOUNCED = re.compile(r"\W*(tba|tbd|tbc|to be (announced|determined|confirmed))\W*", re.IGNORECASE)
NOTHING_SAID = re.compile(r"\W*")


def timeago(moment: datetime | None) -> str:
    if moment is None:
        return "never"
    seconds = int((timezone.now() - moment).total_seconds())
    for unit, length in UNITS:
        if count := max(0, seconds) // length:
            return "yesterday" if (count, unit) == (1, "day") else f"{count} {unit}{pluralize(count)} ago"
    return "just now"


def exact_time(moment: datetime) -> str:
    return f"{dateformat.format(timezone.localtime(moment), 'j M Y, H:i')} {settings.TIME_ZONE}"


def relative_time(moment: datetime) -> SafeString:
    """Render how long ago a moment was; the page's script keeps it current."""
    iso = moment.isoformat(timespec="seconds")
    element = '<time class="timeago" datetime="{0}" data-timestamp="{0}" title="{1}">{2}</time>'
    return format_html(element, iso, exact_time(moment), timeago(moment))


def moment_time(moment: datetime) -> SafeString:
    """Render a moment; the page's script converts it to the visitor's time zone."""
    iso = moment.isoformat(timespec="seconds")
    return format_html('<time class="momenttime" datetime="{}">{}</time>', iso, exact_time(moment))


def clock_time(moment: datetime) -> SafeString:
    """Render a future moment; the page's script converts it to the visitor's time zone."""
    iso = moment.isoformat(timespec="seconds")
    return format_html('<time class="clocktime" datetime="{}">on {}</time>', iso, exact_time(moment))


def date_words(day: date, precision: str) -> str:
    """Write as much of a date as is known: `28 Nov 2025`, `Nov 2025`, `2025`."""
    return dateformat.format(day, DATE_FORMATS.get(precision, "Y"))


def release_date(album: Album) -> str:
    if album.release_date and album.release_precision in WITH_A_MONTH:
        return date_words(album.release_date, album.release_precision)
    return _without_date(album.release_text.strip(), str(album.release_year or ""))


def _without_date(text: str, year: str) -> str:
    if TO_BE_ANNOUNCED.fullmatch(text):
        return f"{year}, date to be announced" if year else "Date to be announced"
    if NOTHING_SAID.fullmatch(text):
        return f"{year}, date unknown" if year else "Date unknown"
    if year in text:
        return text
    return f"{text}, {year}" if text[-1].isdigit() else f"{text} {year}"


def is_upcoming(album: Album) -> bool:
    return dates.is_upcoming(album.release_date, album.release_year, timezone.localdate())


def duration(length: float | timedelta | None) -> str:
    """Write a length of time to the second: `4 s`, `1 min 12 s`, `2 h 5 min`."""
    seconds = _seconds(length)
    if seconds >= HOUR:
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min"
    if seconds >= MINUTE:
        rest = f" {seconds % MINUTE} s" if seconds % MINUTE else ""
        return f"{seconds // MINUTE} min{rest}"
    return f"{seconds} s"


def rough_duration(length: float | timedelta | None) -> str:
    """Write an estimate: `less than a minute`, `about 6 min`, `about 2 h`."""
    minutes = round(_seconds(length) / MINUTE)
    if minutes < 1:
        return "less than a minute"
    if minutes >= MINUTE:
        return f"about {round(minutes / MINUTE)} h"
    return f"about {minutes} min"


def track_length(milliseconds: int | None) -> str:
    """Write a track's length: `5:31`, `1:02:03`."""
    if not milliseconds:
        return ""
    minutes, seconds = divmod(round(milliseconds / 1000), MINUTE)
    hours, minutes = divmod(minutes, MINUTE)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _seconds(length: float | timedelta | None) -> int:
    if isinstance(length, timedelta):
        return int(length.total_seconds())
    return max(0, int(length or 0))
