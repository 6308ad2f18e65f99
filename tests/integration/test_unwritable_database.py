"""A database that answers and cannot be written: pages show what there is, buttons say why they did nothing."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from catalog.models import Album, SpotifyAlbum, SyncOperation, Workbook, optional_writes
from catalog.services.errors import DatabaseTrouble
from catalog.services.sync_manager import SyncManager
from catalog.services.sync_run import SyncOptions
from tests.support.factories import make_album, make_held_back, make_operation
from tests.support.fragments import BROWSER, CANCEL, DISMISS, HTMX, STATUS, TRIGGER, make_ended, polls, text_of
from tests.support.sheets import release_sheet

pytestmark = pytest.mark.django_db(transaction=True)

Status = SyncOperation.Status
SPOTIFY_ID = "0a1B2c3D4e5F6g7H8i9J0k"
FAR_BELOW_THE_USUAL_LOCK_WAIT_SECONDS = 10
INTERRUPTED = "The last sync was interrupted. It gave no sign of life for 30 seconds"
UNWRITABLE = "The database is locked, full, read-only or cannot be reached."
READ_ONLY = {"sqlite": "PRAGMA query_only = {}", "postgresql": "SET default_transaction_read_only = {}"}
WRITING = ("INSERT", "UPDATE", "DELETE")
LOCK = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "BEGIN; LOCK TABLE catalog_syncoperation, catalog_spotifyalbum IN SHARE ROW EXCLUSIVE MODE",
}


@contextmanager
def read_only() -> Iterator[None]:
    """Let this connection read and not write."""
    statement = READ_ONLY[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement.format("on"))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(statement.format("off"))


@contextmanager
def locked() -> Iterator[None]:
    """Let another connection hold the locks that a writer needs; it must not take long to be noticed."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(LOCK[other.vendor])
        began = monotonic()
        try:
            yield
        finally:
            took = monotonic() - began
            cursor.execute("ROLLBACK")
            other.close()
    assert took < FAR_BELOW_THE_USUAL_LOCK_WAIT_SECONDS


@contextmanager
def full() -> Iterator[None]:
    """Let the disk have no room for whatever is written."""

    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(WRITING):
            raise OperationalError("database or disk is full")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield


Fault = Callable[[], AbstractContextManager[None]]
FAULTS: dict[str, Fault] = {"read_only": read_only, "locked": locked, "full": full}


@pytest.fixture(autouse=True)
def short_lock_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optional_writes, "LOCK_WAIT_MILLISECONDS", 1)


@pytest.fixture
def dead() -> SyncOperation:
    return make_operation(Status.RUNNING, heartbeat_at=timezone.now() - timedelta(minutes=2))


@pytest.fixture
def album() -> Album:
    """An album in which nobody has taken an interest yet."""
    return make_album(spotify=SpotifyAlbum.objects.create(spotify_id=SPOTIFY_ID))


@pytest.mark.parametrize("fault", FAULTS)
class TestPages:
    """What only reads answers as it always does, also where it would have noted something."""

    def test_every_page_answers_beside_a_dead_run(
        self, client: Client, dead: SyncOperation, album: Album, fault: str
    ) -> None:
        run = f"/catalog/syncs/{dead.pk}/"
        pages = ("/catalog/", "/catalog/?q=meridian", STATUS, "/catalog/syncs/", run, f"{run}issues/")
        more = ("/catalog/stats/", "/catalog/releases/", "/catalog/facets/genre/", album.get_absolute_url())
        feeds = ("/catalog/albums.json", "/catalog/albums.csv", "/catalog/albums.atom", f"{run}issues.csv")
        with FAULTS[fault]():
            for address in (*pages, *more, *feeds, "/metrics", "/healthz", "/readyz"):
                assert client.get(address, headers=BROWSER).status_code == 200, address

    def test_the_run_is_shown_as_interrupted_although_that_is_not_saved(
        self, client: Client, dead: SyncOperation, fault: str
    ) -> None:
        with FAULTS[fault]():
            poll = client.get(STATUS, headers=HTMX)
            shown = [text_of(client.get(address)) for address in ("/catalog/", f"/catalog/syncs/{dead.pk}/")]
            history = text_of(client.get("/catalog/syncs/"))
            metrics = client.get("/metrics").content.decode()
        assert poll["HX-Trigger"] == "syncFailed, stopPolling"
        assert not polls(poll)
        assert all(INTERRUPTED in text for text in (text_of(poll), *shown))
        assert "Interrupted" in history
        assert "progmetal_sync_active 0.0" in metrics
        assert 'progmetal_syncs_total{status="failed"} 1.0' in metrics
        dead.refresh_from_db()
        assert dead.status == Status.RUNNING
        client.get(STATUS)
        dead.refresh_from_db()
        assert (dead.status, dead.interrupted) == (Status.FAILED, True)

    def test_interest_in_an_album_is_noted_only_where_that_is_possible(
        self, client: Client, album: Album, fault: str
    ) -> None:
        with FAULTS[fault]():
            assert client.get(album.get_absolute_url()).status_code == 200
        assert not SpotifyAlbum.objects.exclude(viewed_at=None).exists()
        client.get(album.get_absolute_url())
        assert SpotifyAlbum.objects.exclude(viewed_at=None).exists()


