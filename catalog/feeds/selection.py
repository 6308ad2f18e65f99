"""What all feeds of a selection share: its filters and addresses, and how they write an album's words."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from django.urls import reverse

from catalog.browsing.facets import GROUPS
from catalog.browsing.filters import Filters
from catalog.models import Album

# XML knows no way to write these, and no reader of a calendar expects them.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Selection:
    """Filtered albums of the catalog; `address` is that of the request."""

    filters: Filters
    address: str

    def absolute(self, path: str) -> str:
        """Return a path of this site as a whole address."""
        return urljoin(self.address, path)

    @property
    def page_address(self) -> str:
        """The page that shows the same albums to people."""
        return self._with_query(reverse("catalog:album_list"))

    @property
    def feed_address(self) -> str:
        """The feed's own address in its canonical form."""
        return self._with_query(self.address.partition("?")[0])

    def _with_query(self, path: str) -> str:
        query = self.filters.query_string()
        return self.absolute(f"{path}?{query}" if query else path)

    @property
    def narrowed_to(self) -> str:
        """What is searched and chosen, in words; empty where that is everything."""
        parts = [f"“{self.filters.search}”"] if self.filters.words else []
        for group in GROUPS:
            parts += [group.label_of(value) for value in self.filters.choices.get(group.parameter, ())]
        return printable(", ".join(parts))


def printable(text: str) -> str:
    """Return a text on one line, without what cannot be shown."""
    return " ".join(UNPRINTABLE.sub("", text).split())


def full_name(album: Album) -> str:
    """Return an album's name with its artist, as people write it."""
    return printable(f"{album.artist.name} – {album.title}")


def genre_names(album: Album) -> list[str]:
    """Return the names of an album's genres."""
    return [printable(genre.name) for genre in album.genres.all()]


def facts(album: Album) -> list[str]:
    """Return what a tile says below an album's name: format, kind, vocals and country."""
    said = (
        album.format,
        "Debut" if album.is_debut else "",
        "Reissue" if album.is_reissue else "",
        album.vocal_style.name if album.vocal_style else "",
        album.country,
    )
    return [printable(fact) for fact in said if fact]
