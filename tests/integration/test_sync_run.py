"""A whole run over real sockets: what it does to the catalog, the record and the words."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.models import Album, AlbumChange, RowIssue, SpotifyAlbum, SpotifyPause, SyncOperation, SyncRecord
from catalog.services import run_context, sync_run
from catalog.services.run_record import RUNS_WITH_DETAILS
from catalog.services.spotify.queue import MOST_OPEN_REQUESTS
from catalog.services.sync_run import SyncOptions
from catalog.vocabulary.issues import IssueKind
from demo.standin import StandIn
from demo.workbook_cells import build_workbook
from tests.support.factories import make_album, make_operation, make_record
from tests.support.fragments import STATUS, text_of
from tests.support.syncing import RunBeside, invented_releases, run
from tests.support.watching import Watcher

Status, Stage = SyncOperation.Status, SyncOperation.Stage
State = SpotifyAlbum.State
WITHOUT_SPOTIFY = SyncOptions(skip_spotify=True)
HEADER = ("Artist", "Album", "Release Date", "Length")


class TestWholeRun:
    """From the download to the record."""

    def test_it_fills_the_catalog_and_the_covers(self, standin: StandIn) -> None:
        operation = run()
        assert operation.status == Status.COMPLETED
        assert operation.completed_at is not None
        assert Album.objects.visible().count() == 60
        states = Counter(SpotifyAlbum.objects.values_list("state", flat=True))
        assert states == {State.FOUND: len(standin.albums)}

    def test_its_record_counts_what_it_did(self, standin: StandIn) -> None:
        record = run().record
        assert record.success
        assert (record.albums_created, record.total_albums_in_catalog) == (60, 60)
        assert (record.albums_updated, record.albums_skipped, record.albums_failed) == (0, 0, 0)
        assert record.albums_enriched == len(standin.albums) == record.spotify_albums_found
        assert record.backlog == 0
        assert sum(tab["rows"] for tab in record.tabs) == record.rows >= 60
        assert record.issues_found == RowIssue.objects.filter(record=record).count() > 0
        assert AlbumChange.objects.filter(record=record, kind=AlbumChange.Kind.CREATED).count() == 60

    @pytest.mark.usefixtures("standin")
    def test_an_unchanged_sheet_writes_no_album_and_says_so(self, client: Client) -> None:
        run()
        before = list(Album.objects.order_by("pk").values())
        record = run().record
        assert list(Album.objects.order_by("pk").values()) == before
        assert (record.albums_skipped, record.changed()) == (60, 0)
        assert not AlbumChange.objects.filter(record=record).exists()
        assert "Everything was up to date." in text_of(client.get(STATUS))

    def test_only_a_new_release_is_asked_for(self, standin: StandIn) -> None:
        releases = [release for release in invented_releases() if release.spotify_id]
        standin.publish(releases[:-1])
        run()
        standin.publish(releases)
        standin.forget_requests()
        record = run().record
        assert (record.albums_created, record.albums_skipped) == (1, len(releases) - 1)
        assert [request.path for request in standin.requests if "/v1/" in request.path] == [
            f"/v1/albums/{releases[-1].spotify_id}"
        ]

    def test_a_file_needs_no_service(self, standin: StandIn, tmp_path: Path) -> None:
        file = tmp_path / "releases.xlsx"
        file.write_bytes(standin.workbook)
        assert run(SyncOptions(source=str(file), skip_spotify=True)).status == Status.COMPLETED
        assert standin.requests == []


class TestProgress:
    """What visitors see on the row while it runs."""

    @pytest.fixture
    def long_run(self, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let each stage last long enough to be seen, and every step of it be written."""
        monkeypatch.setattr(run_context, "WRITE_INTERVAL_SECONDS", 0)
        standin.publish(invented_releases(600))
        standin.fail_next("/export", delay_seconds=0.3)
        standin.behaviour.delay_seconds = 0.02

    @pytest.mark.usefixtures("long_run")
    def test_it_only_ever_goes_forward_and_to_a_total_that_stays(self, standin: StandIn) -> None:
        with Watcher(standin) as watcher, RunBeside() as beside:
            beside.wait()
        active = [row for row in watcher.rows if row.is_active()]
        order = [list(Stage.values).index(row.stage) for row in active]
        assert order == sorted(order)
        assert {row.stage for row in active} >= {Stage.FETCHING, Stage.PROCESSING, Stage.ENRICHING}
        for stage in Stage:
            counts = [row.albums_processed for row in active if row.stage == stage]
            assert counts == sorted(counts)
        totals = {(row.stage, row.total_albums) for row in watcher.rows if row.is_active() and row.total_albums}
        assert {stage for stage, _total in totals} >= {Stage.PROCESSING, Stage.ENRICHING}
        assert len(totals) == len({stage for stage, _total in totals})
        assert all(row.albums_processed <= row.total_albums for row in watcher.rows if row.total_albums)

    def test_what_spotify_answers_shows_within_two_seconds(self, standin: StandIn) -> None:
        """Counted in answers instead of seconds, so that a busy machine is no reason to fail."""
        standin.publish(invented_releases(60))
        standin.behaviour.development_mode = True
        standin.behaviour.delay_seconds = 0.4
        with Watcher(standin) as watcher, RunBeside() as beside:
            beside.wait()
        looks = [look for look in watcher.looks if look.row.stage == Stage.ENRICHING and look.row.is_active()]
        answered_in_two_seconds = MOST_OPEN_REQUESTS * 2 / standin.behaviour.delay_seconds
        assert looks[-1].answered > 2 * answered_in_two_seconds
        assert max(look.answered - look.row.albums_processed for look in looks) <= answered_in_two_seconds

    def test_the_message_says_what_is_counted(self, standin: StandIn) -> None:
        standin.behaviour.development_mode = True
        standin.behaviour.delay_seconds = 0.1
        with RunBeside() as beside:
            row = beside.wait_for_stage(Stage.ENRICHING, processed=2)
        assert row.stage_message == f"Enriching with Spotify metadata… {row.albums_processed} of {row.total_albums}"

    @pytest.mark.usefixtures("standin")
    def test_the_end_counts_the_sheets_albums(self) -> None:
        operation = run()
        assert (operation.albums_processed, operation.total_albums) == (60, 60)
        assert operation.progress_percentage() == 100


