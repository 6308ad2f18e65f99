"""Django's admin: everything is read-only but a genre's canonical genre; a Spotify pause may be deleted."""

# ruff: noqa: ARG002  (the signatures are Django's)

from django.contrib import admin
from django.db import models
from django.db.models import Model
from django.http import HttpRequest

from catalog.models import (
    Album,
    AlbumChange,
    Artist,
    Genre,
    HeldBack,
    RowIssue,
    SpotifyAlbum,
    SpotifyPause,
    SyncOperation,
    SyncRecord,
    VocalStyle,
)


class ReadOnlyAdmin(admin.ModelAdmin):
    """For tables that only a sync writes: the next sync would overwrite a manual change."""

    # Django 5.2 warns on every page that shows an address, and 6.0 does just this.
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def _denied(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_add_permission = has_change_permission = has_delete_permission = _denied


@admin.register(SyncOperation)
class SyncOperationAdmin(ReadOnlyAdmin):
    list_display = ("pk", "display_status", "stage", "triggered_by", "started_at", "completed_at", "error_title")
    list_filter = ("status", "triggered_by")
    exclude = ("lease",)
    ordering = ("-started_at",)


@admin.register(SyncRecord)
class SyncRecordAdmin(ReadOnlyAdmin):
    counts = ("albums_created", "albums_updated", "albums_withdrawn", "albums_failed", "albums_enriched")
    list_display = ("operation", "sync_timestamp", "success", *counts, "issues_found")
    list_filter = ("success",)
    list_select_related = ("operation",)
    ordering = ("-sync_timestamp",)


@admin.register(AlbumChange)
class AlbumChangeAdmin(ReadOnlyAdmin):
    list_display = ("album", "kind", "fields", "record")
    list_filter = ("kind",)
    list_select_related = ("album__artist", "record")
    search_fields = ("album__title", "album__artist__name")


@admin.register(RowIssue)
class RowIssueAdmin(ReadOnlyAdmin):
    list_display = ("tab", "row", "kind", "detail", "record")
    list_filter = ("kind", "tab")
    list_select_related = ("record",)


@admin.register(HeldBack)
class HeldBackAdmin(ReadOnlyAdmin):
    list_display = ("reason", "kind", "count", "state", "answer", "answered_by", "answered_at")
    list_filter = ("kind", "state", "answer")


@admin.register(Album)
class AlbumAdmin(ReadOnlyAdmin):
    list_display = ("title", "artist", "release_date", "format", "tab", "row", "withdrawn_at")
    list_filter = ("release_year", "format", "is_debut", "is_reissue")
    list_select_related = ("artist",)
    search_fields = ("title", "artist__name")
    ordering = ("-sort_date",)


@admin.register(SpotifyAlbum)
class SpotifyAlbumAdmin(ReadOnlyAdmin):
    list_display = ("spotify_id", "name", "artist_name", "state", "checked_at", "check_after", "error")
    list_filter = ("state",)
    search_fields = ("name", "artist_name", "spotify_id")


@admin.register(SpotifyPause)
class SpotifyPauseAdmin(ReadOnlyAdmin):
    """Deleting a pause lets the next run ask Spotify at once."""

    list_display = ("until", "reason")
    has_delete_permission = admin.ModelAdmin.has_delete_permission


@admin.register(Genre)
class GenreAdmin(ReadOnlyAdmin):
    """Only the canonical genre can be edited, which a sync never writes."""

    list_display = ("name", "slug", "canonical")
    search_fields = ("name",)
    fields = ("name", "slug", "canonical")
    readonly_fields = ("name", "slug")
    autocomplete_fields = ("canonical",)
    has_change_permission = admin.ModelAdmin.has_change_permission


@admin.register(Artist, VocalStyle)
class NameAdmin(ReadOnlyAdmin):
    list_display = ("name",)
    search_fields = ("name",)
