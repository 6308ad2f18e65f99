"""The doctor: what it says of each service, how often it asks, and who may ask it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from catalog.doctor.examination import examine
from catalog.doctor.findings import QUESTIONS, Finding, Report
from catalog.doctor.outgoing import MOST_REQUESTS
from catalog.doctor.site import examine_schedule
from catalog.models import SpotifyPause, SyncSchedule
from demo.behaviour import Export
from demo.standin import StandIn
from demo.workbook_cells import build_workbook
from tests.support.fragments import text_of
from tests.support.site import PROJECT, Site, free_port
from tests.support.site_database import Database
from tests.support.syncing import invented_releases, settings_for
from tests.support.visitors import Visitor
from tests.support.waiting import wait_until
from tests.support.worker import Worker

DOCTOR = "/catalog/doctor/"
UPSTREAM_BODY = "upstream-body-that-nobody-may-read"


def found(report: Report, subject: str) -> Finding:
    """Return the one finding about a subject."""
    (finding,) = [finding for finding in report.findings if finding.subject == subject]
    return finding


def failing(report: Report) -> list[str]:
    return [finding.subject for finding in report.findings if finding.ok is False]


def doctor(*arguments: str) -> tuple[int, str]:
    """Run the command in this process; return its exit code and what it prints."""
    output = StringIO()
    try:
        call_command("doctor", *arguments, stdout=output)
    except SystemExit as end:
        return int(end.code or 0), output.getvalue()
    return 0, output.getvalue()


@pytest.mark.usefixtures("standin")
class TestServices:
    """The sheet, Spotify and their clocks."""

    def test_all_is_well_with_four_requests(self, standin: StandIn) -> None:
        report = examine()
        assert failing(report) == []
        assert report.requests == len(standin.requests) == 4
        assert "61 releases in 8 tabs" in found(report, "Sheet").sentence
        assert "2025 Prog-metal" in found(report, "Sheet").sentence
        assert "accepts the credentials, knows “" in found(report, "Spotify").sentence
        assert "several albums at once" in found(report, "Spotify").sentence
        assert found(report, "Clock").ok is True

    def test_a_new_app_is_answered_one_by_one_which_is_fine(self, standin: StandIn) -> None:
        standin.behaviour.development_mode = True
        report = examine()
        assert failing(report) == []
        assert "knows “" in found(report, "Spotify").sentence
        assert "one album at a time" in found(report, "Spotify").sentence
        assert len(standin.requests) == 5

    def test_a_sheet_that_is_not_shared(self, standin: StandIn) -> None:
        standin.behaviour.export = Export.SIGN_IN
        report = examine()
        assert failing(report) == ["Sheet"]
        assert "the sheet is not shared publicly" in found(report, "Sheet").sentence
        assert found(report, "Sheet").remedy.startswith("Share it as “anyone with the link can view”")

    def test_a_tab_that_cannot_be_read_is_named(self, standin: StandIn) -> None:
        standin.workbook = build_workbook(
            {
                "2025 Prog-metal": [["Artist", "Album"], ["Lantern Fall", "Ebb"]],
                "2024 Prog-metal": [["Artist", "Length", "Spotify"], ["Lantern Fall", "LP", ""]],
            }
        )
        finding = found(examine(), "Sheet")
        assert finding.ok is False
        assert "lists 1 release in 1 tab, but cannot be read in" in finding.sentence
        assert "“2024 Prog-metal” (The column Album is missing)." in finding.sentence

    def test_wrong_credentials(self, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_SECRET = "a-wrong-secret"
        report = examine()
        assert failing(report) == ["Spotify"]
        assert found(report, "Spotify").remedy == "Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET."

    def test_missing_credentials(self, standin: StandIn, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_ID = ""
        report = examine()
        assert found(report, "Spotify").sentence == "SPOTIFY_CLIENT_ID is not set."
        assert standin.count("/api/token") == 0

    def test_a_pause_is_honoured(self, standin: StandIn) -> None:
        SpotifyPause.objects.create(until=timezone.now() + timedelta(hours=3), reason=SpotifyPause.Reason.QUOTA)
        finding = found(examine(), "Spotify")
        assert finding.ok is None
        assert "wants us to wait until" in finding.sentence
        assert standin.count("/api/token") + standin.count("/v1/") == 0

    def test_a_quota_that_is_used_up(self, standin: StandIn) -> None:
        standin.behaviour.quota_calls = 0
        finding = found(examine(), "Spotify")
        assert (finding.ok, finding.sentence) == (False, "Spotify's quota for today is used up.")
        assert finding.remedy == "Wait 13 h 35 min before the next sync."

    @pytest.mark.parametrize(("minutes", "words"), [(10, "10 min ahead of"), (-10, "10 min behind")])
    def test_a_clock_that_is_wrong(self, minutes: int, words: str) -> None:
        report = examine(clock=lambda: timezone.now() + timedelta(minutes=minutes))
        assert failing(report) == ["Clock"]
        # A service's date has whole seconds.
        assert re.sub(r"9 min 5\d s", "10 min", re.sub(r"10 min \d s", "10 min", found(report, "Clock").sentence)) == (
            f"This machine’s clock is {words} those of the services."
        )

    def test_no_service_that_answers(self, standin: StandIn) -> None:
        standin.stop()
        report = examine()
        assert failing(report) == ["Sheet", "Spotify"]
        assert found(report, "Clock").ok is None
        assert all(finding.remedy for finding in report.findings if not finding.ok)

    def test_nothing_of_a_foreign_answer_or_a_secret_is_shown(self, standin: StandIn, settings: Any) -> None:
        standin.fail_next("/export", status=500, body=UPSTREAM_BODY)
        standin.fail_next("/v1/albums", status=500, body=UPSTREAM_BODY)
        code, text = doctor()
        assert code == 1
        for secret in (UPSTREAM_BODY, settings.SPOTIFY_CLIENT_SECRET, "Traceback"):
            assert secret not in text

    def test_what_nobody_foresaw_hides_no_other_finding(self, standin: StandIn) -> None:
        standin.fail_next("/v1/albums", status=200, body="[" * 100_000)
        report = examine()
        assert failing(report) == ["Spotify"]
        assert found(report, "Spotify").remedy


class TestRequests:
    """Ten at most, however the services behave."""

    def test_redirects_without_end(self, standin: StandIn) -> None:
        standin.behaviour.export_redirect = "loop"
        standin.behaviour.development_mode = True
        report = examine()
        assert failing(report) == ["Sheet"]
        assert report.requests == len(standin.requests) == 9

    def test_tokens_that_are_never_accepted(self, standin: StandIn) -> None:
        standin.behaviour.export_redirect = "loop"
        standin.fail_next("/v1/albums", status=401)
        standin.behaviour.development_mode = True
        report = examine()
        assert report.requests == len(standin.requests) == MOST_REQUESTS
        assert "10 requests" in found(report, "Spotify").sentence

    def test_a_failure_is_not_tried_again(self, standin: StandIn) -> None:
        standin.fail_next("/export", status=503, times=3, retry_after=30)
        examine()
        assert standin.count("/spreadsheets") == 1


@pytest.mark.usefixtures("standin")
class TestDatabase:
    """The database, its migrations and its extension."""

    def test_it_is_named_and_complete(self) -> None:
        finding = found(examine(), "Database")
        assert finding.ok is True
        assert finding.sentence.startswith(f"{connection.display_name} answers and all migrations are applied")
        assert ("pg_trgm" in finding.sentence) == (connection.vendor == "postgresql")

    def test_a_pending_migration(self) -> None:
        (newest,) = MigrationLoader(connection).graph.leaf_nodes("catalog")
        MigrationRecorder(connection).record_unapplied(*newest)
        try:
            finding = found(examine(), "Database")
        finally:
            MigrationRecorder(connection).record_applied(*newest)
        assert finding.ok is False
        assert "1 migration is not applied" in finding.sentence
        assert "manage.py migrate" in finding.remedy


@pytest.mark.django_db
class TestSchedule:
    """SYNC_EVERY, and whether anybody starts what is due."""

    def look(self, settings: Any, *, every: timedelta = timedelta(hours=6)) -> tuple[bool | None, str]:
        settings.SYNC_EVERY = every
        finding = examine_schedule()
        return finding.ok, finding.sentence

    def test_it_may_be_off(self, settings: Any) -> None:
        assert self.look(settings, every=timedelta()) == (True, "No sync starts at a set time (SYNC_EVERY is off).")

    def test_nobody_has_planned_yet(self, settings: Any) -> None:
        is_well, sentence = self.look(settings)
        assert is_well is None
        assert "no web server has planned a sync yet" in sentence

    @pytest.mark.parametrize(("late", "is_well"), [(-timedelta(hours=1), True), (timedelta(minutes=3), False)])
    def test_a_sync_is_due(self, settings: Any, late: timedelta, is_well: bool) -> None:
        SyncSchedule.objects.create(pk=SyncSchedule.ONLY, next_at=timezone.now() - late)
        started, sentence = self.look(settings)
        assert started is is_well
        assert ("no web server has started it" in sentence) is not is_well

    def test_only_the_database_knows(self, settings: Any) -> None:
        def fail(*_: object) -> None:
            raise OperationalError

        with connection.execute_wrapper(fail):
            assert self.look(settings) == (None, "When the next sync is due is known to the database alone.")


@pytest.mark.once
class TestProcess:
    """As a process with a database and a runner of its own."""

    @pytest.fixture
    def services(self) -> Iterator[StandIn]:
        with StandIn(invented_releases(12)) as running:
            yield running

    def examined(self, site: Site) -> dict[str, Any]:
        """Return the findings by subject, and the exit code as `code`."""
        done = subprocess.run(
            [sys.executable, "manage.py", "doctor", "--json"],
            cwd=PROJECT,
            env=site.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        report = json.loads(done.stdout)
        return {finding["subject"]: finding for finding in report["findings"]} | {"code": done.returncode}

    @pytest.mark.parametrize("database", ["sqlite:////{}/empty.sqlite3", "sqlite:////{}/no/such/folder/db.sqlite3"])
    def test_a_database_that_is_empty_or_away(self, services: StandIn, tmp_path: Path, database: str) -> None:
        url = database.format(str(tmp_path).lstrip("/"))
        found = self.examined(Site(directory=tmp_path, database_url=url, env=settings_for(services)))
        assert (found["code"], found["Database"]["ok"], found["Sheet"]["ok"]) == (1, False, True)
        is_empty = url.endswith("empty.sqlite3")
        assert ("manage.py migrate" if is_empty else "DATABASE_URL") in found["Database"]["remedy"]
        assert found["Spotify"]["ok"] is (True if is_empty else None)

    def test_a_postgresql_that_does_not_answer(self, services: StandIn, tmp_path: Path) -> None:
        url = f"postgres://nobody:a-password@127.0.0.1:{free_port()}/nothing"
        found = self.examined(Site(directory=tmp_path, database_url=url, env=settings_for(services)))
        assert found["Database"]["sentence"] == "PostgreSQL cannot be reached."
        assert "a-password" not in str(found)
        assert services.count("/api/token") == 0

    def test_a_worker_is_told_by_its_tasks(self, services: StandIn, start_site: Callable[..., Site]) -> None:
        site = start_site(env=settings_for(services) | {"SYNC_RUNNER": "tasks"})
        idle = self.examined(site)
        assert (idle["code"], idle["Worker"]["ok"]) == (0, None)
        assert "none has ended a sync yet" in idle["Worker"]["sentence"]
        with Visitor(site) as visitor:
            assert visitor.press().status_code == 202
            rows = Database(site.env["DATABASE_URL"])
            rows.execute("UPDATE django_tasks_database_dbtaskresult SET enqueued_at = '2025-01-01 00:00:00'")
            waiting = self.examined(site)
            assert (waiting["code"], waiting["Worker"]["ok"]) == (1, False)
            assert "manage.py db_worker" in waiting["Worker"]["remedy"]
            services.behaviour.delay_seconds = 30
            with Worker(site):
                wait_until(lambda: rows.count("catalog_syncoperation WHERE stage = 'enriching'"), 30)
                assert self.working(site)["Worker"]["sentence"] == "A worker is doing sync 1."

    def working(self, site: Site) -> dict[str, Any]:
        """Examine a site whose Spotify hangs, without waiting for Spotify."""
        site.env["SPOTIFY_API_URL"] = f"http://127.0.0.1:{free_port()}"
        return self.examined(site)


@pytest.mark.usefixtures("standin")
class TestCommand:
    """What it prints, and its exit code."""

    def test_a_sentence_for_each_subject(self) -> None:
        code, text = doctor()
        assert code == 0
        assert [line.partition(":")[0] for line in text.splitlines()] == list(QUESTIONS)
        assert "Clock: works. This machine’s clock agrees" in text

    def test_something_that_does_not_work_is_exit_code_1(self, standin: StandIn) -> None:
        standin.behaviour.export_status = 404
        code, text = doctor()
        assert code == 1
        assert "Sheet: does not work. There is no sheet at this address. Check GOOGLE_SHEETS_XLSX_URL." in text

    def test_json_is_one_object(self) -> None:
        code, text = doctor("--json")
        summary = json.loads(text)
        assert (code, summary["ok"], summary["requests"]) == (0, True, 4)
        assert [finding["subject"] for finding in summary["findings"]] == list(QUESTIONS)
        assert all(finding.keys() == {"subject", "ok", "sentence", "remedy"} for finding in summary["findings"])

    def test_json_is_one_object_where_something_does_not_work(self, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_ID = ""
        code, text = doctor("--json")
        assert (code, json.loads(text)["ok"]) == (1, False)


@pytest.mark.usefixtures("standin")
class TestPage:
    """The same for staff, at the press of a button."""

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize("is_known", [True, False])
    def test_nobody_but_staff(self, standin: StandIn, client: Client, method: str, is_known: bool) -> None:
        if is_known:
            client.force_login(User.objects.create_user("somebody"))
        response = getattr(client, method)(DOCTOR)
        assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={DOCTOR}")
        assert standin.requests == []

    def test_a_visit_asks_nobody_and_says_what_would_be_asked(self, standin: StandIn, admin_client: Client) -> None:
        response = admin_client.get(DOCTOR)
        assert response.status_code == 200
        assert all(question in text_of(response) for question in QUESTIONS.values())
        assert standin.requests == []

    def test_the_button_asks_and_shows_what_was_found(self, standin: StandIn, admin_client: Client) -> None:
        standin.behaviour.export_status = 404
        response = admin_client.post(DOCTOR)
        text = text_of(response)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert "Doctor: one thing to mend" in text
        assert "Sheet There is no sheet at this address. Check GOOGLE_SHEETS_XLSX_URL. Does not work" in text
        assert "Spotify Spotify accepts the credentials" in text
        assert len(standin.requests) == 3

    def test_it_knows_of_the_proxy_that_the_request_came_through(self, admin_client: Client) -> None:
        response = admin_client.post(DOCTOR, headers={"X-Forwarded-For": "192.0.2.7"})
        assert "This request came through a proxy, but TRUSTED_PROXIES is 0." in text_of(response)

    def test_a_form_of_another_site_is_refused(self, standin: StandIn, admin_user: User) -> None:
        stranger = Client(enforce_csrf_checks=True)
        stranger.force_login(admin_user)
        assert stranger.post(DOCTOR).status_code == 403
        assert standin.requests == []

    def test_only_staff_see_the_way_there(self, admin_client: Client) -> None:
        link = f'href="{DOCTOR}"'
        assert link in admin_client.get("/admin/").content.decode()
        assert link in admin_client.get("/catalog/syncs/").content.decode()
        assert link not in Client().get("/catalog/syncs/").content.decode()
