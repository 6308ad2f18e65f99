"""What of an import is doubtful: albums or links that the sheet has lost in a way that looks like an accident."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from catalog.models.held_back import HeldBack, Item
from catalog.services.importing.plan import KnownAlbum


@dataclass(frozen=True)
class Doubt:
    """`reasons` are sentences that say what the sheet has lost."""

    kind: HeldBack.Kind
    tab: str
    items: frozenset[Item]
    reasons: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        content = repr((self.kind.value, self.tab, sorted(self.items)))
        return blake2b(content.encode(), digest_size=16).hexdigest()


def whole_albums(albums: Iterable[KnownAlbum]) -> frozenset[Item]:
    return frozenset((album.pk, "") for album in albums)
