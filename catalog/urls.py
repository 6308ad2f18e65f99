"""The catalog's addresses."""

from django.urls import path

from catalog.views import albums, sync

app_name = "catalog"

urlpatterns = [
    path("", albums.album_list, name="album_list"),
    path("albums/<int:pk>/", albums.album_detail, name="album_detail"),
    path("sync/trigger/", sync.sync_trigger, name="sync_trigger"),
    path("sync/status/", sync.sync_status, name="sync_status"),
    path("sync/cancel/", sync.sync_cancel, name="sync_cancel"),
    path("sync/dismiss/", sync.sync_dismiss, name="sync_dismiss"),
]
