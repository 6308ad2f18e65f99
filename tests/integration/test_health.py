"""What monitors ask: is the process alive, is it ready, and what has it done?"""

from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest
import requests
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from catalog.models import SyncOperation
from tests.support.factories import make_album, make_operation, make_record
from tests.support.fragments import text_of
from tests.support.postgres import new_database
from tests.support.site import Site, free_port
from tests.support.waiting import wait_until

HEALTHZ, READYZ, METRICS = "/healthz", "/readyz", "/metrics"
Status = SyncOperation.Status


def figures(exposition: str) -> dict[str, Metric]:
    """Read the figures as Prometheus does."""
    return {family.name: family for family in text_string_to_metric_families(exposition)}


def value(metric: Metric, **labels: str) -> float:
    """Return the one sample with these labels."""
    (sample,) = [sample for sample in metric.samples if labels.items() <= sample.labels.items()]
    return sample.value


def status_of(site: Site, address: str) -> int:
    """Ask a site as a load balancer does."""
    return requests.get(f"{site.url}{address}", timeout=30).status_code


def test_the_process_answers_without_a_database(client: Client) -> None:
    # No database mark: a query would fail the test.
    response = client.get(HEALTHZ)
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
class TestReady:
    """GET /readyz."""

    def test_a_migrated_database_is_ready(self, client: Client) -> None:
        assert client.get(READYZ).status_code == 200

    def test_a_pending_migration_is_not(self, client: Client) -> None:
        (newest,) = MigrationLoader(connection).graph.leaf_nodes("catalog")
        MigrationRecorder(connection).record_unapplied(*newest)
        response = client.get(READYZ)
        assert response.status_code == 503
        assert "manage.py migrate" in text_of(response)


def test_a_database_that_is_away_is_told_apart_from_a_dead_process(start_site: Callable[..., Site]) -> None:
    site = start_site()
    assert status_of(site, READYZ) == 200
    site.env["DATABASE_URL"] = f"postgres://nobody@127.0.0.1:{free_port()}/nothing"
    site.restart()
    assert status_of(site, HEALTHZ) == 200
    assert status_of(site, READYZ) == 503


@pytest.mark.postgres
def test_a_database_that_was_restarted_is_found_again_without_a_failed_page(
    start_site: Callable[..., Site], postgres_url: str, postgres_template: str
) -> None:
    database = new_database(postgres_url, template_url=postgres_template)
    site = start_site(database_url=database, threads=1)
    assert status_of(site, "/catalog/") == 200
    with closing(psycopg.connect(database, autocommit=True)) as admin:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ended = admin.execute(f"SELECT pg_terminate_backend(pid) {others}").fetchall()
        assert ended
        wait_until(lambda: admin.execute(f"SELECT count(*) {others}").fetchall() == [(0,)])
    assert status_of(site, "/catalog/") == 200
    assert status_of(site, READYZ) == 200


@pytest.mark.django_db
class TestMetrics:
    """GET /metrics."""

    def test_it_says_what_runs_have_done(self, client: Client) -> None:
        make_album()
        make_album(title="Ebb", row=8)
        record = make_record(
            spotify_requests=31,
            backlog=7,
            issues_found=4,
            stage_seconds={"fetching": 1.5, "enriching": 12.25},
        )
        make_record(make_operation(Status.FAILED), spotify_requests=2)
        make_operation(Status.RUNNING)

        response = client.get(METRICS)
        assert response["Content-Type"].startswith("text/plain")
        told = figures(response.content.decode())
        runs = told["progmetal_syncs"]
        assert {status: value(runs, status=status) for status in ("completed", "failed", "running")} == {
            "completed": 1,
            "failed": 1,
            "running": 1,
        }
        assert value(told["progmetal_sync_active"]) == 1
        assert value(told["progmetal_spotify_requests"]) == 33
        assert value(told["progmetal_last_success_timestamp_seconds"]) == pytest.approx(
            record.sync_timestamp.timestamp()
        )
        assert value(told["progmetal_spotify_backlog"]) == 7
        assert value(told["progmetal_row_issues"]) == 4
        assert value(told["progmetal_stage_seconds"], stage="enriching") == 12.25
        assert value(told["progmetal_albums"]) == 2

    def test_an_empty_catalog_has_figures_too(self, client: Client) -> None:
        told = figures(client.get(METRICS).content.decode())
        assert value(told["progmetal_albums"]) == 0
        assert "progmetal_last_success_timestamp_seconds" not in told

    def test_pages_are_timed_by_view_and_status(self, client: Client) -> None:
        def answered() -> float:
            pages = figures(client.get(METRICS).content.decode())["progmetal_page_seconds"]
            found = [
                sample.value
                for sample in pages.samples
                if sample.name.endswith("_count") and sample.labels == {"view": "catalog:stats", "status": "200"}
            ]
            return sum(found)

        before = answered()
        client.get("/catalog/stats/")
        assert answered() == before + 1


def test_the_pages_of_all_workers_are_added_up(
    start_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("metrics")
    site = start_site(workers=2, env={"PROMETHEUS_MULTIPROC_DIR": str(folder)})
    before = _counted(site)
    for _ in range(10):
        assert status_of(site, HEALTHZ) == 200
    assert _counted(site) == before + 10


def _counted(site: Site) -> float:
    pages = figures(requests.get(f"{site.url}{METRICS}", timeout=30).text).get("progmetal_page_seconds")
    return sum(
        sample.value
        for sample in (pages.samples if pages else ())
        if sample.name.endswith("_count") and sample.labels["view"] == "healthz"
    )
