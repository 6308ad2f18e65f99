"""Which week a day belongs to, and what its page tells."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalog.browsing import weeks
from catalog.browsing.weeks import Week, releases_of
from tests.support.factories import make_album, make_operation, make_record

FRIDAY = date(2025, 11, 28)
WEEK = Week(FRIDAY)
FIRST_SYNC = datetime(2025, 11, 1, 12, tzinfo=UTC)
IN_THE_WEEK = datetime(2025, 11, 25, 12, tzinfo=UTC)


def titles(albums: Any) -> list[str]:
    return [album.title for album in albums]


def first_sync(at: datetime = FIRST_SYNC) -> None:
    make_record(make_operation(started_at=at), sync_timestamp=at)


def album_of(day: date, **overrides: Any) -> None:
    make_album(release_date=day, release_year=day.year, sort_date=day, **overrides)


@pytest.mark.parametrize(
    ("day", "friday"),
    [
        (date(2025, 11, 21), date(2025, 11, 21)),
        (date(2025, 11, 22), FRIDAY),
        (date(2025, 11, 26), FRIDAY),
        (date(2025, 11, 28), FRIDAY),
        (date(2025, 11, 29), date(2025, 12, 5)),
        (date(2025, 12, 27), date(2026, 1, 2)),
    ],
)
def test_a_week_runs_from_saturday_to_friday(day: date, friday: date) -> None:
    assert Week.of(day) == Week(friday)


def test_weeks_follow_each_other() -> None:
    assert WEEK.saturday == date(2025, 11, 22)
    assert WEEK.previous.friday == date(2025, 11, 21)
    assert WEEK.next.saturday == date(2025, 11, 29)
    assert WEEK.previous < WEEK < WEEK.next


@pytest.mark.django_db
class TestReleases:
    def test_days_come_newest_first_and_only_those_of_the_week(self) -> None:
        for day in (21, 22, 26, 28, 29):
            album_of(date(2025, 11, day), title=f"Day {day}")
        days = releases_of(WEEK).days
        assert [day.day for day, _albums in days] == [28, 26, 22]
        assert [titles(albums) for _day, albums in days] == [["Day 28"], ["Day 26"], ["Day 22"]]

    def test_a_withdrawn_album_is_left_out(self) -> None:
        album_of(FRIDAY, withdrawn_at=IN_THE_WEEK)
        assert releases_of(WEEK).total == 0

    def test_a_month_or_a_year_is_never_shown_as_its_first_day(self) -> None:
        november = date(2025, 11, 1)
        make_album(title="November", release_date=november, release_precision="month", sort_date=november)
        make_album(title="Later", release_date=None, release_precision="", sort_date=date(2025, 1, 1))
        assert releases_of(Week.of(november)).total == 0
        assert releases_of(Week.of(date(2025, 1, 1))).total == 0
        assert titles(releases_of(WEEK).in_month.albums) == ["November"]
        assert titles(releases_of(WEEK).in_year.albums) == ["Later"]

    def test_january_tells_a_month_from_a_year(self) -> None:
        january = date(2025, 1, 1)
        make_album(title="January", release_date=january, release_precision="month", sort_date=january)
        make_album(title="Some day", release_date=january, release_precision="year", sort_date=january)
        found = releases_of(Week.of(date(2025, 1, 15)))
        assert (titles(found.in_month.albums), titles(found.in_year.albums)) == (["January"], ["Some day"])

    def test_a_month_and_a_year_each_show_their_first_titles_and_count_the_rest(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(weeks, "MOST_SHOWN", 2)
        november, year = date(2025, 11, 1), date(2025, 1, 1)
        for title in "cabd":
            make_album(title=title, release_date=november, release_precision="month", sort_date=november)
        for title in "zyx":
            make_album(title=title, release_date=None, release_precision="", sort_date=year)
        found = releases_of(WEEK)
        assert (titles(found.in_month.albums), found.in_month.more) == (["a", "b"], 2)
        assert (titles(found.in_year.albums), found.in_year.more) == (["x", "y"], 1)

    def test_the_next_eight_weeks_are_counted(self) -> None:
        for day in (date(2025, 12, 5), date(2025, 12, 3), date(2025, 12, 19), date(2026, 1, 23), date(2026, 1, 24)):
            album_of(day, title=str(day))
        ahead = [(week.friday, albums) for week, albums in releases_of(WEEK).ahead]
        assert ahead == [(date(2025, 12, 5), 2), (date(2025, 12, 19), 1), (date(2026, 1, 23), 1)]

    def test_an_empty_week_knows_the_nearest_ones(self) -> None:
        for day in (date(2025, 9, 3), date(2025, 9, 10), date(2026, 2, 5), date(2026, 3, 6)):
            album_of(day, title=str(day))
        found = releases_of(WEEK)
        assert found.nearest_before == Week(date(2025, 9, 12))
        assert found.nearest_after == Week(date(2026, 2, 6))


@pytest.mark.django_db
class TestLateAdditions:
    def test_what_was_out_before_the_week_and_listed_in_it_is_late(self) -> None:
        first_sync()
        album_of(date(2025, 3, 7), title="Overlooked", imported_at=IN_THE_WEEK)
        album_of(date(2025, 3, 7), title="Listed before", imported_at=datetime(2025, 11, 21, 23, tzinfo=UTC))
        album_of(date(2025, 3, 7), title="Listed after", imported_at=datetime(2025, 11, 29, tzinfo=UTC))
        album_of(FRIDAY, title="In time", imported_at=IN_THE_WEEK)
        assert titles(releases_of(WEEK).late) == ["Overlooked"]

    def test_the_first_sync_brings_none(self) -> None:
        first_sync(at=IN_THE_WEEK)
        album_of(date(2025, 3, 7), title="There from the start", imported_at=datetime(2025, 11, 25, 11, tzinfo=UTC))
        album_of(date(2025, 3, 7), title="Overlooked", imported_at=datetime(2025, 11, 25, 13, tzinfo=UTC))
        assert titles(releases_of(WEEK).late) == ["Overlooked"]

    def test_a_sync_that_failed_is_not_the_first(self) -> None:
        make_record(make_operation(), success=False, sync_timestamp=FIRST_SYNC)
        album_of(date(2025, 3, 7), title="Half a first sync", imported_at=IN_THE_WEEK)
        assert titles(releases_of(WEEK).late) == []
