"""The services that albums link to."""

import pytest
from django.conf import settings

from catalog.models import Album
from catalog.vocabulary.links import SERVICES, SHEET_ORDER, is_bandcamp_page


@pytest.mark.parametrize(
    ("url", "is_page"),
    [
        ("https://ebb.bandcamp.com/album/salt-meridian", True),
        ("http://ebb.bandcamp.com/track/salt", True),
        ("https://ebb.bandcamp.com/", False),
        ("https://ebb.bandcamp.com/merch", False),
        ("https://bandcamp.com/album/salt", False),
        ("https://label.example/album/salt-meridian", False),
        ("https://bandcamp.com.example/album/salt", False),
        ("https://notbandcamp.com/album/salt", False),
        ("", False),
    ],
)
def test_a_bandcamp_page_is_an_album_or_a_track_on_bandcamp_itself(url: str, is_page: bool) -> None:
    assert is_bandcamp_page(url) is is_page


def test_every_service_has_its_column_and_its_place_in_the_sheet() -> None:
    assert {service.column for service in SERVICES.values()} <= {field.attname for field in Album._meta.concrete_fields}
    assert set(SHEET_ORDER) == set(SERVICES.values())


def test_the_pages_may_embed_the_players() -> None:
    assert settings.PLAYER_SOURCES == ["https://open.spotify.com", "https://bandcamp.com"]
