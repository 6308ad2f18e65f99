"""With SYNC_RUNNER=tasks a worker does the runs, and nothing is lost whatever is killed."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from demo.standin import StandIn
from tests.support.site import PROJECT, Site
from tests.support.site_database import Database
from tests.support.syncing import invented_releases, settings_for
from tests.support.visitors import Visitor, press_at_once
from tests.support.waiting import wait_until
from tests.support.worker import Worker

ALBUMS = 100
VISITORS = 16
AT_ONCE_SECONDS = 20  # Well before the lease would run out: said by the run itself.
RUN_SECONDS = 30
ENQUEUE_AGAIN = """
from catalog.models import SyncOperation
from catalog.tasks import run_sync
newest = SyncOperation.objects.latest_first().first()
for _ in range(3):
    run_sync.enqueue(newest.pk)
"""
COUNT_TASKS = """
from django_tasks_db.models import DBTaskResult
print(DBTaskResult.objects.finished().count(), DBTaskResult.objects.failed().count())
"""
AGE_TASKS = """
from datetime import timedelta
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(days=31))
"""
COUNT_WAITING_TASKS = "from django_tasks_db.models import DBTaskResult; print(DBTaskResult.objects.ready().count())"


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """Services that answer at once; `slow_down` keeps a run in its Spotify stage."""
    with StandIn(invented_releases(ALBUMS)) as running:
        running.behaviour.development_mode = True
        yield running


@pytest.fixture
def site(start_site: Callable[..., Site], standin: StandIn) -> Site:
    return start_site(env=settings_for(standin) | {"SYNC_RUNNER": "tasks"})


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    with Visitor(site) as one:
        yield one


def run_until_spotify(visitor: Visitor, standin: StandIn) -> None:
    """Start a run and come back while it asks Spotify, where it then stays."""
    standin.behaviour.delay_seconds = 0.3
    asked = standin.count("/v1/albums")
    assert visitor.press().status_code == 202
    wait_until(lambda: standin.count("/v1/albums") > asked + 20, RUN_SECONDS)


def end_of_run(visitor: Visitor, seconds: float = RUN_SECONDS) -> str:
    return wait_until(visitor.sync_has_ended, seconds, lambda: visitor.status().text)


def assert_catalog_is_whole(site: Site) -> None:
    check = json.loads(site.manage("sync_catalog", "--skip-spotify", "--json"))
    assert (check["status"], check["albums"], check["created"], check["updated"]) == ("completed", ALBUMS, 0, 0)
    assert check["backlog"] == 0


def test_a_click_is_done_by_the_worker(site: Site, visitor: Visitor) -> None:
    with Worker(site) as worker:
        assert visitor.press().status_code == 202
        assert end_of_run(visitor) == "syncCompleted, stopPolling"
        assert worker.has_said("Sync 1 completed.")
    assert "Sync 1 completed." not in site.log.read_text()
    assert f"{ALBUMS} new" in visitor.status().text
    assert_catalog_is_whole(site)


def test_killing_the_worker_and_the_web_server_in_turn_loses_nothing(
    site: Site, visitor: Visitor, standin: StandIn
) -> None:
    with Worker(site) as first:
        run_until_spotify(visitor, standin)
        first.kill()
    assert visitor.status().headers.get("HX-Trigger") is None
    Database(site.env["DATABASE_URL"]).let_time_pass()
    assert visitor.sync_has_ended() == "syncFailed, stopPolling"
    assert "The last sync was interrupted" in visitor.status().text
    with Worker(site, "second") as second:
        run_until_spotify(visitor, standin)
        site.kill()
        standin.behaviour.delay_seconds = 0.0
        wait_until(lambda: second.has_said("Sync 2 completed."), RUN_SECONDS)
        site.start()
        assert visitor.sync_has_ended() == "syncCompleted, stopPolling"
    assert_catalog_is_whole(site)
    for log in (site.log, first.log, second.log):
        assert "Traceback" not in log.read_text()


def test_a_click_outlives_the_web_server_before_there_is_a_worker(site: Site, visitor: Visitor) -> None:
    assert visitor.press().status_code == 202
    site.kill()
    site.start()
    assert visitor.press().status_code == 409
    with Worker(site):
        assert end_of_run(visitor) == "syncCompleted, stopPolling"
    assert_catalog_is_whole(site)


def test_a_worker_that_is_told_to_stop_says_so_at_once(site: Site, visitor: Visitor, standin: StandIn) -> None:
    with Worker(site) as worker:
        run_until_spotify(visitor, standin)
        assert worker.stop() == 0
        assert end_of_run(visitor, AT_ONCE_SECONDS) == "syncFailed, stopPolling"
        assert worker.has_said("The server was stopped while it ran.")
        assert not worker.has_said("Traceback")
    assert "The last sync was interrupted" in visitor.status().text


def test_duplicates_of_a_task_do_nothing(site: Site, visitor: Visitor, standin: StandIn) -> None:
    assert visitor.press().status_code == 202
    site.manage("shell", "--command", ENQUEUE_AGAIN)
    with Worker(site) as first, Worker(site, "second") as second:
        assert end_of_run(visitor) == "syncCompleted, stopPolling"
        wait_until(lambda: site.manage("shell", "--command", COUNT_TASKS).split()[-2:] == ["4", "0"], RUN_SECONDS)
        logs = first.log.read_text() + second.log.read_text()
    assert logs.count("Sync 1 completed.") == 1
    assert logs.count("Sync 1 is not this process's to do") == 3
    assert standin.count("/spreadsheets/") == 1
    assert_catalog_is_whole(site)


def test_of_many_clicks_at_once_one_becomes_a_task(site: Site) -> None:
    with ExitStack() as opened:
        visitors = [opened.enter_context(Visitor(site)) for _ in range(VISITORS)]
        answers = press_at_once(visitors)
    assert Counter(answer.status_code for answer in answers) == {202: 1, 409: VISITORS - 1}
    assert site.manage("shell", "--command", COUNT_WAITING_TASKS).split()[-1] == "1"


def test_a_run_cancelled_before_there_is_a_worker_never_begins(site: Site, visitor: Visitor, standin: StandIn) -> None:
    assert visitor.press().status_code == 202
    assert "Sync cancelled." in visitor.cancel().text
    with Worker(site) as worker:
        wait_until(lambda: worker.has_said("Sync 1 is not this process's to do"), RUN_SECONDS)
    assert not standin.requests
    assert visitor.press().status_code == 202


def test_two_schedulers_at_once_start_one_run(site: Site, standin: StandIn) -> None:
    standin.behaviour.delay_seconds = 0.3
    schedulers = [start_scheduler(site) for _ in range(2)]
    refused = wait_until(lambda: next((one for one in schedulers if one.poll() is not None), None), RUN_SECONDS)
    schedulers.remove(refused)
    standin.behaviour.delay_seconds = 0.0
    out, err = schedulers[0].communicate(timeout=RUN_SECONDS)
    assert (schedulers[0].returncode, json.loads(out)["status"]) == (0, "completed"), err
    assert refused.returncode == 1
    assert "A sync is already in progress." in refused.communicate()[1]
    assert standin.count("/spreadsheets/") == 1


def start_scheduler(site: Site) -> subprocess.Popen[str]:
    """Start what a timer or cron starts."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "sync_catalog", "--json"],
        cwd=PROJECT,
        env=site.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_run_deletes_the_tasks_of_a_month_ago(site: Site, visitor: Visitor) -> None:
    assert visitor.press().status_code == 202
    assert visitor.cancel().status_code == 200
    site.manage("shell", "--no-imports", "--command", AGE_TASKS)
    assert Database(site.env["DATABASE_URL"]).count("django_tasks_database_dbtaskresult") == 1
    site.manage("sync_catalog", "--skip-spotify")
    assert Database(site.env["DATABASE_URL"]).count("django_tasks_database_dbtaskresult") == 0
