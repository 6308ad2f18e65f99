"""Fixtures for every kind of test."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from fasteners import InterProcessLock
from hypothesis import settings

from tests.support.postgres import new_database, temporary_postgres
from tests.support.site import Site

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback"}

# A slow machine is no reason to fail; the time limit of each test stands.
settings.register_profile("progmetal", deadline=None, print_blob=True)
settings.load_profile("progmetal")

# Where the tests run in the background of a shell, all programs that they start would ignore Ctrl-C too.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """Say which of the two databases this run is about."""
    return f"database: {connection.vendor}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests whose own process uses the database: all that a run on the other database has to repeat."""
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


@pytest.fixture(autouse=True)
def no_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what was counted before: databases of two tests may give their runs the same keys."""
    monkeypatch.setattr("catalog.browsing.index._current", None)


@pytest.fixture(scope="session")
def site_template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The directory of a site that is set up and never started, made once for all processes of pytest-xdist."""
    own = tmp_path_factory.getbasetemp()
    directory = (own if worker_id == "master" else own.parent) / "site-template"
    directory.mkdir(exist_ok=True)
    complete = directory / "complete"
    with InterProcessLock(directory / "lock"):
        if not complete.exists():
            # With the app that only this setting installs, so that its tables are there for those who use it.
            Site(directory=directory, env={"SYNC_RUNNER": "tasks"}).set_up()
            complete.touch()
    return directory


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server: the one that this run is on, or else one of its own."""
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        yield url
        return
    with temporary_postgres() as temporary_url:
        yield temporary_url


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str, site_template: Path) -> str:
    """The DATABASE_URL of a migrated PostgreSQL database that is only ever copied."""
    url = new_database(postgres_url)
    Site(directory=site_template, database_url=url, env={"SYNC_RUNNER": "tasks"}).manage("migrate", "--verbosity=0")
    return url


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.once),
        pytest.param("postgresql", marks=pytest.mark.postgres),
    ]
)
def database_url(request: pytest.FixtureRequest) -> str | None:
    """A migrated database of each kind, for what the database decides; None lets a site make a SQLite file."""
    if request.param == "sqlite":
        return None
    template_url = request.getfixturevalue("postgres_template")
    return new_database(request.getfixturevalue("postgres_url"), template_url=template_url)


@pytest.fixture
def start_site(tmp_path: Path, site_template: Path) -> Iterator[Callable[..., Site]]:
    """Start a site with Site's own keyword arguments, by default on SQLite; it stops with the test."""
    with ExitStack() as running:

        def start(**options: Any) -> Site:
            arguments: dict[str, Any] = {"directory": tmp_path, "template": site_template, **options}
            return running.enter_context(Site(**arguments))

        yield start
