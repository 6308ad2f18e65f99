"""Slow clients: many connections that are held, while others ask whether the site is well."""

from statistics import median, quantiles

from demo.standin import StandIn
from tests.soak.outcome import Outcome, stage
from tests.support.slow_clients import HALF_SENT, IDLE, NOT_READING, health_seconds, slow_clients
from tests.support.syncing import invented_releases

REQUESTS = 200
LIMIT_SECONDS = 0.1


def try_slow_clients(_postgres_url: str) -> Outcome:
    """Hold the connections against the default of two workers, and measure `/healthz` beside them."""
    outcome = Outcome()
    with stage(StandIn(invented_releases())) as running:
        running.site.manage("sync_catalog", "--skip-spotify")
        health_seconds(running.site.port, 20)  # Both workers load what they need with their first requests.
        with slow_clients(running.site.port):
            seconds = health_seconds(running.site.port, REQUESTS)
    p95 = quantiles(seconds, n=20)[-1]
    figures = f"/healthz p50 {median(seconds) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, max {max(seconds) * 1000:.0f} ms"
    held = f"{IDLE} silent, {HALF_SENT} half-sent, {NOT_READING} not reading"
    outcome.check(holds=p95 < LIMIT_SECONDS, sentence=f"slow clients ({held}): {figures}")
    outcome.line = f"slow clients held: {held}; {figures}"
    return outcome
