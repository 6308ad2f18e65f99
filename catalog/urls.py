"""The catalog's addresses."""

from django.urls import path

from catalog.views import albums, doctor, feeds, held_back, releases, run_watch, stats, sync, syncs, undo, worklists

app_name = "catalog"

urlpatterns = [
    path("", albums.album_list, name="album_list"),
    path("albums.atom", feeds.albums_atom, name="albums_atom"),
    path("albums.ics", feeds.albums_ics, name="albums_ics"),
    path("albums.json", feeds.albums_json, name="albums_json"),
    path("albums.csv", feeds.albums_csv, name="albums_csv"),
    path("facets/<slug:parameter>/", albums.facet_options, name="facet_options"),
    path("albums/<int:pk>/", albums.album_detail, name="album_detail"),
    path("releases/", releases.releases, name="releases"),
    path("releases/<str:day>/", releases.releases_week, name="releases_week"),
    path("doctor/", doctor.doctor, name="doctor"),
    path("stats/", stats.stats, name="stats"),
    path("sync/trigger/", sync.sync_trigger, name="sync_trigger"),
    path("sync/status/", sync.sync_status, name="sync_status"),
    path("sync/cancel/", sync.sync_cancel, name="sync_cancel"),
    path("sync/dismiss/", sync.sync_dismiss, name="sync_dismiss"),
    path("sync/go-on/", sync.sync_go_on, name="sync_go_on"),
    path("undo/<int:pk>/", undo.undo_preview, name="undo_preview"),
    path("undo/<int:pk>/start/", undo.undo_start, name="undo_start"),
    path("syncs/", syncs.sync_history, name="sync_history"),
    path("syncs/held-back/<int:pk>/", held_back.held_back, name="held_back"),
    path("syncs/held-back/<int:pk>/answer/", held_back.held_back_answer, name="held_back_answer"),
    path("syncs/<int:pk>/", syncs.sync_detail, name="sync_detail"),
    path("syncs/<int:pk>/watch/", run_watch.sync_watch, name="sync_watch"),
    path("syncs/<int:pk>/issues/", syncs.sync_issues, name="sync_issues"),
    path("syncs/<int:pk>/issues.csv", syncs.sync_issues_csv, name="sync_issues_csv"),
    path("worklists/no-spotify.tsv", worklists.worklist_no_spotify, name="worklist_no_spotify"),
    path("worklists/dates.tsv", worklists.worklist_dates, name="worklist_dates"),
]
