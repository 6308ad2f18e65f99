"""NOTIFY_URL is told how runs end, and no run fails because of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.models import SyncOperation
from catalog.models.sync import STALE_AFTER_SECONDS
from catalog.services.notify import delivery
from catalog.services.sync_manager import SyncManager
from catalog.services.sync_run import SyncOptions
from demo.standin import StandIn
from demo.workbook_cells import build_workbook
from tests.support.factories import make_operation, make_record
from tests.support.fragments import STATUS
from tests.support.receiver import Receiver
from tests.support.syncing import RunBeside, run
from tests.support.waiting import wait_until

Status, Stage = SyncOperation.Status, SyncOperation.Stage
HEADER = ("Artist", "Album", "Release Date", "Length")
WITHOUT_SPOTIFY = SyncOptions(skip_spotify=True)
LONG_DEAD = timedelta(seconds=STALE_AFTER_SECONDS + 1)
SITE = "https://catalog.example.org"

# What an address is told does not depend on the kind of database.
pytestmark = [pytest.mark.usefixtures("standin"), pytest.mark.once]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A server on this machine that the site tells."""
    with Receiver() as running:
        settings.NOTIFY_URL = running.url
        settings.NOTIFY_PRIVATE = True
        settings.SITE_URL = SITE
        yield running


@pytest.fixture
def healthchecks(receiver: Receiver, settings: Any) -> Receiver:
    settings.NOTIFY_STYLE = "healthchecks"
    return receiver


def fail(standin: StandIn) -> SyncOperation:
    """Do a run for which the sheet is not there."""
    standin.fail_next("/export", status=404)
    return run(WITHOUT_SPOTIFY)


def told(receiver: Receiver) -> dict[str, Any]:
    """Return what the one request said."""
    (posted,) = receiver.posted
    assert (posted.path, posted.content_type) == ("/hook", "application/json")
    return json.loads(posted.body)


