"""Accepting and keeping what a sync held back, in the page."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Album, HeldBack, SyncOperation
from catalog.services.sync_manager import RUNNERS, SyncManager
from demo.workbook_cells import build_workbook
from tests.support.factories import make_album, make_held_back, make_operation, make_record
from tests.support.fragments import BROWSER, DISMISS, STATUS, text_of
from tests.support.importing import sync
from tests.support.sheets import TAB, release_tab, sheet_row

pytestmark = [pytest.mark.django_db, pytest.mark.once]

CATALOG, ROCK = "/catalog/", "2025 Prog-rock"
WAITS = "The sheet has lost so much that a sync held it back and waits for an answer."
ACCEPT, KEEP = {"answer": "accepted", "seen": ""}, {"answer": "kept", "seen": ""}
CONFIRMED = {"confirmed": "yes"}
Answer, State, Status = HeldBack.Answer, HeldBack.State, SyncOperation.Status


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_user("anna", is_staff=True))
    return client


@pytest.fixture
def public() -> Client:
    return Client(headers=BROWSER)


@pytest.fixture(autouse=True)
def runner(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a button's sync be done before its answer."""

    def run_here(create: Callable[[], SyncOperation]) -> SyncOperation:
        operation = create()
        SyncManager().run_sync(operation.pk)
        return operation

    monkeypatch.setitem(RUNNERS, "here", run_here)
    settings.SYNC_RUNNER = "here"
    settings.GOOGLE_SHEETS_XLSX_URL = "no-such-file.xlsx"
    settings.SPOTIFY_CLIENT_ID = settings.SPOTIFY_CLIENT_SECRET = "none"


@pytest.fixture
def held() -> HeldBack:
    """A tab of ten albums that is gone."""
    albums = [make_album(title=f"Title {number}", artist=f"Rock {number}", tab=ROCK) for number in range(10)]
    return make_held_back(make_record(albums_updated=0, questions=1), items=[[album.pk, ""] for album in albums])


@pytest.fixture
def synced(tmp_path: Path, settings: Any) -> HeldBack:
    """A tab of two albums that a sync of the configured sheet has found deleted."""
    settings.GOOGLE_SHEETS_XLSX_URL = str(tmp_path / "sheet.xlsx")
    metal, rock = release_tab(*rows("Metal", 8)), release_tab(*rows("Rock", 2))
    for tabs in ({TAB: metal, ROCK: rock}, {TAB: metal}):
        sync(build_workbook(tabs), tmp_path)
    return HeldBack.objects.open().get()


def rows(band: str, count: int) -> list[Any]:
    return [
        sheet_row({"Artist": f"{band} {number}", "Album": f"Title {number}", "Spotify": None})
        for number in range(count)
    ]


def page_of(held: HeldBack) -> str:
    return f"/catalog/syncs/held-back/{held.pk}/"


def run_of(held: HeldBack) -> str:
    return f"/catalog/syncs/{held.record.operation_id}/"


def post(client: Client, held: HeldBack, fields: dict[str, str]) -> Any:
    response = client.post(f"{page_of(held)}answer/", fields)
    held.refresh_from_db()
    return response


# What is shown -----------------------------------------------------------------------------


def test_a_run_shows_what_it_held_back_and_what_each_answer_does(staff: Client, held: HeldBack) -> None:
    words = text_of(staff.get(run_of(held)))
    assert "What was held back The tab “2025 Prog-rock” no longer lists any release." in words
    assert "The 10 albums stay in the catalog until this is answered, and nothing else is withdrawn." in words
    assert "Title 4 Rock 4 · 2025 Prog-rock All 10 →" in words
    assert "Title 5" not in words
    assert (
        "Accept if the tab was deleted or emptied on purpose: the 10 albums leave the catalog,"
        " and come back if the sheet lists them again."
    ) in words
    assert "Keep if it was a mistake: the 10 albums stay and the rest of the sheet is synced as usual." in words
    assert "Sync completed with warnings: nothing new, and what the sheet has lost was held back." in words


def test_all_albums_stand_on_a_page_of_their_own(staff: Client) -> None:
    albums = [make_album(title=f"Album {number}") for number in range(51)]
    held = make_held_back(items=[[album.pk, ""] for album in albums])
    first, second = text_of(staff.get(page_of(held))), text_of(staff.get(page_of(held), {"page": "2"}))
    assert "51 albums" in first
    assert ("Album 49" in first, "Album 50" in first) == (True, False)
    assert ("Album 49" in second, "Album 50" in second) == (False, True)


def test_links_are_named_with_their_service(staff: Client) -> None:
    album = make_album()
    held = make_held_back(kind=HeldBack.Kind.LINKS, items=[[album.pk, "bandcamp_url"], [album.pk, "youtube_url"]])
    words = text_of(staff.get(run_of(held)))
    assert "Lantern Fall · 2025 Prog-metal · Bandcamp" in words
    assert "the 2 links leave the catalog; the albums stay." in words


