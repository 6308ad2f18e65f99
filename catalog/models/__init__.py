"""The catalog's tables: what the sheet and Spotify say, and what each run did."""

from catalog.models.album import Album, Artist, Genre, SpotifyAlbum, VocalStyle
from catalog.models.held_back import HeldBack
from catalog.models.sync import AlbumChange, RowIssue, SpotifyPause, SyncOperation, SyncRecord, SyncSchedule

__all__ = ["Album", "AlbumChange", "Artist", "Genre", "HeldBack", "RowIssue"]
__all__ += ["SpotifyAlbum", "SpotifyPause", "SyncOperation", "SyncRecord", "SyncSchedule", "VocalStyle"]
