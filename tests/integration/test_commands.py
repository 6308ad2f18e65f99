"""`manage.py sync_catalog` and `manage.py check`, as a person or a timer calls them."""

import json
import shutil
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import SyncOperation
from catalog.services.sheet import download
from demo.standin import StandIn
from demo.workbook_cells import build_workbook
from tests.support.environment import clean_environment
from tests.support.factories import make_operation
from tests.support.site import DATABASE, PROJECT, free_port
from tests.support.syncing import settings_for
from tests.support.waiting import wait_until

KEYS = (
    "status",
    "rows",
    "incomplete_rows",
    "albums",
    "created",
    "updated",
    "skipped",
    "failed",
    "withdrawn",
    "issues",
    "enriched",
    "backlog",
    "seconds",
)
TIMEOUT_SECONDS = 60
CHECKS = ("catalog.W001", "catalog.W002")


class Shell:
    """A terminal in which `manage.py` works on a database of its own."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.fixture
def shell(standin: StandIn, tmp_path: Path, site_template: Path) -> Shell:
    database = tmp_path / "shell.sqlite3"
    shutil.copy(site_template / DATABASE, database)
    return Shell(clean_environment({"DATABASE_URL": f"sqlite:///{database}", **settings_for(standin)}))


@pytest.mark.once
class TestShell:
    """As a process of its own: what reaches the terminal, and the exit code."""

    def test_an_empty_database_is_told_in_a_sentence(self, tmp_path: Path) -> None:
        env = clean_environment({"DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}"})
        done = Shell(env).run("sync_catalog", "--skip-spotify")
        assert done.returncode == 1
        assert "Run “python manage.py migrate” first." in done.stderr
        assert "Traceback" not in done.stderr

    def test_it_says_in_a_sentence_what_it_did(self, shell: Shell) -> None:
        done = shell.run("sync_catalog")
        assert done.returncode == 0
        assert "60 new, 0 updated, 0 withdrawn" in done.stdout
        assert "Traceback" not in done.stderr

    def test_a_failure_says_why_and_exits_with_1(self, shell: Shell, standin: StandIn) -> None:
        standin.behaviour.export_status = 404
        done = shell.run("sync_catalog")
        assert done.returncode == 1
        assert "Google Sheets configuration error. There is no sheet at this address." in done.stderr
        assert "GOOGLE_SHEETS_XLSX_URL" in done.stderr
        assert "Traceback" not in done.stderr

    def test_ctrl_c_ends_the_run_as_cancelled_and_the_next_one_is_fine(self, shell: Shell, standin: StandIn) -> None:
        standin.behaviour.export_bytes_per_second = 500
        with shell.start("sync_catalog", "--json") as process:
            wait_for_the_export(process, standin)
            refused = shell.run("sync_catalog")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        assert refused.returncode == 1
        assert "A sync is already in progress." in refused.stderr
        assert json.loads(out)["status"] == "cancelled"
        assert process.returncode == 1
        assert "Traceback" not in err
        standin.behaviour.export_bytes_per_second = None
        assert shell.run("sync_catalog").returncode == 0


def wait_for_the_export(process: subprocess.Popen[str], standin: StandIn) -> None:
    """Wait until the command hangs in its download."""
    wait_until(lambda: standin.requests or process.poll() is not None, TIMEOUT_SECONDS)
    assert process.poll() is None


def sync_catalog(*arguments: str) -> dict[str, Any]:
    """Run the command in this process, and return the object that it prints."""
    output = StringIO()
    call_command("sync_catalog", "--json", *arguments, stdout=output)
    return json.loads(output.getvalue())


def test_json_is_one_object_with_every_figure(standin: StandIn) -> None:
    summary = sync_catalog()
    assert summary.keys() >= set(KEYS)
    assert (summary["status"], summary["albums"], summary["created"]) == ("completed", 60, 60)
    assert (summary["enriched"], summary["backlog"], summary["failed"]) == (len(standin.albums), 0, 0)


def test_a_dry_run_tells_everything_and_writes_nothing(standin: StandIn) -> None:
    summary = sync_catalog("--dry-run")
    assert (summary["created"], len(summary["changes"])) == (60, 60)
    assert sync_catalog("--skip-spotify")["created"] == 60
    assert standin.count("/v1/") == 0


def test_a_failure_as_json_says_why_too(standin: StandIn) -> None:
    standin.behaviour.export_status = 404
    output = StringIO()
    with pytest.raises(SystemExit) as exit_of_command:
        call_command("sync_catalog", "--json", stdout=output)
    summary = json.loads(output.getvalue())
    assert exit_of_command.value.code == 1
    assert summary["status"] == "failed"
    assert "There is no sheet at this address." in summary["error"]


class TestRefused:
    """Nothing was started: `--json` says so in its one object, beside the sentence for people."""

    def refused(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
        """Return the object of a command that fails."""
        with pytest.raises(CommandError):
            call_command("sync_catalog", "--json", *arguments)
        summary: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert summary.keys() >= set(KEYS)
        assert summary["created"] == summary["seconds"] == 0
        return summary

    @pytest.mark.usefixtures("standin")
    def test_a_sync_under_way(self, capsys: pytest.CaptureFixture[str]) -> None:
        make_operation(SyncOperation.Status.RUNNING)
        for arguments in ((), ("--dry-run",)):
            summary = self.refused(capsys, *arguments)
            assert summary["status"] == "refused"
            assert summary["error"] == "A sync is already in progress. Wait for it to end."

    @pytest.mark.usefixtures("standin")
    def test_missing_credentials(self, capsys: pytest.CaptureFixture[str], settings: Any) -> None:
        settings.SPOTIFY_CLIENT_ID = ""
        summary = self.refused(capsys)
        assert summary["status"] == "refused"
        assert "SPOTIFY_CLIENT_ID is not set" in summary["error"]

    def test_a_dry_run_that_fails_has_its_object_too(
        self, standin: StandIn, capsys: pytest.CaptureFixture[str]
    ) -> None:
        standin.behaviour.export_status = 404
        summary = self.refused(capsys, "--dry-run")
        assert summary["status"] == "failed"
        assert "There is no sheet at this address." in summary["error"]


@pytest.mark.django_db(transaction=True)
class TestSource:
    """What is wrong with `--source` is said of it, and not of the configured sheet."""

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (None, "nor a file that can be read. Give --source an XLSX file, or the sheet's export link."),
            (b"<html>Sign in</html>", "The file is not an XLSX workbook. Check --source."),
            (b"\xd0\xcf\x11\xe0", "The file is protected by a password, or is an old XLS file. Check --source."),
            (b"PK\x03\x04", "Check --source."),
            (build_workbook({"Notes": [("x",)]}), "among its first 15 rows. Check --source, or the sheet itself."),
        ],
    )
    @pytest.mark.parametrize("options", [(), ("--dry-run",)])
    def test_a_file(self, tmp_path: Path, content: bytes | None, words: str, options: tuple[str, ...]) -> None:
        file = tmp_path / "sheet.xlsx"
        if content is not None:
            file.write_bytes(content)
        output = StringIO()
        arguments = ("--json", "--skip-spotify", *options, "--source", str(file))
        with pytest.raises((CommandError, SystemExit)):
            call_command("sync_catalog", *arguments, stdout=output)
        told = json.loads(output.getvalue())["error"]
        assert words in told
        assert told.startswith("The sheet could not be read.")
        assert not any(word in told for word in ("GOOGLE", "Google", "The link"))

    @pytest.mark.usefixtures("standin")
    def test_an_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "PAUSES_BETWEEN_TRIES_SECONDS", ())
        output = StringIO()
        with pytest.raises(SystemExit):
            call_command("sync_catalog", "--json", "--source", f"http://127.0.0.1:{free_port()}/x", stdout=output)
        assert "Check --source and the server's internet connection" in json.loads(output.getvalue())["error"]


class TestWithoutCredentials:
    """SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET are empty."""

    @pytest.fixture(autouse=True)
    def no_credentials(self, standin: StandIn, settings: Any) -> None:  # noqa: ARG002  (it sets credentials first)
        settings.SPOTIFY_CLIENT_ID = settings.SPOTIFY_CLIENT_SECRET = ""

    def test_it_names_them_and_starts_nothing(self, standin: StandIn) -> None:
        with pytest.raises(CommandError, match="SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET are not set"):
            sync_catalog()
        assert standin.requests == []

    def test_the_sheet_alone_can_be_read(self) -> None:
        assert sync_catalog("--skip-spotify")["status"] == "completed"


class TestCheck:
    """`manage.py check` warns where a sync could not work."""

    @pytest.fixture(autouse=True)
    def configured(self, settings: Any) -> None:
        settings.SPOTIFY_CLIENT_ID, settings.SPOTIFY_CLIENT_SECRET = "an-id", "a-secret"

    def test_nothing_is_said_where_all_is_well(self) -> None:
        assert not any(check in warnings() for check in CHECKS)

    @pytest.mark.parametrize(
        ("name", "value", "check"),
        [
            ("SPOTIFY_CLIENT_ID", "", "catalog.W001"),
            ("SPOTIFY_CLIENT_SECRET", "", "catalog.W001"),
            ("GOOGLE_SHEETS_XLSX_URL", "", "catalog.W002"),
            ("GOOGLE_SHEETS_XLSX_URL", "docs.google.com/spreadsheets", "catalog.W002"),
            ("GOOGLE_SHEETS_XLSX_URL", "ftp://example.org/sheet.xlsx", "catalog.W002"),
        ],
    )
    def test_what_is_missing_is_named(self, settings: Any, name: str, value: str, check: str) -> None:
        setattr(settings, name, value)
        assert check in warnings()
        assert name in warnings()


def warnings() -> str:
    """Return what the command says; it raises where that makes it fail."""
    said = StringIO()
    call_command("check", stderr=said)
    return said.getvalue()
