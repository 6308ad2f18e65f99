"""The server is killed in mid-sync and started again: the button works, and the catalog becomes whole."""

import json
from collections.abc import Callable, Iterator

import pytest

from demo.standin import StandIn
from tests.support.site import Site
from tests.support.site_database import Database
from tests.support.syncing import invented_releases, settings_for
from tests.support.visitors import Visitor
from tests.support.waiting import wait_until

ALBUMS = 100


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """Services that keep a run in its Spotify stage."""
    with StandIn(invented_releases(ALBUMS)) as running:
        yield running


@pytest.fixture
def site(start_site: Callable[..., Site], database_url: str | None, standin: StandIn) -> Site:
    return start_site(database_url=database_url, env=settings_for(standin))


def test_after_a_kill_the_button_works_and_the_next_run_completes_the_catalog(site: Site, standin: StandIn) -> None:
    standin.behaviour.development_mode = True
    standin.behaviour.delay_seconds = 0.3
    with Visitor(site) as visitor:
        assert visitor.press().status_code == 202
        wait_until(lambda: standin.count("/v1/albums") > 20, 30)
        site.kill()
        site.start()
        assert visitor.press().status_code == 409
        Database(site.env["DATABASE_URL"]).let_time_pass()
        standin.behaviour.delay_seconds = 0.0
        assert visitor.press().status_code == 202
        assert wait_until(visitor.sync_has_ended, 30) == "syncCompleted, stopPolling"
    check = json.loads(site.manage("sync_catalog", "--skip-spotify", "--json"))
    assert (check["status"], check["albums"], check["created"], check["updated"]) == ("completed", ALBUMS, 0, 0)
    assert check["backlog"] == 0
    assert "Traceback" not in site.log.read_text()


def test_the_page_tells_of_the_interruption(site: Site, standin: StandIn) -> None:
    standin.fail_next("/export", delay_seconds=60)
    with Visitor(site) as visitor:
        visitor.press()
        wait_until(lambda: "Fetching" in visitor.status().text)
        site.kill()
        site.start()
        assert "Fetching" in visitor.status().text
        Database(site.env["DATABASE_URL"]).let_time_pass()
        assert visitor.sync_has_ended() == "syncFailed, stopPolling"
        assert "The last sync was interrupted. It gave no sign of life for 30 seconds" in visitor.status().text
