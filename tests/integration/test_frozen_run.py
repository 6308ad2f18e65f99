"""A run that is alive and comes no further: how it ends, and what it leaves for the log."""

import pytest
from django.test import Client

from catalog.models import Album, SyncOperation
from catalog.services import run_context
from demo.standin import StandIn
from tests.support.fragments import STATUS, text_of
from tests.support.syncing import run

# A service's faults are the same for any database.
pytestmark = pytest.mark.once

Status = SyncOperation.Status


@pytest.fixture
def release_count() -> int:
    """Let the stand-in serve a dozen releases only."""
    return 12


def test_a_run_that_does_not_move_says_what_it_waited_for_and_ends(
    standin: StandIn, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(run_context, "FROZEN_AFTER_SECONDS", 0.6)
    standin.fail_next("/v1/", delay_seconds=3)
    operation = run()
    assert operation.status == Status.FAILED
    text = text_of(client.get(STATUS))
    assert "The sync stood still." in text
    assert "after “Enriching with Spotify metadata… 0 of 12”" in text
    assert Album.objects.visible().count() == 12
    # The call that the run waited for, down to the socket.
    assert "in readinto" in caplog.text
    assert standin.client_secret not in caplog.text

    monkeypatch.undo()
    assert run().status == Status.COMPLETED
