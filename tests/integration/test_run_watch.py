"""A run that can be looked at while it lasts: its page's live part, the links to it, and what a run leaves there."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import SyncOperation
from catalog.services.sheet import download
from catalog.services.spotify import rate_limit
from demo.standin import StandIn
from tests.support.factories import make_operation, make_record
from tests.support.fragments import HTMX, STATUS, Stage, Status, polls, text_of
from tests.support.syncing import run

pytestmark = pytest.mark.django_db

HISTORY = "/catalog/syncs/"
PAYLOAD = "<script>alert(1)</script>"
LINES = (
    {"number": 8, "seconds": 0.2, "level": "INFO", "text": "Reading the sheet…"},
    {"number": 9, "seconds": 72.4, "level": "WARNING", "text": f"Tab “{PAYLOAD}” failed."},
)


def make_running(**overrides: Any) -> SyncOperation:
    values = {"log_lines": LINES, "requests": {"Spotify": 1034, "Google": 2}, "current_tab": "2025 Prog-metal"}
    return make_operation(Status.RUNNING, **values | overrides)


def watch(client: Client, operation: SyncOperation) -> Any:
    return client.get(f"{HISTORY}{operation.pk}/watch/", headers=HTMX)


# While it runs -----------------------------------------------------------------------------


def test_a_running_run_shows_its_tab_its_requests_and_its_log_newest_first(client: Client) -> None:
    response = watch(client, make_running())
    text = text_of(response)
    assert "Tab at hand2025 Prog-metal" in text
    assert "RequestsGoogle 2, Spotify 1,034" in text
    assert "1 min 12 s Warning: Tab" in text
    assert text.endswith("0 s Reading the sheet…")
    assert PAYLOAD not in response.text
    assert response["Cache-Control"].count("no-store")


def test_a_run_that_has_just_begun_has_nothing_to_show_yet(client: Client) -> None:
    text = text_of(watch(client, make_operation(Status.PENDING)))
    assert "Tab at handNone" in text
    assert "RequestsNone yet" in text
    assert "Nothing yet." in text


def test_the_fragment_polls_itself_until_the_run_has_ended(client: Client) -> None:
    operation = make_running()
    assert f'hx-get="/catalog/syncs/{operation.pk}/watch/" hx-trigger="every 2s"' in watch(client, operation).text
    SyncOperation.objects.update(status=Status.COMPLETED)
    assert not polls(watch(client, operation))


def test_a_poll_is_one_query_and_says_nothing_to_screen_readers(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    operation = make_running()
    with django_assert_num_queries(1):
        response = watch(client, operation)
    assert 'aria-live="off"' in response.text
    assert response.text.count("aria-live") == 1


def test_a_line_keeps_its_id_while_others_come_so_that_a_reader_keeps_the_place(client: Client) -> None:
    operation = make_running()
    assert 'id="run-log-9"' in watch(client, operation).text
    newest = {"number": 1010, "seconds": 80, "level": "INFO", "text": "Finishing…"}
    SyncOperation.objects.update(log_lines=[*LINES, newest])
    body = watch(client, operation).text
    assert body.index('id="run-log-1010"') < body.index('id="run-log-9"') < body.index('id="run-log-8"')


def test_the_page_of_a_run_includes_the_very_fragment(client: Client) -> None:
    operation = make_running()
    assert watch(client, operation).text.strip() in client.get(f"{HISTORY}{operation.pk}/").text


@pytest.mark.parametrize("address", ["/catalog/", STATUS, HISTORY])
def test_what_shows_an_active_run_leads_to_its_page(client: Client, address: str) -> None:
    link = f'href="{HISTORY}{make_running().pk}/#run-watch"'
    assert link in client.get(address).text
    SyncOperation.objects.update(status=Status.COMPLETED)
    assert link not in client.get(address).text


@pytest.mark.parametrize("address", ["/catalog/", STATUS, HISTORY])
def test_other_pages_leave_the_log_in_the_database(client: Client, address: str) -> None:
    make_running()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(address)
    assert "current_tab" in str(queries.captured_queries)
    assert "log_lines" not in str(queries.captured_queries)


# Once it has ended -------------------------------------------------------------------------


def test_a_run_ends_with_the_seconds_of_each_stage_as_bars(client: Client) -> None:
    operation = make_operation(log_lines=LINES, requests={"Google": 2}, current_tab="2025 Prog-metal")
    make_record(operation, stage_seconds={"enriching": 96.0, "fetching": 4.8, "processing": 0.04})
    response = watch(client, operation)
    text = text_of(response)
    assert "Time of each stage Fetch 4.8 s Read 0.0 s Spotify 1 min 36 s Log" in text
    assert [f'width="{length}%" height="12" rx' in response.text for length in ("5.0", "100.0")] == [True, True]
    assert "style=" not in response.text
    assert "Tab at hand" not in text
    assert "Warning: Tab" in text


def test_a_run_of_before_there_was_a_log_has_its_bars_alone(client: Client) -> None:
    operation = make_record(stage_seconds={"fetching": 1.5}).operation
    assert text_of(watch(client, operation)) == "Time of each stage Fetch 1.5 s"


def test_a_run_that_left_nothing_shows_nothing(client: Client) -> None:
    assert text_of(watch(client, make_operation(Status.CANCELLED))) == ""


def test_a_run_that_died_ends_its_polls(client: Client) -> None:
    operation = make_running(heartbeat_at=timezone.now() - timedelta(minutes=2))
    response = watch(client, operation)
    assert not polls(response)
    assert "Reading the sheet…" in text_of(response)
    operation.refresh_from_db()
    assert operation.interrupted


@pytest.mark.parametrize("pk", ["4711", "9" * 40])
def test_an_unknown_run_is_not_found(client: Client, pk: str) -> None:
    assert client.get(f"{HISTORY}{pk}/watch/").status_code == 404


def test_the_page_of_a_running_run_shows_no_counts_of_its_end(client: Client) -> None:
    record = make_record(make_running(stage=Stage.ENRICHING), albums_updated=0)
    assert "Catalog afterwards" not in client.get(f"{HISTORY}{record.operation_id}/").text


# What a run leaves -------------------------------------------------------------------------


def lines_of(operation: SyncOperation) -> list[str]:
    return [line["text"] for line in operation.log_lines]


def test_a_run_tells_its_stages_its_tabs_and_its_end(standin: StandIn) -> None:
    operation = run()
    lines = lines_of(operation)
    assert lines[0] == "Fetching albums from Google Sheets…"
    told = [f"Tab “{tab['name']}”: {tab['rows']} releases." for tab in operation.record.tabs if tab["rows"] > 1]
    assert [line for line in lines if line in told] == told
    assert "Albums of the sheet: 0 current, 60 new, 0 changed." in lines
    assert f"Albums that wait for Spotify: {len(standin.albums)}." in lines
    assert [line.partition(" took ")[0] for line in lines if " took " in line] == [
        "Fetching", "Processing", "Enriching", "Finalizing",
    ]  # fmt: skip
    assert lines[-1].endswith(": completed.")


def test_a_run_counts_its_requests_to_each_service(standin: StandIn) -> None:
    operation = run()
    asked = standin.count("/v1/")
    assert operation.requests == {
        "Google": len(standin.requests) - asked - standin.count("/api/token"),
        "Spotify": asked,
    }
    assert operation.record.spotify_requests == asked


def test_a_run_tells_what_it_waits_for_and_nothing_secret(
    standin: StandIn, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "PAUSES_BETWEEN_TRIES_SECONDS", (0, 0))
    monkeypatch.setattr(rate_limit, "SHORTEST_PAUSE_SECONDS", 0)
    standin.fail_next("/export", status=503)
    standin.fail_next("/v1/albums", status=429, headers={"Retry-After": "0"})
    lines = lines_of(run())
    assert "The download failed and is tried again in 0 s: Google Sheets answers with a fault of its own." in lines
    assert "Spotify received too many requests. It asks us to wait 0 s." in lines
    assert not any(secret in str(lines) for secret in (settings.SPOTIFY_CLIENT_SECRET, "http", "Traceback"))


def test_a_run_that_fails_tells_why_in_its_log(standin: StandIn) -> None:
    standin.fail_next("/export", status=404)
    operation = run()
    assert operation.status == Status.FAILED
    (warning,) = [line["text"] for line in operation.log_lines if line["level"] == "WARNING"]
    assert warning.endswith("failed: There is no sheet at this address.")
    assert lines_of(operation)[-1].endswith(": failed.")
