"""The catalog's tables: what the sheet and Spotify say, what each run did, and the workbooks."""

from catalog.models.album import Album, Artist, Genre, SpotifyAlbum, VocalStyle
from catalog.models.held_back import HeldBack
from catalog.models.sync import AlbumChange, RowIssue, SpotifyPause, SyncOperation, SyncRecord, SyncSchedule
from catalog.models.workbooks import Workbook

__all__ = ["Album", "AlbumChange", "Artist", "Genre", "HeldBack", "RowIssue"]
__all__ += ["SpotifyAlbum", "SpotifyPause", "SyncOperation", "SyncRecord", "SyncSchedule", "VocalStyle", "Workbook"]
