"""Polling goes on whatever happens to single answers, and times stay current."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from playwright.sync_api import Route, expect

from catalog.presentation.dates import timeago
from demo.standin import StandIn
from tests.browser.conftest import Complaints
from tests.support.catalog_page import CatalogPage

POLLS = re.compile(r"/catalog/sync/status/$")
NOON = datetime(2025, 11, 22, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3600, 86_400
AGES = (
    *(0, 59, MINUTE, 119, 2 * MINUTE, HOUR - 1, HOUR, 2 * HOUR - 1, DAY - 1),
    *(DAY, 2 * DAY - 1, 2 * DAY, 30 * DAY - 1, 30 * DAY, 60 * DAY, 365 * DAY - 1, 365 * DAY, 800 * DAY),
)
AGES_IN_THE_PAGE = """moments => {
  const elements = moments.map((moment) => {
    const element = document.createElement("time");
    element.className = "timeago";
    element.dataset.timestamp = moment;
    document.body.append(element);
    return element;
  });
  window.updateTimeago();
  return elements.map((element) => element.textContent);
}"""


@pytest.mark.parametrize(("status", "body"), [(500, "<h1>Server Error</h1>"), (404, "Nothing here")])
def test_a_wrong_answer_does_not_end_the_polling(
    standin: StandIn, catalog: CatalogPage, complaints: Complaints, status: int, body: str
) -> None:
    complaints.expect(f"status of {status}")
    standin.behaviour.pace_seconds = 5
    catalog.page.route(POLLS, lambda route: route.fulfill(status=status, body=body, content_type="text/html"), times=1)
    catalog.open().start_sync()
    expect(catalog.note).to_have_text("Connection lost, trying again…")
    expect(catalog.status).not_to_contain_text(body)
    catalog.expect_end("success")
    expect(catalog.note).to_be_hidden()


def test_another_page_in_place_of_the_status_is_not_shown(standin: StandIn, catalog: CatalogPage) -> None:
    def log_in_first(route: Route) -> None:
        route.fulfill(status=200, body="<h1>Log in to the network</h1>", content_type="text/html")

    standin.behaviour.pace_seconds = 5
    catalog.page.route(POLLS, log_in_first, times=1)
    catalog.open().start_sync()
    expect(catalog.note).to_have_text("Connection lost, trying again…")
    expect(catalog.page.locator("body")).not_to_contain_text("Log in to the network")
    catalog.expect_end("success")


def test_a_page_that_was_offline_catches_up(standin: StandIn, catalog: CatalogPage, complaints: Complaints) -> None:
    complaints.expect_lost_connection()
    standin.behaviour.pace_seconds = 5
    catalog.open().start_sync()
    catalog.page.context.set_offline(True)
    expect(catalog.note).to_have_text("Connection lost, trying again…")
    catalog.page.context.set_offline(False)
    catalog.expect_end("success")
    expect(catalog.note).to_be_hidden()
    expect(catalog.tiles).to_have_count(50)


def test_a_start_that_does_not_reach_the_server_can_be_repeated(catalog: CatalogPage, complaints: Complaints) -> None:
    complaints.expect_lost_connection()
    catalog.open()
    catalog.page.context.set_offline(True)
    catalog.button.click()
    expect(catalog.note).to_have_text("The server could not be reached. Try again in a moment.")
    expect(catalog.button).to_be_enabled()
    catalog.page.context.set_offline(False)
    catalog.sync("success")


def test_relative_times_follow_the_clock_each_minute(catalog: CatalogPage) -> None:
    catalog.open().sync()
    catalog.page.clock.install()
    catalog.open()
    time = catalog.numbers.locator("time").first
    expect(time).to_have_text("just now")
    catalog.page.clock.run_for(70_000)
    expect(time).to_have_text("1 minute ago")
    catalog.page.clock.run_for(60_000)
    expect(time).to_have_text("2 minutes ago")
    catalog.page.clock.fast_forward("03:00:00")
    expect(time).to_have_text("3 hours ago")


def test_the_page_and_the_server_say_ages_in_the_same_words(catalog: CatalogPage) -> None:
    moments = [NOON - timedelta(seconds=age) for age in AGES]
    catalog.page.clock.set_fixed_time(NOON)
    catalog.open()
    in_the_page = catalog.page.evaluate(AGES_IN_THE_PAGE, [moment.isoformat() for moment in moments])
    with time_machine.travel(NOON, tick=False):
        on_the_server = [timeago(moment) for moment in moments]
    assert in_the_page == on_the_server
