"""The lines and requests of a run: only its own, bounded, and no more than what people may read."""

import logging
from threading import Thread
from typing import Any

import pytest
from django.conf import settings

from catalog.services.background import start_aside
from catalog.services.journal.journal import LOGGER, LONGEST_LINE, MOST_LINES, Journal, count_request

logger = logging.getLogger("catalog.services.sync_run")


class TooLate(Exception):
    """The limit of a call has passed."""


def texts(journal: Journal) -> list[str]:
    return [line["text"] for line in journal.columns()["log_lines"]]


def say(text: str, service: str) -> None:
    logger.warning(text)
    count_request(service)


def in_a_thread_of_its_own(journal: Journal, text: str) -> None:
    def work() -> None:
        with journal.kept():
            say(text, text)

    thread = Thread(target=work)
    thread.start()
    thread.join()


def test_what_other_threads_of_the_process_say_is_not_the_runs() -> None:
    journal, other = Journal(), Journal()
    with journal.kept():
        say("ours", "ours")
        in_a_thread_of_its_own(other, "another run's")
        visitor = Thread(target=say, args=("a visitor's", "a visitor's"))
        visitor.start()
        visitor.join()
    say("too late", "too late")
    assert (texts(journal), journal.columns()["requests"]) == (["Ours"], {"ours": 1})
    assert (texts(other), other.columns()["requests"]) == (["Another run's"], {"another run's": 1})


def test_calls_aside_belong_to_the_run() -> None:
    journal = Journal()
    with journal.kept():
        for _ in range(2):
            start_aside(lambda: say("aside", "Spotify"), limit_seconds=5, too_late=TooLate()).result(5)
    assert texts(journal) == ["Aside", "Aside"]
    assert journal.columns()["requests"] == {"Spotify": 2}


def test_the_last_lines_are_kept_each_up_to_a_length() -> None:
    journal = Journal()
    with journal.kept():
        for number in range(MOST_LINES + 10):
            logger.info("%d %s", number, "x" * 1000)
    lines: list[dict[str, Any]] = journal.columns()["log_lines"]
    assert [line["number"] for line in lines] == list(range(11, MOST_LINES + 11))
    assert {len(line["text"]) for line in lines} == {LONGEST_LINE}
    assert lines[0]["text"].startswith("10 x")


def test_a_line_has_its_level_and_no_prefix_that_all_lines_share() -> None:
    journal = Journal(prefix="Sync 7: ")
    with journal.kept():
        logger.warning("Sync %d: fetching took %.1f s.", 7, 1.25)
    (line,) = journal.columns()["log_lines"]
    assert (line["level"], line["text"]) == ("WARNING", "Fetching took 1.2 s.")
    assert 0 <= line["seconds"] < 5


def test_tracebacks_stay_in_the_log() -> None:
    journal = Journal()
    with journal.kept():
        try:
            int("hunter2")
        except ValueError:
            logger.exception("A sync failed unexpectedly, reference %s.", "abcd")
        logger.error("Sync 7 has not moved.\nThread progmetal-aside: in hunter2")
    assert texts(journal) == ["A sync failed unexpectedly, reference abcd.", "Sync 7 has not moved."]


def test_what_rooms_besides_the_services_say_stays_in_the_log() -> None:
    journal = Journal()
    with journal.kept():
        logging.getLogger("catalog.models.optional_writes").warning("(Gentle Giant) already exists")
        logging.getLogger("urllib3").warning("https://user:password@example.org")
    assert texts(journal) == []


def test_the_level_of_the_log_keeps_no_line_from_the_page(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    journal = Journal()
    with journal.kept():
        logger.info("Reading the sheet…")
    assert texts(journal) == ["Reading the sheet…"]
    assert settings.LOGGING["handlers"]["console"]["level"] == settings.LOGGING["root"]["level"]


def test_what_no_database_takes_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # What pytest captures has to be text that can be encoded.
    monkeypatch.setattr(LOGGER, "propagate", False)
    journal = Journal()
    with journal.kept():
        logger.warning("Tab “%s” failed.", "a\x00b\ud800c")
    assert texts(journal) == ["Tab “a b c” failed."]


def test_only_news_are_told() -> None:
    journal = Journal()
    assert journal.news() == {}
    with journal.kept():
        logger.info("Reading the sheet…")
        assert journal.news().keys() == {"log_lines"}
        count_request("Google")
        count_request("Google")
    assert journal.news() == {"requests": {"Google": 2}}
    assert journal.news() == {}
    assert journal.columns().keys() == {"log_lines", "requests"}