class TestPartialFailure:
    """Some albums cannot be saved: the others are, and the run says which."""

    @pytest.fixture(autouse=True)
    def one_undertow_only(self, standin: StandIn) -> Iterator[None]:
        """Let the database refuse every second album of this name, and list six among fifty."""
        titles = [f"Album {number}" for number in range(44)] + ["Undertow"] * 6
        rows = [(f"Band {number}", title, "TBA", "LP") for number, title in enumerate(titles)]
        standin.workbook = build_workbook({"2025 Prog-metal": [HEADER, *rows]})
        with connection.cursor() as cursor:
            cursor.execute("CREATE UNIQUE INDEX one_undertow ON catalog_album (format) WHERE title = 'Undertow'")
        yield
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX one_undertow")

    def test_the_run_completes_with_a_warning_that_names_them(self, client: Client) -> None:
        operation = run(WITHOUT_SPOTIFY)
        assert operation.status == Status.COMPLETED
        assert operation.record.success
        assert (operation.record.albums_created, operation.record.albums_failed) == (45, 5)
        text = text_of(client.get(STATUS))
        assert "Sync completed with warnings: 45 of 50 albums updated, 5 failed." in text
        assert all(f"Band {number} – Undertow" in text for number in range(45, 50))

    def test_the_others_are_in_the_catalog(self) -> None:
        run(WITHOUT_SPOTIFY)
        assert Album.objects.visible().count() == 45
        failures = RowIssue.objects.filter(kind=IssueKind.NOT_IMPORTED)
        assert [issue.row for issue in failures] == [47, 48, 49, 50, 51]

    def test_the_next_run_brings_the_rest(self) -> None:
        run(WITHOUT_SPOTIFY)
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX one_undertow")
            cursor.execute("CREATE INDEX one_undertow ON catalog_album (format)")
        record = run(WITHOUT_SPOTIFY).record
        assert (record.albums_created, record.albums_failed) == (5, 0)
        assert Album.objects.visible().count() == 50