def test_a_run_with_much_to_answer_costs_no_query_for_each(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    record, album = make_record(), make_album()
    for number in range(20):
        make_held_back(record, tab=f"{2000 + number} Prog-rock", items=[[album.pk, ""]])
    with django_assert_max_num_queries(12):
        assert client.get(f"/catalog/syncs/{record.operation_id}/").status_code == 200


def test_an_album_that_was_deleted_since_is_said_to_be(staff: Client) -> None:
    assert "An album that has been deleted since" in text_of(staff.get(run_of(make_held_back(items=[[4711, ""]]))))


@pytest.mark.parametrize("address", [CATALOG, STATUS])
def test_the_status_region_leads_who_may_sync_to_the_question(staff: Client, held: HeldBack, address: str) -> None:
    link = f'href="{run_of(held)}#held-back">Accept or keep what was held back'
    response = staff.get(address)
    assert link in response.content.decode()
    assert WAITS not in text_of(response)


@pytest.mark.parametrize("case", ["a later run failed", "it was dismissed"])
def test_it_does_so_also_where_it_tells_of_something_else(staff: Client, held: HeldBack, case: str) -> None:
    if case == "it was dismissed":
        staff.post(DISMISS, {"operation": held.record.operation_id})
    else:
        make_record(make_operation(Status.FAILED))
    response = staff.get(CATALOG)
    assert WAITS in text_of(response)
    assert f'href="{run_of(held)}#held-back">Accept or keep' in response.content.decode()


def test_names_are_never_markup(staff: Client) -> None:
    album = make_album(title="<b>Title</b>", artist="<b>Artist</b>", tab="<b>Tab</b>")
    held = make_held_back(reason="The tab “<b>Tab</b>” no longer lists any release.", items=[[album.pk, ""]])
    for address in (page_of(held), run_of(held)):
        body = staff.get(address).content.decode()
        assert ("&lt;b&gt;Title" in body, "<b>" in body) == (True, False)


def test_it_says_nothing_once_all_is_answered_and_no_copy_of_the_page_is_current(staff: Client, held: HeldBack) -> None:
    etag = staff.get(CATALOG)["ETag"]
    post(staff, held, KEEP)
    response = staff.get(CATALOG, headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert "#held-back" not in response.content.decode()


# Answering ---------------------------------------------------------------------------------


def test_accepting_starts_a_sync_that_lets_it_through(staff: Client, synced: HeldBack) -> None:
    response = post(staff, synced, ACCEPT)
    run = SyncOperation.objects.latest("pk")
    assert (response.status_code, response["Location"]) == (302, f"/catalog/syncs/{run.pk}/")
    assert (run.triggered_by, run.record.albums_withdrawn) == (SyncOperation.Trigger.BUTTON, 2)
    assert Album.objects.visible().count() == 8
    assert "Accepted by anna, just now. This sync has let it through." in text_of(staff.get(response["Location"]))
    assert "Accepted by anna, just now. A later sync has followed this." in text_of(staff.get(run_of(synced)))


def test_keeping_starts_nothing_and_says_so(staff: Client, held: HeldBack) -> None:
    response = post(staff, held, KEEP)
    assert (response.status_code, response["Location"]) == (302, f"{run_of(held)}#held-back")
    assert SyncOperation.objects.count() == 1
    words = text_of(staff.get(run_of(held)))
    assert "Kept by anna, just now. You are asked again only when this changes." in words
    assert "Accept if the tab was deleted" in words
    assert "Keep if" not in words


def test_an_answer_during_a_sync_waits_and_the_page_says_for_which(staff: Client, held: HeldBack) -> None:
    running = make_operation(Status.RUNNING)
    response = post(staff, held, ACCEPT)
    assert response["Location"] == f"{run_of(held)}#held-back"
    assert "Accepted by anna, just now. The sync that is running lets it through." in text_of(staff.get(run_of(held)))
    assert SyncOperation.objects.active().get() == running


def test_an_answer_to_the_running_sync_itself_waits_for_the_next(staff: Client) -> None:
    held = make_held_back(make_record(make_operation(Status.RUNNING)))
    post(staff, held, ACCEPT)
    sentence = "It takes effect in the next sync, because the one that is running had read the sheet before."
    assert sentence in text_of(staff.get(page_of(held)))


def test_what_a_running_sync_lets_through_cannot_be_kept_any_more(staff: Client) -> None:
    accepted_at = timezone.now() - timedelta(hours=1)
    record = make_record(make_operation(Status.RUNNING))
    held = make_held_back(record, answer=Answer.ACCEPTED, answered_by="anna", answered_at=accepted_at)
    assert "Accepted by anna, 1 hour ago. This sync lets it through." in text_of(staff.get(page_of(held)))
    response = post(staff, held, {"answer": "kept", "seen": "accepted"})
    assert response.status_code == 409
    assert "A sync is letting this through just now." in text_of(response)
    assert held.answer == Answer.ACCEPTED


def test_without_credentials_the_answer_is_saved_and_the_page_says_why_nothing_started(
    staff: Client, held: HeldBack, settings: Any
) -> None:
    settings.SPOTIFY_CLIENT_ID = ""
    response = post(staff, held, ACCEPT)
    assert response.status_code == 503
    assert "No sync could start. Your answer is saved, and the next sync follows it." in text_of(response)
    assert "SPOTIFY_CLIENT_ID is not set." in text_of(response)
    assert held.answer == Answer.ACCEPTED


def test_with_a_worker_the_sync_only_waits_for_it(
    staff: Client, held: HeldBack, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RUNNERS, "tasks", lambda create: create())
    settings.SYNC_RUNNER = "tasks"
    response = post(staff, held, ACCEPT)
    run = SyncOperation.objects.active().get()
    assert (run.status, response["Location"]) == (Status.PENDING, f"/catalog/syncs/{run.pk}/")
    assert "The sync that is running lets it through." in text_of(staff.get(run_of(held)))


# Twice, late, or wrong ---------------------------------------------------------------------


@pytest.mark.parametrize("fields", [ACCEPT, KEEP])
def test_a_double_click_is_harmless(staff: Client, held: HeldBack, fields: dict[str, str]) -> None:
    assert post(staff, held, fields).status_code == 302
    before = SyncOperation.objects.count(), held.answered_at
    assert post(staff, held, fields).status_code == 302
    assert (SyncOperation.objects.count(), held.answered_at) == before


def test_a_page_that_was_answered_otherwise_meanwhile_changes_nothing(staff: Client, held: HeldBack) -> None:
    held.give(Answer.KEPT, seen="", by="berta")
    response = post(staff, held, ACCEPT)
    assert response.status_code == 409
    assert "This has been answered already. Your click changed nothing." in text_of(response)
    assert "Kept by berta" in text_of(response)
    assert (held.answer, SyncOperation.objects.count()) == (Answer.KEPT, 1)


def test_a_page_that_a_later_sync_has_overtaken_says_so(staff: Client, synced: HeldBack, tmp_path: Path) -> None:
    sync((tmp_path / "sheet.xlsx").read_bytes(), tmp_path)
    response = post(staff, synced, ACCEPT)
    assert response.status_code == 409
    assert "A later sync has read the sheet since. Your answer changed nothing." in text_of(response)
    assert synced.answer == ""
    asking = HeldBack.objects.open().get()
    assert f'href="{run_of(asking)}#held-back">What waits for an answer now' in response.content.decode()
    words = text_of(staff.get(run_of(synced)))
    assert "A later sync has read the sheet since." in words
    assert "Accept if" not in words


@pytest.mark.parametrize("answer", ["", "perhaps", "None"])
def test_another_answer_is_none(staff: Client, held: HeldBack, answer: str) -> None:
    response = post(staff, held, {"answer": answer, "seen": ""})
    assert response.status_code == 400
    assert "Choose Accept or Keep below." in text_of(response)
    assert held.answer == ""


@pytest.mark.parametrize("pk", ["4711", "9" * 40])
def test_an_unknown_question_is_not_found(staff: Client, pk: str) -> None:
    assert staff.get(f"/catalog/syncs/held-back/{pk}/").status_code == 404
    assert staff.post(f"/catalog/syncs/held-back/{pk}/answer/", ACCEPT).status_code == 404


def test_answers_are_posted(staff: Client, held: HeldBack) -> None:
    assert staff.get(f"{page_of(held)}answer/", ACCEPT).status_code == 405


# Who may -----------------------------------------------------------------------------------


def test_where_only_staff_may_sync_others_see_what_is_held_back_and_no_button(
    public: Client, held: HeldBack, settings: Any
) -> None:
    settings.SYNC_ACCESS = "staff"
    assert "What was held back" in text_of(public.get(run_of(held)))
    assert "/answer/" not in public.get(run_of(held)).content.decode()
    assert "#held-back" not in public.get(CATALOG).content.decode()
    response = post(public, held, ACCEPT | CONFIRMED)
    assert response.status_code == 403
    assert "Only staff may answer this. Nothing was changed." in text_of(response)
    assert (held.answer, SyncOperation.objects.count()) == ("", 1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [(ACCEPT, "Accept this?"), (KEEP, "Keep this?")],
)
def test_where_everyone_may_sync_the_public_confirms_first(
    public: Client, held: HeldBack, fields: dict[str, str], words: str
) -> None:
    asked = post(public, held, fields)
    assert asked.status_code == 200
    assert words in text_of(asked)
    assert 'name="confirmed"' in asked.content.decode()
    assert (held.answer, SyncOperation.objects.count()) == ("", 1)
    assert post(public, held, fields | CONFIRMED).status_code == 302
    assert (held.answer, held.answered_by) == (fields["answer"], "a visitor")


def test_the_public_does_not_get_round_the_cool_down(public: Client, held: HeldBack, settings: Any) -> None:
    settings.SYNC_COOLDOWN_SECONDS = 3600
    response = post(public, held, ACCEPT | CONFIRMED)
    assert "Your answer is saved. The next sync follows it. It can start in" in text_of(response)
    assert (held.answer, SyncOperation.objects.count()) == (Answer.ACCEPTED, 1)


def test_another_site_cannot_answer_for_a_visitor(held: HeldBack) -> None:
    visitor = Client(enforce_csrf_checks=True)
    response = post(visitor, held, ACCEPT | CONFIRMED)
    assert (response.status_code, held.answer) == (403, "")
