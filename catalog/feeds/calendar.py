"""Release dates as a calendar of all-day events."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from hashlib import blake2b
from itertools import groupby
from urllib.parse import urlsplit

from django.utils import timezone
from icalendar import Calendar, Event, vDuration, vText

from catalog.feeds.selection import Selection, facts, full_name, genre_names
from catalog.models import Album
from catalog.models.album import RECENT_DAYS, AlbumQuerySet
from catalog.vocabulary.dates import DatePrecision

CONTENT_TYPE = "text/calendar; charset=utf-8"
# With more, an event for each album would hide everything else in a calendar.
ALBUMS_FOR_EVENTS_BY_DAY = 200
ASK_AGAIN_AFTER = timedelta(hours=12)

ALL_DATES = "Every release date of this selection that is known to the day, an event for each album."
RECENT_DATES = (
    f"Releases of the last {RECENT_DAYS} days and everything announced since, as far as the day is known, "
    f"an event for each day. A selection of fewer than {ALBUMS_FOR_EVENTS_BY_DAY} albums has them all, one by one."
)


def calendar(selection: Selection) -> bytes:
    """Return one event for each album of a small selection, otherwise one for each day, and only recent ones."""
    albums = _with_day(selection.filters.albums())
    sample = selection.filters.albums()[:ALBUMS_FOR_EVENTS_BY_DAY]
    if selection.filters.is_active and sample.count() < ALBUMS_FOR_EVENTS_BY_DAY:
        return _written(selection, ALL_DATES, (_album_event(selection, album) for album in albums))
    recent = albums.filter(release_date__gte=timezone.localdate() - timedelta(days=RECENT_DAYS))
    days = groupby(recent, key=lambda album: album.release_date)
    return _written(selection, RECENT_DATES, (_day_event(selection, list(of_day)) for _day, of_day in days))


def _with_day(albums: AlbumQuerySet) -> AlbumQuerySet:
    # An event ends on the day after, and there is none after `date.max`.
    known = albums.filter(release_precision=DatePrecision.DAY, release_date__lt=date.max)
    return known.order_by("release_date", "artist_key", "title_key", "pk").for_tiles()


def _written(selection: Selection, description: str, events: Iterable[Event]) -> bytes:
    name = f"progmetal releases: {selection.narrowed_to}" if selection.narrowed_to else "progmetal releases"
    written = Calendar()
    written.add("prodid", "-//progmetal//catalog//EN")
    written.add("version", "2.0")
    # The names of RFC 7986, and the older ones that most programs still read.
    for properties in (("name", "description"), ("x-wr-calname", "x-wr-caldesc")):
        for key, value in zip(properties, (name, description), strict=True):
            written.add(key, vText(value))
    written.add("url", selection.page_address)
    written.add("refresh-interval", ASK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    written.add("x-published-ttl", vDuration(ASK_AGAIN_AFTER))
    for event in events:
        written.add_component(event)
    return written.to_ical()


def _album_event(selection: Selection, album: Album) -> Event:
    address = selection.absolute(album.get_absolute_url())
    event = _event(selection, [album], uid=f"album-{album.pk}", url=address)
    event.add("summary", full_name(album))
    genres = genre_names(album)
    lines = [" · ".join(facts(album)), ", ".join(genres), address]
    event.add("description", "\n".join(lines + [link for _service, link in album.links]))
    if genres:
        event.add("categories", genres)
    return event


def _day_event(selection: Selection, albums: Sequence[Album]) -> Event:
    # One calendar program may hold several selections, each with an event of this day.
    digest = blake2b(selection.filters.query_string().encode(), digest_size=6).hexdigest()
    event = _event(selection, albums, uid=f"day-{albums[0].release_date}-{digest}", url=selection.page_address)
    event.add("summary", full_name(albums[0]) if len(albums) == 1 else f"{len(albums)} prog releases")
    event.add("description", "\n".join(map(_line_in_list, albums)))
    return event


def _line_in_list(album: Album) -> str:
    said = ", ".join((*filter(None, [album.format]), *genre_names(album)))
    return f"{full_name(album)} ({said})" if said else full_name(album)


def _event(selection: Selection, albums: Sequence[Album], *, uid: str, url: str) -> Event:
    day = albums[0].release_date
    assert day is not None  # noqa: S101  (only albums with a day are asked for)
    event = Event()
    event.add("uid", f"{uid}@{urlsplit(selection.address).hostname}")
    event.add("dtstamp", max(album.updated_at for album in albums))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("url", url)
    return event