@contextmanager
def one_undertow_only() -> Iterator[None]:
    """Let the database refuse every second album of this name."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX one_undertow ON catalog_album (format) WHERE title = 'Undertow'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_undertow")


class TestJson:
    """Trouble, and its end."""

    def test_an_error_is_told(self, standin: StandIn, receiver: Receiver) -> None:
        operation = fail(standin)
        assert told(receiver) == {
            "status": "error",
            "title": operation.error_title,
            "message": operation.error_message,
            "counts": operation.record.counts(),
            "address": f"{SITE}/catalog/syncs/{operation.pk}/",
        }
        assert "There is no sheet at this address." in operation.error_message

    def test_a_warning_is_told(self, standin: StandIn, receiver: Receiver) -> None:
        rows = [(f"Band {number}", "Undertow", "TBA", "LP") for number in range(3)]
        standin.workbook = build_workbook({"2025 Prog-metal": [HEADER, *rows]})
        with one_undertow_only():
            run(WITHOUT_SPOTIFY)
        content = told(receiver)
        assert (content["status"], content["title"]) == ("warning", "Sync completed with warnings.")
        assert content["message"] == "1 new, 0 updated, 2 failed."
        assert (content["counts"]["created"], content["counts"]["failed"]) == (1, 2)

    def test_a_run_that_goes_well_after_others_is_not(self, receiver: Receiver) -> None:
        for _ in range(2):
            run(WITHOUT_SPOTIFY)
        assert receiver.posted == []

    def test_the_end_of_the_trouble_is_told_once(self, standin: StandIn, receiver: Receiver) -> None:
        fail(standin)
        receiver.posted.clear()
        make_operation(Status.CANCELLED)
        operation = run(WITHOUT_SPOTIFY)
        content = told(receiver)
        assert (content["status"], content["counts"]["created"]) == ("ok", 60)
        assert content["address"] == f"{SITE}/catalog/syncs/{operation.pk}/"
        run(WITHOUT_SPOTIFY)
        assert len(receiver.posted) == 1

    def test_a_dead_run_is_told_by_the_page_that_notices_it(self, receiver: Receiver, client: Client) -> None:
        make_operation(Status.RUNNING, heartbeat_at=timezone.now() - LONG_DEAD)
        client.get(STATUS)
        wait_until(lambda: receiver.posted)
        client.get(STATUS)
        content = told(receiver)
        assert (content["status"], content["title"]) == ("warning", "The last sync was interrupted.")

    def test_a_cancelled_run_is_not(self, standin: StandIn, receiver: Receiver) -> None:
        standin.fail_next("/export", delay_seconds=30)
        with RunBeside(WITHOUT_SPOTIFY) as beside:
            beside.wait_for_stage(Stage.FETCHING)
            wait_until(lambda: beside.row.status == Status.RUNNING)
            SyncManager().cancel()
        assert receiver.posted == []

    def test_a_dry_run_is_not(self, receiver: Receiver) -> None:
        make_record(make_operation(Status.FAILED))
        SyncManager().preview(WITHOUT_SPOTIFY)
        assert receiver.posted == []

    def test_without_an_origin_the_address_is_a_path(self, standin: StandIn, receiver: Receiver, settings: Any) -> None:
        settings.SITE_URL = ""
        operation = fail(standin)
        assert told(receiver)["address"] == f"/catalog/syncs/{operation.pk}/"

    def test_no_secret_is_in_it(self, standin: StandIn, receiver: Receiver, settings: Any) -> None:
        standin.fail_next("/api/token", status=400, body='{"error": "invalid_client"}')
        run()
        fail(standin)
        assert receiver.posted
        for secret in (standin.client_id, standin.client_secret, standin.sheet_url, settings.SECRET_KEY):
            assert not any(secret in posted.body for posted in receiver.posted)


class TestHealthchecks:
    """Pings at the start and the end of each run."""

    def test_a_good_run_pings_start_and_success(self, healthchecks: Receiver) -> None:
        run(WITHOUT_SPOTIFY)
        assert [posted.path for posted in healthchecks.posted] == ["/hook/start", "/hook"]
        assert healthchecks.posted[-1].body.startswith("Sync completed.\n60 new, 0 updated, 0 failed.")

    def test_a_failed_one_pings_fail(self, standin: StandIn, healthchecks: Receiver) -> None:
        operation = fail(standin)
        assert [posted.path for posted in healthchecks.posted] == ["/hook/start", "/hook/fail"]
        assert healthchecks.posted[-1].body == "\n".join(
            (operation.error_title, operation.error_message, f"{SITE}/catalog/syncs/{operation.pk}/")
        )

    def test_the_query_stays_at_the_end(self, healthchecks: Receiver, settings: Any) -> None:
        settings.NOTIFY_URL += "/?rid=7"
        run(WITHOUT_SPOTIFY)
        assert [posted.path for posted in healthchecks.posted] == ["/hook/start?rid=7", "/hook/?rid=7"]

    def test_a_cancelled_run_pings_its_end(self, healthchecks: Receiver) -> None:
        make_operation(Status.PENDING)
        SyncManager().cancel()
        wait_until(lambda: healthchecks.posted)
        assert healthchecks.posted[0].path == "/hook"

    def test_a_task_that_comes_twice_pings_nothing(self, healthchecks: Receiver) -> None:
        operation = run(WITHOUT_SPOTIFY)
        healthchecks.posted.clear()
        SyncManager().run_sync(operation.pk, WITHOUT_SPOTIFY)
        assert healthchecks.posted == []


class TestFaults:
    """The run ends as it would, and the log has a line."""

    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(delivery, "WHOLE_CALL_SECONDS", 1)

    def assert_logged(self, caplog: pytest.LogCaptureFixture, words: str, receiver: Receiver) -> None:
        (line,) = [record.message for record in caplog.records if "NOTIFY_URL" in record.message]
        assert words in line
        assert not any(receiver.url in record.getMessage() for record in caplog.records)

    def test_nobody_listens(self, standin: StandIn, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
        with Receiver() as gone:
            settings.NOTIFY_URL = gone.url
        settings.NOTIFY_PRIVATE = True
        assert "There is no sheet" in fail(standin).error_message
        self.assert_logged(caplog, "It could not be reached.", gone)

    @pytest.mark.parametrize("status", [301, 307, 404, 500])
    def test_it_is_refused(
        self, standin: StandIn, receiver: Receiver, caplog: pytest.LogCaptureFixture, status: int
    ) -> None:
        with Receiver() as elsewhere:
            receiver.status, receiver.location = status, elsewhere.url
            fail(standin)
            assert elsewhere.posted == []
        self.assert_logged(caplog, f"It answered with status {status}.", receiver)

    def test_the_answer_has_no_end(
        self, standin: StandIn, receiver: Receiver, caplog: pytest.LogCaptureFixture
    ) -> None:
        receiver.drips = True
        began = monotonic()
        fail(standin)
        assert monotonic() - began < 5
        self.assert_logged(caplog, "It took more than", receiver)
        # The connection was shut down: no thread of ours goes on reading.
        assert receiver.dropped.wait(5)

    def test_this_machine_is_not_told_without_permission(
        self, standin: StandIn, receiver: Receiver, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.NOTIFY_PRIVATE = False
        # A name, of which only the connection tells where it leads.
        settings.NOTIFY_URL = f"http://localhost:{receiver.port}/hook"
        fail(standin)
        assert receiver.posted == []
        self.assert_logged(caplog, "NOTIFY_PRIVATE is off.", receiver)

    def test_proxies_of_the_environment_are_not_used(self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        with Receiver() as proxy:
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.delenv("no_proxy", raising=False)
            monkeypatch.delenv("NO_PROXY", raising=False)
            delivery.Post(receiver.url, body=b"", content_type="text/plain", allow_private=True).wait()
            assert (len(receiver.posted), proxy.posted) == (1, [])

    def test_tls_is_not_begun_with_a_private_address(self, receiver: Receiver) -> None:
        url = receiver.url.replace("http:", "https:")
        post = delivery.Post(url, body=b"", content_type="text/plain", allow_private=False)
        with pytest.raises(delivery.NotDelivered, match="private address"):
            post.wait()

    def test_a_server_without_tls_is_not_told_over_tls(self, receiver: Receiver) -> None:
        url = receiver.url.replace("http:", "https:")
        post = delivery.Post(url, body=b"", content_type="text/plain", allow_private=True)
        with pytest.raises(delivery.NotDelivered, match="No secure connection"):
            post.wait()
