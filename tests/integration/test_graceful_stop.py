"""A server that is told to stop or to reload says at once that its run was interrupted."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from demo.standin import StandIn
from tests.support.site import Site
from tests.support.syncing import invented_releases, settings_for
from tests.support.visitors import Visitor
from tests.support.waiting import wait_until

AT_ONCE_SECONDS = 20  # Well before the lease would run out.
STOPPED = "The server was stopped while it ran."


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """Services so slow that a run is still at work when the server is stopped."""
    with StandIn(invented_releases(100)) as running:
        running.behaviour.development_mode = True
        running.behaviour.delay_seconds = 0.3
        yield running


@pytest.fixture
def site(start_site: Callable[..., Site], standin: StandIn) -> Site:
    return start_site(env=settings_for(standin))


def stop_and_start(site: Site) -> None:
    """Stop as systemd and Docker do, with SIGTERM, and start again."""
    site.restart()


def reload(site: Site) -> None:
    """Let gunicorn replace its workers."""
    os.kill(site.pid, signal.SIGHUP)


@pytest.mark.parametrize("end", [stop_and_start, reload])
def test_the_run_says_so_and_the_button_works_again(site: Site, standin: StandIn, end: Callable[[Site], None]) -> None:
    with Visitor(site) as visitor:
        assert visitor.press().status_code == 202
        wait_until(lambda: standin.count("/v1/albums") > 20, 30)
        end(site)
        assert wait_until(visitor.sync_has_ended, AT_ONCE_SECONDS) == "syncFailed, stopPolling"
        text = visitor.status().text
        assert "The last sync was interrupted when the server restarted. Nothing was lost." in text
        assert "Trying again" in text
        standin.behaviour.delay_seconds = 0.0
        assert visitor.press().status_code == 202
        assert wait_until(visitor.sync_has_ended, 30) == "syncCompleted, stopPolling"
    assert STOPPED in site.log.read_text()
    assert "Traceback" not in site.log.read_text()
