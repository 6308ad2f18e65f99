"""The project served by gunicorn on a free port, as a person would run it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.environment import clean_environment
from tests.support.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]
DATABASE = "site.sqlite3"
START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 15
WORKER_CLASS = "progmetal.gunicorn_worker.BufferingWorker"
LOG_TAIL_CHARACTERS = 4000


class Site:
    """A running site with a database of its own.

    `directory` holds its SQLite file, its collected static files and its log; `env` is what its
    processes see, and may be changed before a restart. `template` is the directory of a site that was
    set up before: its SQLite file is copied, its static files are used, and `database_url` is taken as migrated.
    """

    def __init__(
        self,
        *,
        directory: Path,
        database_url: str | None = None,
        env: Mapping[str, str] | None = None,
        workers: int = 1,
        threads: int = 8,
        template: Path | None = None,
    ) -> None:
        self.directory = directory
        self.template = template
        self.workers = workers
        self.threads = threads
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = directory / "site.log"
        self.env = clean_environment(
            {
                "DATABASE_URL": database_url or f"sqlite:///{directory / DATABASE}",
                # All workers sign with one key, or one would not know another's sessions.
                "SECRET_KEY": "a key for tests alone, which protects nothing and is long enough",
                "STATIC_ROOT": str((template or directory) / "static"),
                **(env or {}),
            }
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.set_up()
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of gunicorn's master, which is also the id of its group."""
        if self._process is None:
            raise RuntimeError("The site is not running.")
        return self._process.pid

    def set_up(self) -> None:
        """Make the database and the static files."""
        if self.template is None:
            self.manage("migrate", "--verbosity=0")
            self.manage("collectstatic", "--noinput", "--verbosity=0")
        elif self.env["DATABASE_URL"].startswith("sqlite"):
            shutil.copy(self.template / DATABASE, self.directory / DATABASE)

    def manage(self, *arguments: str) -> str:
        """Run a management command against this site's database and return what it prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self) -> None:
        """Start gunicorn and return as soon as it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=PROJECT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own, so that a kill reaches the workers and not the tests.
                start_new_session=True,
            )
        try:
            wait_until(self._answers, START_TIMEOUT_SECONDS, lambda: f"no answer yet:\n{self.log_tail()}")
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop gently; do nothing if it does not run."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS)
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill master and workers at once, as a power cut would."""
        if self._process is None:
            return
        # Where all of them have already ended, there is nothing left to kill.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_TIMEOUT_SECONDS)
        self._process = None

    def restart(self, env: Mapping[str, str] | None = None) -> None:
        """Stop, and start again on the same port and database, with another environment where one is given."""
        self.stop()
        self.env = dict(env or self.env)
        self.start()

    def log_tail(self) -> str:
        """Return the end of the log, for the message of a test that fails."""
        return self.log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]

    def _command(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "gunicorn",
            "progmetal.wsgi",
            f"--bind=127.0.0.1:{self.port}",
            f"--worker-class={WORKER_CLASS}",
            f"--workers={self.workers}",
            f"--threads={self.threads}",
            "--graceful-timeout=5",
            # It would be one file for all sites of a user.
            "--no-control-socket",
        ]

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"The site ended while starting:\n{self.log_tail()}")
        # The master listens before a worker is there to answer, so a connection alone says too little.
        connection = HTTPConnection("127.0.0.1", self.port, timeout=START_TIMEOUT_SECONDS)
        try:
            connection.request("HEAD", "/")
            connection.getresponse()
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        return True


def free_port() -> int:
    """Ask the system for a port that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
