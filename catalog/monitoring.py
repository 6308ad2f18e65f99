"""Figures for Prometheus.

Those of runs are read from the database at each request, so all processes return the same. Each process counts the
times of its pages; with several workers prometheus_client adds them up in PROMETHEUS_MULTIPROC_DIR.
"""

import os
from collections import Counter
from collections.abc import Iterator
from time import perf_counter

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from catalog.middleware import GetResponse
from catalog.models import Album, SyncOperation, SyncRecord
from catalog.services.sync_manager import SyncManager

PAGE_SECONDS = Histogram(
    "progmetal_page_seconds",
    "Time to answer a request, by view and status.",
    ("view", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def page_metrics(get_response: GetResponse) -> GetResponse:
    def answer(request: HttpRequest) -> HttpResponseBase:
        start = perf_counter()
        response = get_response(request)
        view = (request.resolver_match and request.resolver_match.view_name) or "none"
        PAGE_SECONDS.labels(view, str(response.status_code)).observe(perf_counter() - start)
        return response

    return answer


class RunCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from _runs()
        yield from _last_success()
        albums = Album.objects.visible().count()
        yield GaugeMetricFamily("progmetal_albums", "Albums that the catalog shows.", value=albums)


def exposition() -> bytes:
    registry = CollectorRegistry()
    registry.register(RunCollector())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)
        return generate_latest(registry)
    return generate_latest(registry) + generate_latest(REGISTRY)


def _runs() -> Iterator[Metric]:
    runs = CounterMetricFamily("progmetal_syncs", "Runs by status.", labels=("status",))
    counts = _runs_by_status()
    for status in sorted(counts):
        runs.add_metric((status,), counts[status])
    yield runs
    active = sum(counts[status] for status in SyncOperation.ACTIVE)
    yield GaugeMetricFamily("progmetal_sync_active", "1 while a run is active.", value=active)
    asked = SyncRecord.objects.aggregate(requests=Sum("spotify_requests"))["requests"]
    yield CounterMetricFamily("progmetal_spotify_requests", "Requests sent to Spotify.", value=asked or 0)


def _runs_by_status() -> Counter[str]:
    """Count the runs as pages show them: one whose process died has failed."""
    manager = SyncManager()
    manager.reap_if_possible()
    ended = SyncOperation.objects.exclude(status__in=SyncOperation.ACTIVE)
    counts = Counter(dict(ended.values_list("status").annotate(Count("pk")).order_by()))
    for operation in SyncOperation.objects.active().with_clock():
        manager.show_end_if_dead(operation)
        counts[operation.status] += 1
    return counts


def _last_success() -> Iterator[Metric]:
    record = SyncRecord.last_success()
    if record is None:
        return
    ended, backlog = record.sync_timestamp.timestamp(), record.backlog
    yield GaugeMetricFamily("progmetal_last_success_timestamp_seconds", "When the last successful run ended.", ended)
    yield GaugeMetricFamily("progmetal_spotify_backlog", "Albums that Spotify is to be asked about.", backlog)
    yield GaugeMetricFamily("progmetal_row_issues", "Rows of the sheet that need a curator.", value=record.issues_found)
    stages = GaugeMetricFamily("progmetal_stage_seconds", "How long each stage of it took.", labels=("stage",))
    for stage, seconds in record.stage_seconds.items():
        stages.add_metric((stage,), seconds)
    yield stages
