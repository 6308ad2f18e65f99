"""Sixty-four visitors press Sync Now at once: one sync starts, and the others are told of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from demo.standin import StandIn
from tests.support.site import Site
from tests.support.syncing import invented_releases, settings_for
from tests.support.visitors import Visitor, press_at_once
from tests.support.waiting import wait_until

VISITORS = 64


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """Services that keep a run busy while all visitors press."""
    with StandIn(invented_releases()) as running:
        running.fail_next("/export", delay_seconds=4)
        yield running


@pytest.fixture
def site(start_site: Callable[..., Site], database_url: str | None, standin: StandIn) -> Site:
    return start_site(database_url=database_url, env=settings_for(standin), workers=2, threads=8)


def test_exactly_one_sync_starts(site: Site, standin: StandIn) -> None:
    with ExitStack() as opened:
        visitors = [opened.enter_context(Visitor(site)) for _ in range(VISITORS)]
        answers = press_at_once(visitors)
        assert Counter(answer.status_code for answer in answers) == {202: 1, 409: VISITORS - 1}
        refused = [answer for answer in answers if answer.status_code == 409]
        assert all("A sync is already in progress." in answer.text for answer in refused)
        assert all("every 2s" in answer.text for answer in refused)
        assert wait_until(visitors[0].sync_has_ended, 30) == "syncCompleted, stopPolling"
    assert standin.count("/spreadsheets/") == 1
    assert "Traceback" not in site.log.read_text()
