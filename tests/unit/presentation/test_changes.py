"""What changed on an album, in words."""

from typing import Any

import pytest

from catalog.models import AlbumChange
from catalog.presentation.changes import FieldChange, field_changes


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("title", "Tidal Lock", "Tidal Locks", ("Title", "Tidal Lock", "Tidal Locks")),
        ("release_date", "2025-11", "2025-11-28", ("Release date", "Nov 2025", "28 Nov 2025")),
        ("release_date", "2025-02-30", "2025-03-02", ("Release date", "2025-02-30", "2 Mar 2025")),
        ("release_date", "2025-13", "2025-12", ("Release date", "2025-13", "Dec 2025")),
        ("release_date", "TBA", "2025", ("Release date", "TBA", "2025")),
        ("release_year", None, 2025, ("Release year", "nothing", "2025")),
        ("genres", [], ["Djent", "Prog-metal"], ("Genres", "nothing", "Djent, Prog-metal")),
        ("is_debut", False, True, ("Debut", "no", "yes")),
        ("bandcamp_url", "", "https://a.example/b", ("Bandcamp link", "nothing", "https://a.example/b")),
        ("spotify", "", "4" * 22, ("Spotify link", "nothing", f"https://open.spotify.com/album/{'4' * 22}")),
        ("record_label", "a", "b", ("Record label", "a", "b")),
    ],
)
def test_a_changed_field_is_told_in_words(name: str, old: Any, new: Any, words: tuple[str, str, str]) -> None:
    assert field_changes(AlbumChange(fields={name: [old, new]})) == [FieldChange(*words)]


def test_fields_come_in_the_order_in_which_an_album_is_described() -> None:
    change = AlbumChange(fields={name: ["", "x"] for name in ("tab", "zzz", "artist", "title")})
    assert [field.label for field in field_changes(change)] == ["Title", "Artist", "Tab", "Zzz"]
