"""What is new in the catalog, as an Atom feed."""

from dataclasses import replace

from django.utils.feedgenerator import Atom1Feed, get_tag_uri
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from catalog.feeds.selection import Selection, facts, full_name, genre_names, printable
from catalog.models import Album
from catalog.presentation.dates import release_date

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
ENTRIES = 50


def feed(selection: Selection) -> str:
    """Return the newest additions of a selection, whatever its order."""
    narrowed = f": {selection.narrowed_to}" if selection.narrowed_to else ""
    atom = Atom1Feed(
        title=f"New in progmetal{narrowed}",
        link=selection.page_address,
        description="Albums that were added to the catalog, the newest first.",
        language="en",
        author_name="progmetal",
        feed_url=selection.feed_address,
        feed_guid=selection.feed_address,
    )
    for album in replace(selection.filters, sort="added").albums().for_tiles()[:ENTRIES]:
        address = selection.absolute(album.get_absolute_url())
        atom.add_item(
            title=full_name(album),
            link=address,
            description=_summary(album),
            author_name=printable(album.artist.name),
            pubdate=album.imported_at,
            updateddate=album.updated_at,
            unique_id=get_tag_uri(address, album.imported_at),
            categories=genre_names(album),
        )
    return atom.writeString("utf-8")


def _summary(album: Album) -> SafeString:
    said = " · ".join((printable(release_date(album)), *facts(album)))
    genres = ", ".join(genre_names(album))
    named = ((address, service.name) for service, address in album.links)
    links = format_html_join(" · ", '<a href="{}" rel="nofollow">{}</a>', named)
    return format_html_join("", "<p>{}</p>", ((line,) for line in (said, genres, links) if line))