class TestSpotify:
    """The sheet's data is saved, whatever becomes of the covers."""

    def test_a_pause_is_honoured_and_shown(self, standin: StandIn, client: Client) -> None:
        SpotifyPause.objects.create(until=timezone.now() + timedelta(hours=3), reason=SpotifyPause.Reason.QUOTA)
        operation = run()
        assert operation.status == Status.COMPLETED
        assert standin.count("/v1/") == standin.count("/api/token") == 0
        assert operation.record.backlog == len(standin.albums)
        assert "Spotify lets us continue" in text_of(client.get(STATUS))

    def test_a_used_up_quota_completes_the_run_and_stores_the_pause(self, standin: StandIn, client: Client) -> None:
        standin.behaviour.development_mode = True
        standin.behaviour.quota_calls = 5
        operation = run()
        assert operation.status == Status.COMPLETED
        pause = SpotifyPause.objects.in_force(timezone.now()).first()
        assert pause is not None
        assert pause.reason == SpotifyPause.Reason.QUOTA
        # One of the five was the batch that Development Mode refuses.
        assert f"Covers: 4 of {len(standin.albums)}." in text_of(client.get(STATUS))

    @pytest.mark.usefixtures("standin")
    def test_a_wrong_secret_fails_the_run_and_keeps_the_sheets_data(self, client: Client, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_SECRET = "hunter2-hunter2"
        operation = run()
        assert operation.status == Status.FAILED
        assert Album.objects.visible().count() == 60
        text = text_of(client.get(STATUS))
        assert "Spotify rejected the credentials." in text
        assert "Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET. The sheet's data has been saved" in text
        assert "hunter2" not in text

    @pytest.mark.usefixtures("standin")
    def test_the_next_run_with_the_right_secret_brings_the_covers(self, standin: StandIn, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_SECRET = "hunter2-hunter2"
        run()
        settings.SPOTIFY_CLIENT_SECRET = standin.client_secret
        record = run().record
        assert record.success
        assert record.albums_enriched == len(standin.albums)

    def test_an_album_that_spotify_refuses_is_named_with_the_reason(self, standin: StandIn) -> None:
        standin.behaviour.development_mode = True
        refused = next(iter(standin.albums))
        standin.fail_next(f"/v1/albums/{refused}", status=400)
        operation = run()
        assert operation.status == Status.COMPLETED
        reason = SpotifyAlbum.objects.get(pk=refused).error
        assert reason
        assert operation.record.notices == [
            "Spotify gave no answer about 1 album; a later sync asks again.",
            f"{Album.objects.get(spotify=refused)}: {reason}",
        ]

    def test_a_sync_without_spotify_leaves_the_backlog_in_its_record(self, standin: StandIn) -> None:
        assert run(WITHOUT_SPOTIFY).record.backlog == len(standin.albums)

    def test_an_id_that_spotify_does_not_know_is_no_failure(self, standin: StandIn) -> None:
        unknown = next(iter(standin.albums))
        del standin.albums[unknown]
        operation = run()
        assert operation.status == Status.COMPLETED
        assert operation.record.albums_failed == 0
        assert SpotifyAlbum.objects.get(pk=unknown).state == State.MISSING


@pytest.mark.usefixtures("standin")
class TestDefects:
    """What nobody foresaw ends the run with one sentence and a reference."""

    @pytest.fixture(autouse=True)
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let a step of the run fail as a programmer's mistake would."""

        def stumble(_releases: object) -> None:
            raise ZeroDivisionError("a detail for programmers")

        monkeypatch.setattr(sync_run, "merge", stumble)

    def test_visitors_read_a_reference_and_the_log_has_the_rest(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        operation = run()
        assert operation.status == Status.FAILED
        logged = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert [record.exc_info is not None for record in logged] == [True]
        reference = str(logged[0].args[0]) if isinstance(logged[0].args, tuple) else ""
        assert f"(reference {reference})" in operation.error_message
        text = text_of(client.get(STATUS))
        assert reference in text
        assert "ZeroDivision" not in text
        assert "programmers" not in text
        assert "What was saved before is kept." in text

    def test_the_next_run_is_fine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run()
        monkeypatch.undo()
        assert run().status == Status.COMPLETED


@pytest.mark.usefixtures("standin")
class TestHistory:
    """What is kept of earlier runs."""

    def test_changes_and_issues_are_kept_for_the_last_fifty_runs(self) -> None:
        album = make_album(row=1, tab="2001 Elsewhere")
        records = [make_record() for _ in range(RUNS_WITH_DETAILS + 1)]
        for record in records:
            AlbumChange.objects.create(record=record, album=album, kind=AlbumChange.Kind.UPDATED)
            RowIssue.objects.create(record=record, tab="2025 Prog-metal", row=7, kind=IssueKind.NO_LINK)
        run(WITHOUT_SPOTIFY)
        assert SyncRecord.objects.count() == RUNS_WITH_DETAILS + 2
        for details in (AlbumChange, RowIssue):
            kept = set(details.objects.values_list("record", flat=True))
            assert len(kept) == RUNS_WITH_DETAILS
            assert {records[0].pk, records[1].pk}.isdisjoint(kept)

    def test_old_runs_and_expired_sessions_go_but_never_the_last_success(self) -> None:
        old = timezone.now() - timedelta(days=366)
        runs = [make_record(make_operation(completed_at=old)).operation for _ in range(3)]
        Session.objects.create(session_key="expired", expire_date=timezone.now() - timedelta(days=1))
        Session.objects.create(session_key="current", expire_date=timezone.now() + timedelta(days=1))
        run(WITHOUT_SPOTIFY)
        assert list(SyncOperation.objects.filter(completed_at=old)) == [runs[-1]]
        assert list(Session.objects.values_list("session_key", flat=True)) == ["current"]
