"""A worker of a running site, as a person would start it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.site import PROJECT, Site

STOP_TIMEOUT_SECONDS = 15


class Worker:
    """`manage.py db_worker` with a site's own settings while the `with` block lasts."""

    def __init__(self, site: Site, name: str = "worker") -> None:
        self.log: Path = site.directory / f"{name}.log"
        self._env = site.env
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "db_worker", "--interval", "0.2", "--no-startup-delay"],
                cwd=PROJECT,
                env=self._env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()

    def stop(self) -> int:
        """Ask it to end, as systemd and Docker do, and return its exit code."""
        process = self._running()
        process.terminate()
        return process.wait(STOP_TIMEOUT_SECONDS)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        process = self._running()
        # Where it has already ended, there is nothing left to kill.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_TIMEOUT_SECONDS)

    def has_said(self, words: str) -> bool:
        """Tell whether its log has these words."""
        return words in self.log.read_text()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("The worker was not started.")
        return self._process
