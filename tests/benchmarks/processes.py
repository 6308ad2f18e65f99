"""Fresh processes for what is measured, and the directory that they share."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.environment import clean_environment
from tests.support.site import DATABASE, PROJECT, Site


class JobFailed(Exception):
    """A job ended with an error."""


def run_job(job: str, *, env: Mapping[str, str] | None = None, **arguments: Any) -> Any:
    """Run `tests.benchmarks.jobs.JOB` in a process of its own and return its result."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.jobs", job, json.dumps(arguments)],
        cwd=PROJECT,
        env=clean_environment(env),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise JobFailed(f"{job} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


class Bench:
    """A directory with static files and migrated SQLite databases, one for each name."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        site = Site(directory=directory)
        self._env = site.env | {"DJANGO_SETTINGS_MODULE": "progmetal.settings", "LOG_LEVEL": "ERROR"}
        site.set_up()

    def path(self, name: str) -> Path:
        """Return a place for a file or a directory of this bench."""
        return self._directory / name

    def new_database(self, name: str) -> None:
        """Make an empty catalog, in place of one of that name."""
        shutil.copy(self.path(DATABASE), self._database(name))

    def copy_database(self, name: str, copy: str) -> None:
        """Copy a catalog that no process has open."""
        shutil.copy(self._database(name), self._database(copy))

    def run(self, job: str, *, database: str, **arguments: Any) -> Any:
        """Run a job with Django on the catalog of that name, or of that DATABASE_URL."""
        url = database if "://" in database else f"sqlite:///{self._database(database)}"
        return run_job(job, env=self._env | {"DATABASE_URL": url}, **arguments)

    def _database(self, name: str) -> Path:
        return self.path(f"{name}-catalog.sqlite3")
