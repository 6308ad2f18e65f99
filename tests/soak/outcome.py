"""What a part of the soak has found."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from demo.standin import StandIn
from tests.support.environment import settings_for
from tests.support.postgres import new_database
from tests.support.site import Site
from tests.support.site_database import Database

T = TypeVar("T")


@dataclass
class Outcome:
    """One line for the end, and what did not hold."""

    line: str = ""
    failures: list[str] = field(default_factory=list)

    def check(self, *, holds: bool, sentence: str) -> bool:
        """Note a sentence that does not hold."""
        if not holds:
            self.failures.append(sentence)
        return holds


@dataclass(frozen=True)
class Stage:
    """A site, its database and the services that it asks."""

    site: Site
    database: Database
    standin: StandIn


@contextmanager
def stage(standin: StandIn, postgres_url: str = "", *, workers: int = 2, **env: str) -> Iterator[Stage]:
    """Serve a site on an empty database: on the PostgreSQL named, or else on SQLite."""
    with ExitStack() as opened:
        directory = Path(opened.enter_context(TemporaryDirectory(prefix="progmetal-soak-")))
        opened.enter_context(standin)
        site = Site(
            directory=directory,
            database_url=new_database(postgres_url) if postgres_url else None,
            env=settings_for(standin) | env,
            workers=workers,
        )
        opened.enter_context(site)
        yield Stage(site, Database(site.env["DATABASE_URL"]), standin)


@contextmanager
def second_site(running: Stage, **env: str) -> Iterator[Site]:
    """Serve the same database once more."""
    directory = running.site.directory / "second"
    directory.mkdir(exist_ok=True)
    second = Site(directory=directory, env=running.site.env | env)
    second.start()
    try:
        yield second
    finally:
        second.stop()


def side_by_side(*calls: Callable[[], T]) -> list[T]:
    """Call functions at the same time."""
    if not calls:
        return []
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]
