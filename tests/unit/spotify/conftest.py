"""One stage with its fakes, for the tests of this folder."""

import pytest

from catalog.services.spotify.enrichment import EnrichmentResult, enrich
from tests.support.spotify import NotingContext
from tests.unit.spotify.fakes import FakeClient, FakeTime, Run


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def client(time: FakeTime) -> FakeClient:
    return FakeClient(time)


@pytest.fixture
def context() -> NotingContext:
    return NotingContext()


@pytest.fixture
def run(client: FakeClient, context: NotingContext, time: FakeTime) -> Run:
    """Run the stage, and check that progress never goes back."""

    def run(limit: int = 1000) -> EnrichmentResult:
        result = enrich(
            client=client,
            context=context,
            request_limit=limit,
            now=time.now,
            clock=time.clock,
            sleep=time.sleep,
        )
        context.check_progress()
        return result

    return run
