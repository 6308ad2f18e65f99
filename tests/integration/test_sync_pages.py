"""The history of syncs, the page of each run, the curators' report, how old the data is."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import AlbumChange, SpotifyPause, SyncOperation, SyncRecord
from catalog.vocabulary.issues import IssueKind
from tests.support.downloads import downloaded
from tests.support.factories import make_album, make_change, make_issue, make_operation, make_record

pytestmark = pytest.mark.django_db

HISTORY = "/catalog/syncs/"
PAYLOAD = "<script>alert(1)</script>"
MOST_QUERIES = 8
Kind, Status = AlbumChange.Kind, SyncOperation.Status


def run_url(record: SyncRecord, rest: str = "") -> str:
    return f"{HISTORY}{record.operation_id}/{rest}"


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.text


# History -----------------------------------------------------------------------------------


def test_without_a_run_the_history_says_so_and_leads_to_the_button(client: Client) -> None:
    body = page(client, HISTORY)
    assert "No sync has run yet." in body
    assert 'href="/catalog/"' in body


def test_the_history_tells_of_each_run_how_it_ended_and_who_started_it(client: Client) -> None:
    operation = make_operation(albums_failed=2, triggered_by=SyncOperation.Trigger.COMMAND)
    make_record(
        operation, albums_created=12, albums_updated=3, albums_restored=1, albums_withdrawn=4,
        albums_failed=2, albums_enriched=1320, issues_found=319,
    )  # fmt: skip
    body = page(client, HISTORY)
    assert "Completed with warnings" in body
    assert "12 new, 3 updated, 4 withdrawn, 1 back again, 2 failed, 1,320 enriched" in body
    assert "4 s · Command line" in body
    assert f'href="/catalog/syncs/{operation.pk}/"' in body
    assert f'href="/catalog/syncs/{operation.pk}/issues/">319 rows need a curator' in body


def test_a_failed_run_stands_in_the_history_with_its_reason(client: Client) -> None:
    make_record(make_operation(Status.FAILED, error_title="The sheet is not shared publicly."), albums_updated=0)
    body = page(client, HISTORY)
    assert "run-error" in body
    assert "Failed</strong>: The sheet is not shared publicly." in body


def test_the_newest_run_comes_first_and_old_ones_are_on_later_pages(client: Client) -> None:
    operations = [make_operation(started_at=timezone.now() - timedelta(days=days)) for days in range(30)]
    first, second = page(client, HISTORY), page(client, f"{HISTORY}?page=2")
    links = [f'href="/catalog/syncs/{operation.pk}/"' for operation in operations]
    assert first.index(links[0]) < first.index(links[1])
    assert links[29] not in first
    assert links[29] in second


@pytest.mark.parametrize("query", ["page=x", "page=-3", "page=999999", "page=%00", "kind=<b>&tab='--"])
def test_nonsense_in_the_query_gives_a_normal_page(client: Client, query: str) -> None:
    record = make_record()
    make_change(record)
    make_issue(record)
    for url in (HISTORY, run_url(record), run_url(record, "issues/")):
        assert "<b>" not in page(client, f"{url}?{query}")
    downloaded(client, run_url(record, f"issues.csv?{query}"))


def test_the_header_marks_where_the_visitor_is(client: Client) -> None:
    record = make_record()
    link = '<a href="/catalog/syncs/" class="nav-link"'
    assert f'{link} aria-current="page">Syncs' in page(client, HISTORY)
    assert f'{link} aria-current="true">Syncs' in page(client, run_url(record))
    assert f"{link}>Syncs" in page(client, "/catalog/")


def test_the_history_offers_the_worklists(client: Client) -> None:
    body = page(client, HISTORY)
    assert 'href="/catalog/worklists/no-spotify.tsv"' in body
    assert 'href="/catalog/worklists/dates.tsv"' in body


# One run -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rest", ["", "issues/", "issues.csv"])
@pytest.mark.parametrize("pk", ["4711", "9" * 40])
def test_an_unknown_run_is_not_found(client: Client, pk: str, rest: str) -> None:
    assert client.get(f"{HISTORY}{pk}/{rest}").status_code == 404


def test_a_run_tells_how_it_ended_in_the_words_of_the_status_region(client: Client) -> None:
    record = make_record(
        albums_created=12, albums_updated=3, total_albums_in_catalog=17591, issues_found=319, notices=["A new tab."]
    )
    body = page(client, run_url(record))
    assert "Sync complete! 12 new, 3 updated of 17,591 albums, in 4 s." in body
    assert "A new tab." in body
    assert f'href="{run_url(record, "issues/")}">319 rows need a curator' in body


def test_a_failed_run_tells_what_happened_and_what_to_do(client: Client) -> None:
    operation = make_operation(Status.FAILED, error_title="No answer.", error_message="Check the address.")
    body = page(client, run_url(make_record(operation)))
    assert "alert-error" in body
    assert "No answer." in body
    assert "Check the address." in body


def test_the_tabs_of_the_sheet_are_listed_with_their_state(client: Client) -> None:
    tabs = [
        {"name": "2025 Prog-metal", "state": "read", "rows": 2590, "note": ""},
        {"name": PAYLOAD, "state": "failed", "rows": 0, "note": "The column Album is missing."},
    ]
    body = page(client, run_url(make_record(tabs=tabs)))
    assert "2,590" in body
    assert "Failed" in body
    assert "The column Album is missing." in body
    assert PAYLOAD not in body


def test_an_updated_album_is_told_field_by_field(client: Client) -> None:
    record = make_record()
    fields = {"release_date": ["2025-11", "2025-11-28"], "genres": [[], ["Djent", "Doom"]], "is_debut": [False, True]}
    change = make_change(record, fields=fields)
    body = page(client, run_url(record))
    assert f'href="/catalog/albums/{change.album.pk}/"' in body
    assert "<dt>Release date</dt><dd><del>Nov 2025</del>" in body
    assert "<ins>28 Nov 2025</ins>" in body
    assert "<del>nothing</del>" in body
    assert "<ins>Djent, Doom</ins>" in body


def test_changes_are_filtered_by_kind_and_tab(client: Client) -> None:
    record = make_record()
    make_change(record, make_album(title="Alpha Reef"), kind=Kind.CREATED)
    make_change(record, make_album(title="Beta Reef", tab="2024 Prog-rock"), kind=Kind.CREATED)
    make_change(record, make_album(title="Gamma Reef"), kind=Kind.WITHDRAWN)
    body = page(client, run_url(record, "?kind=created&tab=2024+Prog-rock"))
    assert "Beta Reef" in body
    assert "Alpha Reef" not in body
    assert "Gamma Reef" not in body
    assert 'href="?kind=created&amp;tab=2025+Prog-metal"' in body
    assert "?kind=withdrawn" not in body


def test_changes_come_fifty_to_a_page_and_keep_their_filter(client: Client) -> None:
    record = make_record()
    for number in range(51):
        make_change(record, make_album(title=f"Reef {number:02}"), kind=Kind.CREATED)
    first = page(client, run_url(record, "?kind=created"))
    assert "Reef 49" in first
    assert "Reef 50" not in first
    assert 'href="?kind=created&amp;page=2"' in first
    assert "Reef 50" in page(client, run_url(record, "?kind=created&page=2"))


def test_a_run_whose_details_were_pruned_says_so(client: Client) -> None:
    record = make_record(albums_updated=47, issues_found=3)
    assert "The details of this run are gone" in page(client, run_url(record))
    assert "The findings of this run are gone" in page(client, run_url(record, "issues/"))


def test_a_run_that_changed_nothing_says_so(client: Client) -> None:
    record = make_record(albums_updated=0)
    assert "No album changed in this run." in page(client, run_url(record))
    assert "This sync found nothing that needs a curator." in page(client, run_url(record, "issues/"))


def test_a_running_run_shows_its_live_status(client: Client) -> None:
    operation = make_operation(Status.RUNNING, stage_message="Syncing album 15 of 47…", stage="processing")
    body = page(client, f"{HISTORY}{operation.pk}/")
    assert "Syncing album 15 of 47…" in body
    assert 'hx-get="/catalog/sync/status/"' in body
    assert "syncCompleted from:document" in body


def test_a_run_that_died_is_shown_as_interrupted(client: Client) -> None:
    operation = make_operation(Status.RUNNING, heartbeat_at=timezone.now() - timedelta(minutes=2))
    body = page(client, f"{HISTORY}{operation.pk}/")
    assert "Interrupted" in body
    assert "hx-get" not in body


def test_a_run_without_a_record_has_its_page(client: Client) -> None:
    operation = make_operation(Status.CANCELLED)
    assert "Sync cancelled." in page(client, f"{HISTORY}{operation.pk}/")
    assert "Cancelled" in page(client, HISTORY)


# Curators' report --------------------------------------------------------------------------


def test_findings_are_grouped_by_kind_with_place_cell_and_outcome(client: Client) -> None:
    record = make_record()
    make_issue(record, kind=IssueKind.BAD_DATE, row=2614, detail="Mat 4")
    make_issue(record, kind=IssueKind.NO_TITLE, row=2608, detail=PAYLOAD)
    body = page(client, run_url(record, "issues/"))
    assert body.index('id="issues-no_title"') < body.index('id="issues-bad_date"')
    assert "2025 Prog-metal, row 2614" in body
    assert "Mat 4" in body
    assert IssueKind.BAD_DATE.outcome.replace("'", "&#x27;") in body
    assert PAYLOAD not in body


def test_findings_are_filtered_by_tab_and_so_is_their_csv(client: Client) -> None:
    record = make_record()
    make_issue(record, tab="2025 Prog-metal", detail="from metal")
    make_issue(record, tab="2024 Prog-rock", detail="from rock")
    body = page(client, run_url(record, "issues/?tab=2024+Prog-rock"))
    assert "from rock" in body
    assert "from metal" not in body
    assert f'href="{run_url(record, "issues.csv")}?tab=2024+Prog-rock"' in body
    assert "from metal" not in downloaded(client, run_url(record, "issues.csv?tab=2024+Prog-rock"))


def test_the_csv_says_what_the_page_says_and_runs_no_formula(client: Client) -> None:
    record = make_record()
    make_issue(record, detail='  =HYPERLINK("https://evil.example")', tab="-2025", row=2608)
    response: Any = client.get(run_url(record, "issues.csv"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    day = timezone.localtime(record.operation.started_at).date().isoformat()
    assert response["Content-Disposition"] == f'attachment; filename="progmetal-rows-for-curators-{day}.csv"'
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(StringIO(text))) == [
        ["What is wrong", "Tab", "Row", "What the cell says", "What was done"],
        ["No link at all", "'-2025", "2608", '\'  =HYPERLINK("https://evil.example")', IssueKind.NO_LINK.outcome],
    ]


def test_the_end_of_a_sync_leads_to_its_report(client: Client) -> None:
    record = make_record(albums_created=1, issues_found=1)
    for url in ("/catalog/", "/catalog/sync/status/"):
        assert f'href="{run_url(record, "issues/")}">1 row needs a curator' in page(client, url)


# An album's history, how old the data is ---------------------------------------------------


def test_an_album_tells_its_own_history_newest_first(client: Client) -> None:
    album = make_album()
    make_change(make_record(), album, kind=Kind.CREATED)
    make_change(make_record(), album, fields={"title": [PAYLOAD, "Salt Meridian"]})
    body = page(client, album.get_absolute_url())
    assert body.index(">Updated</span>") < body.index(">New</span>")
    assert "<dt>Title</dt><dd><del>&lt;script&gt;" in body
    assert PAYLOAD not in body


def test_the_catalog_shows_the_age_of_the_sheet_and_of_spotifys_data(client: Client) -> None:
    make_album()
    hours = timedelta(hours=1)
    make_record(albums_enriched=20, sync_timestamp=timezone.now() - 5 * hours)
    make_record(spotify_albums_found=1144, spotify_albums_linked=15812, sync_timestamp=timezone.now() - 2 * hours)
    body = page(client, "/catalog/")
    assert "2 hours ago" in body
    assert "Covers: 1,144 of 15,812, <span" in body
    assert ">checked <time" in body
    assert "5 hours ago" in body


def test_the_catalog_says_when_spotify_resumes(client: Client) -> None:
    make_album()
    make_record(spotify_albums_found=1144, spotify_albums_linked=15812)
    until = timezone.now() + timedelta(hours=3)
    SpotifyPause.objects.create(until=until, reason="quota")
    body = page(client, "/catalog/")
    assert "Covers: 1,144 of 15,812." in body
    assert "Spotify resumes <time" in body
    assert until.isoformat(timespec="seconds") in body


# Queries -----------------------------------------------------------------------------------


def fill() -> SyncRecord:
    operation = make_operation(albums_failed=9)
    record = make_record(operation, backlog=5, albums_failed=9, issues_found=60)
    for number in range(60):
        album = make_album(title=f"Reef {number}", artist=f"Band {number}", genres=(f"Genre {number}",))
        make_change(record, album, kind=Kind.UPDATED, fields={"title": ["a", "b"]})
        make_issue(record, kind=list(IssueKind)[number % len(IssueKind)], row=number)
        make_record(albums_enriched=3, sync_timestamp=timezone.now() - timedelta(days=number + 1))
    return record


def test_no_page_needs_more_queries_when_there_is_more_to_show(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    record = fill()
    album = make_album(title="Reef 0 again", artist="Band 0")
    worklist = "/catalog/worklists/no-spotify.tsv"
    for url in ("/catalog/", HISTORY, run_url(record), run_url(record, "issues/"), album.get_absolute_url()):
        with django_assert_max_num_queries(MOST_QUERIES):
            page(client, url)
    for url in (run_url(record, "issues.csv"), worklist, "/catalog/worklists/dates.tsv"):
        with django_assert_max_num_queries(MOST_QUERIES):
            downloaded(client, url)
