"""What all feeds of a selection share: its filters and addresses, and how they write an album's words."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from django.urls import reverse

from catalog.browsing.facets import GROUPS
from catalog.browsing.filters import Filters
from catalog.models import Album

# XML cannot contain these, and calendar programs do not expect them.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Selection:
    """Filtered albums of the catalog; `address` is that of the request."""

    filters: Filters
    address: str

    def absolute(self, path: str) -> str:
        return urljoin(self.address, path)

    @property
    def page_address(self) -> str:
        return self._with_query(reverse("catalog:album_list"))

    @property
    def feed_address(self) -> str:
        return self._with_query(self.address.partition("?")[0])

    def _with_query(self, path: str) -> str:
        query = self.filters.query_string()
        return self.absolute(f"{path}?{query}" if query else path)

    @property
    def narrowed_to(self) -> str:
        parts = [f"“{self.filters.search}”"] if self.filters.words else []
        for group in GROUPS:
            parts += [group.label_of(value) for value in self.filters.choices.get(group.parameter, ())]
        return printable(", ".join(parts))


def printable(text: str) -> str:
    return " ".join(UNPRINTABLE.sub("", text).split())


def full_name(album: Album) -> str:
    return printable(f"{album.artist.name} – {album.title}")


def genre_names(album: Album) -> list[str]:
    return [printable(genre.name) for genre in album.genres.all()]


def facts(album: Album) -> list[str]:
    said = (
        album.format,
        "Debut" if album.is_debut else "",
        "Reissue" if album.is_reissue else "",
        album.vocal_style.name if album.vocal_style else "",
        album.country,
    )
    return [printable(fact) for fact in said if fact]
