"""A stand-in for both services, to which this process is pointed."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.standin import StandIn
from tests.support.syncing import invented_releases, point_to, wait_for_sync_threads


@pytest.fixture
def release_count() -> int:
    """How many releases the stand-in serves at first."""
    return 60


@pytest.fixture
def standin(transactional_db: None, settings: Any, release_count: int) -> Iterator[StandIn]:
    """Serve both services; runs that views have started are over before the database is emptied."""
    with StandIn(invented_releases(release_count)) as running:
        point_to(settings, running)
        yield running
        wait_for_sync_threads()
