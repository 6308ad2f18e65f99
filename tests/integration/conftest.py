"""A stand-in for both services, to which this process is pointed."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.standin import StandIn
from tests.support.syncing import invented_releases, point_to, wait_for_sync_threads


@pytest.fixture
def standin(transactional_db: None, settings: Any) -> Iterator[StandIn]:
    """Serve 60 releases; runs that views have started are over before the database is emptied."""
    with StandIn(invented_releases()) as running:
        point_to(settings, running)
        yield running
        wait_for_sync_threads()