def test_an_answer_that_cannot_be_saved_is_told_as_such(client: Client) -> None:
    held = make_held_back()
    with read_only():
        fields = {"answer": "accepted", "seen": "", "confirmed": "yes"}
        response = client.post(f"/catalog/syncs/held-back/{held.pk}/answer/", fields)
    assert response.status_code == 503
    assert f"Your answer could not be saved. {UNWRITABLE} Nothing was changed; try again later." in text_of(response)
    assert not SyncOperation.objects.active().exists()


def test_a_page_that_did_not_wait_leaves_others_their_patience(dead: SyncOperation) -> None:
    statement = {"sqlite": "PRAGMA busy_timeout", "postgresql": "SHOW lock_timeout"}[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)
        usual = cursor.fetchone()
        SyncManager().reap_if_possible()
        cursor.execute(statement)
        assert cursor.fetchone() == usual
    dead.refresh_from_db()
    assert dead.status == Status.FAILED


class TestButtons:
    """A button that could do nothing says so in a fragment with 503."""

    @pytest.mark.usefixtures("standin")
    @pytest.mark.parametrize("is_beside_a_dead_run", [False, True])
    @pytest.mark.parametrize("fault", [read_only, full])
    def test_a_start(self, client: Client, fault: Fault, is_beside_a_dead_run: bool) -> None:
        if is_beside_a_dead_run:
            make_operation(Status.RUNNING, heartbeat_at=timezone.now() - timedelta(minutes=2))
        before = SyncOperation.objects.count()
        with fault():
            response = client.post(TRIGGER, headers=HTMX)
            page = client.post(TRIGGER, headers=BROWSER)
        assert (response.status_code, page.status_code) == (503, 503)
        assert f"The database could not be written. {UNWRITABLE}" in text_of(response)
        assert UNWRITABLE in text_of(page)
        assert "Back to the catalog" in text_of(page)
        assert '<button type="submit" class="btn btn-primary">' in response.content.decode()
        assert SyncOperation.objects.count() == before

    @pytest.mark.parametrize("fault", [read_only, full])
    def test_a_cancel(self, client: Client, fault: Fault) -> None:
        operation = make_operation(Status.RUNNING)
        with fault():
            response = client.post(CANCEL, {"operation": operation.pk}, headers=HTMX)
        assert response.status_code == 503
        assert f"The sync could not be cancelled. {UNWRITABLE}" in text_of(response)
        operation.refresh_from_db()
        assert not operation.cancel_requested

    def test_the_page_shows_what_a_refused_cancel_says(self, client: Client) -> None:
        make_operation(Status.RUNNING)
        form = client.get(STATUS).content.decode().partition('id="sync-cancel"')[2]
        assert 'hx-status:503="swap:outerMorph"' in form.partition("</form>")[0]

    @pytest.mark.parametrize("address", ["/catalog/undo/{}/", "/catalog/undo/{}/start/"])
    def test_an_undo(self, client: Client, address: str) -> None:
        content = release_sheet({"Album": "Ebb"})
        workbook = Workbook.objects.create(digest="d", content=content, size=len(content), read_at=timezone.now())
        with read_only():
            assert client.get(f"/catalog/undo/{workbook.pk}/").status_code == 200
            response = client.post(address.format(workbook.pk), headers=BROWSER)
        assert response.status_code == 503
        assert f"The database could not be written. {UNWRITABLE}" in text_of(response)

    def test_going_on_after_an_undo(self, client: Client) -> None:
        operation = make_operation(holds_syncs=True, sheet_of=timezone.now())
        with read_only():
            response = client.post("/catalog/sync/go-on/", headers=BROWSER)
        assert response.status_code == 503
        assert f"Syncs still wait. {UNWRITABLE} Try again." in text_of(response)
        operation.refresh_from_db()
        assert operation.holds_syncs

    @pytest.mark.parametrize("fault", [read_only, full])
    def test_a_dismissal_needs_no_write(self, client: Client, fault: Fault) -> None:
        operation = make_ended("failed")
        with fault():
            response = client.post(DISMISS, {"operation": operation.pk}, headers=HTMX)
        assert response.status_code == 200
        assert "configuration error" not in text_of(client.get(STATUS))

    def test_a_run_of_the_command(self) -> None:
        with read_only(), pytest.raises(DatabaseTrouble, match="read-only"):
            SyncManager().create_operation(
                triggered_by=SyncOperation.Trigger.COMMAND, options=SyncOptions(skip_spotify=True)
            )
