"""Players of the services; a page loads one only when a visitor asks for it."""

from dataclasses import dataclass

from catalog.models import Album
from catalog.vocabulary.links import SERVICES

PLAYER_HEIGHT = 352


@dataclass(frozen=True)
class Player:
    """A service's player for one album; `height` is in pixels."""

    service: str
    url: str
    height: int = PLAYER_HEIGHT


def players_for(album: Album) -> list[Player]:
    players = (
        Player(service.name, service.player_address(getattr(album, service.column) or ""))
        for service in SERVICES.values()
    )
    return [player for player in players if player.url]
