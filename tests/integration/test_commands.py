"""`manage.py sync_catalog` and `manage.py check`, as a person or a timer calls them."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.standin import StandIn
from tests.support.environment import clean_environment
from tests.support.site import PROJECT
from tests.support.syncing import invented_releases, settings_for
from tests.support.waiting import wait_until

KEYS = (
    *("status", "rows", "incomplete_rows", "albums", "created", "updated", "skipped", "failed", "withdrawn"),
    *("issues", "enriched", "backlog", "seconds"),
)
TIMEOUT_SECONDS = 60
CHECKS = ("catalog.W001", "catalog.W002")


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """Services that know sixty albums."""
    with StandIn(invented_releases()) as running:
        yield running


class Shell:
    """A terminal in which `manage.py` works on an empty database."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.run("migrate", "--verbosity=0")

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
def shell(standin: StandIn, tmp_path: Path, site_database_url: str | None) -> Shell:
    url = site_database_url or f"sqlite:///{tmp_path / 'shell.sqlite3'}"
    return Shell(clean_environment({"DATABASE_URL": url, **settings_for(standin)}))


def test_an_empty_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    env = clean_environment({"DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}"})
    command = [sys.executable, "manage.py", "sync_catalog", "--skip-spotify"]
    done = subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Run “python manage.py migrate” first." in done.stderr
    assert "Traceback" not in done.stderr


def test_it_says_in_a_sentence_what_it_did(shell: Shell) -> None:
    done = shell.run("sync_catalog")
    assert done.returncode == 0
    assert "60 new, 0 updated, 0 withdrawn" in done.stdout
    assert "Traceback" not in done.stderr


def test_json_is_one_object_with_every_figure(shell: Shell, standin: StandIn) -> None:
    done = shell.run("sync_catalog", "--json")
    summary = json.loads(done.stdout)
    assert summary.keys() >= set(KEYS)
    assert (summary["status"], summary["albums"], summary["created"]) == ("completed", 60, 60)
    assert (summary["enriched"], summary["backlog"], summary["failed"]) == (len(standin.albums), 0, 0)


def test_a_dry_run_tells_everything_and_writes_nothing(shell: Shell, standin: StandIn) -> None:
    summary = json.loads(shell.run("sync_catalog", "--dry-run", "--json").stdout)
    assert (summary["created"], len(summary["changes"])) == (60, 60)
    assert json.loads(shell.run("sync_catalog", "--json", "--skip-spotify").stdout)["created"] == 60
    assert standin.count("/v1/") == 0


def test_a_failure_says_why_and_exits_with_1(shell: Shell, standin: StandIn) -> None:
    standin.behaviour.export_status = 404
    done = shell.run("sync_catalog")
    assert done.returncode == 1
    assert "Google Sheets configuration error. There is no sheet at this address." in done.stderr
    assert "GOOGLE_SHEETS_XLSX_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failure_as_json_says_why_too(shell: Shell, standin: StandIn) -> None:
    standin.behaviour.export_status = 404
    done = shell.run("sync_catalog", "--json")
    summary = json.loads(done.stdout)
    assert done.returncode == 1
    assert summary["status"] == "failed"
    assert "There is no sheet at this address." in summary["error"]


def test_without_credentials_it_names_them_and_starts_nothing(shell: Shell, standin: StandIn) -> None:
    shell.env |= {"SPOTIFY_CLIENT_ID": "", "SPOTIFY_CLIENT_SECRET": ""}
    done = shell.run("sync_catalog")
    assert done.returncode == 1
    assert "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET are not set." in done.stderr
    assert standin.requests == []


def test_without_credentials_the_sheet_alone_can_be_read(shell: Shell) -> None:
    shell.env |= {"SPOTIFY_CLIENT_ID": "", "SPOTIFY_CLIENT_SECRET": ""}
    assert shell.run("sync_catalog", "--skip-spotify").returncode == 0


def test_ctrl_c_ends_the_run_as_cancelled_and_the_next_one_is_fine(shell: Shell, standin: StandIn) -> None:
    standin.behaviour.export_bytes_per_second = 500
    with shell.start("sync_catalog", "--json") as process:
        wait_for_the_export(process, standin)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT_SECONDS)
    assert json.loads(out)["status"] == "cancelled"
    assert process.returncode == 1
    assert "Traceback" not in err
    standin.behaviour.export_bytes_per_second = None
    assert shell.run("sync_catalog").returncode == 0


def test_it_refuses_while_a_sync_is_active(shell: Shell, standin: StandIn) -> None:
    standin.behaviour.export_bytes_per_second = 500
    with shell.start("sync_catalog", "--json") as first:
        wait_for_the_export(first, standin)
        second = shell.run("sync_catalog")
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=TIMEOUT_SECONDS)
    assert second.returncode == 1
    assert "A sync is already in progress." in second.stderr


def wait_for_the_export(process: subprocess.Popen[str], standin: StandIn) -> None:
    """Wait until the command hangs in its download."""
    wait_until(lambda: standin.requests or process.poll() is not None, TIMEOUT_SECONDS)
    assert process.poll() is None


class TestCheck:
    """`manage.py check` warns where a sync could not work."""

    def test_nothing_is_said_where_all_is_well(self, shell: Shell) -> None:
        done = shell.run("check")
        assert done.returncode == 0
        assert not any(check in done.stderr for check in CHECKS)

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
    def test_what_is_missing_is_named(self, shell: Shell, name: str, value: str, check: str) -> None:
        shell.env[name] = value
        done = shell.run("check")
        assert done.returncode == 0
        assert check in done.stderr
        assert name in done.stderr
