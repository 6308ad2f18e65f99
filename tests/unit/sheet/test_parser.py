"""From the workbook to releases: which tabs count, where columns are, what rows say."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date

import pytest

from catalog.services.errors import NoReleaseTab
from catalog.services.sheet.parser import HEADER_ROWS, read_releases
from catalog.services.sheet.releases import Issue, Release, TabReading, TabState, merge
from catalog.vocabulary.issues import IssueKind
from demo.workbook_cells import CellSpec, Row, build_workbook
from tests.support.archives import SHEET, sheet_xml, text_cell, with_parts
from tests.support.sheets import (
    COLUMNS,
    FIRST_ROW,
    SPOTIFY_ID,
    TAB,
    bandcamp_link,
    date_cell,
    read_row,
    read_rows,
    read_tabs,
    release_sheet,
    release_tab,
    sheet_row,
    spotify_link,
)


def issue(kind: IssueKind, detail: str) -> Issue:
    return Issue(TAB, FIRST_ROW, kind, detail)


def states(readings: Sequence[TabReading]) -> dict[str, str]:
    return {reading.name: reading.state for reading in readings}


# Tabs --------------------------------------------------------------------------------------


def test_a_whole_row_becomes_a_release() -> None:
    release, issues = read_row(
        {
            "Bandcamp": bandcamp_link("album/salt"),
            "YouTube": CellSpec("YT", link="https://www.youtube.com/watch?v=1"),
            "Amazon": CellSpec("A", link="https://www.amazon.com/dp/1"),
            "Apple Music": CellSpec("AM", link="https://music.apple.com/album/1"),
            "Country / State": "Tampa, FL",
        }
    )
    assert issues == []
    assert release == Release(
        tab=TAB,
        row=FIRST_ROW,
        artist="Lantern Fall",
        title="Salt Meridian",
        release_date=date(2025, 4, 11),
        release_precision="day",
        release_year=2025,
        format="LP",
        genres=("Progressive metal",),
        vocal_style="Clean",
        country="Tampa, FL",
        country_codes=("US",),
        spotify_id=SPOTIFY_ID,
        bandcamp_url="https://lanternfall.bandcamp.com/album/salt",
        youtube_url="https://www.youtube.com/watch?v=1",
        amazon_url="https://www.amazon.com/dp/1",
        apple_music_url="https://music.apple.com/album/1",
    )


def test_tabs_come_in_the_order_of_the_workbook() -> None:
    tabs = {name: release_tab(sheet_row()) for name in ("2025 Prog-rock", "2017", "2024 Prog-metal")}
    assert [reading.name for reading in read_tabs(tabs)] == list(tabs)


def test_the_name_of_a_tab_is_one_line() -> None:
    (reading,) = read_tabs({" 2025  Prog\nWARNING forged\x85": release_tab(sheet_row())})
    assert reading.name == reading.releases[0].tab == "2025 Prog WARNING forged"


def test_a_hidden_tab_and_one_without_a_header_are_left_out_and_told() -> None:
    tabs = {TAB: release_tab(sheet_row()), "Hidden": release_tab(sheet_row()), "Statistics": [("Views", 7)]}
    readings = read_tabs(tabs, hidden=["Hidden"])
    assert states(readings) == {TAB: TabState.READ, "Hidden": TabState.HIDDEN, "Statistics": TabState.NO_RELEASES}
    assert [len(reading.releases) for reading in readings] == [1, 0, 0]


@pytest.mark.parametrize("missing", ["Album", "Artist"])
def test_a_tab_without_a_required_column_fails_alone(missing: str) -> None:
    columns = [column for column in COLUMNS if column != missing]
    broken = release_tab(sheet_row(columns=columns), columns=columns)
    readings = read_tabs({"Broken": broken, TAB: release_tab(sheet_row())})
    assert states(readings) == {"Broken": TabState.FAILED, TAB: TabState.READ}
    assert readings[0].note == f"The column {missing} is missing."
    assert len(readings[1].releases) == 1


def test_a_workbook_without_a_release_tab_says_so() -> None:
    with pytest.raises(NoReleaseTab, match="no tab with releases"):
        read_tabs({"Statistics": [("Views", 7)], "Empty": []})


def test_a_workbook_whose_release_tabs_all_failed_has_release_tabs() -> None:
    assert states(read_tabs({TAB: release_tab(columns=COLUMNS[:1] + COLUMNS[2:])})) == {TAB: TabState.FAILED}


def test_only_hidden_release_tabs_are_none() -> None:
    data = build_workbook({"Hidden": release_tab(sheet_row()), "Visible": [("x",)]}, hidden=["Hidden"])
    with pytest.raises(NoReleaseTab):
        list(read_releases(data))


@pytest.mark.parametrize("header_row", [1, 5, 6, HEADER_ROWS])
def test_the_header_may_stand_in_any_of_the_first_rows(header_row: int) -> None:
    (reading,) = read_tabs({TAB: release_tab(sheet_row(), header_row=header_row)})
    assert [release.row for release in reading.releases] == [header_row + 1]


def test_a_header_below_the_first_rows_is_none() -> None:
    with pytest.raises(NoReleaseTab):
        read_tabs({TAB: release_tab(sheet_row(), header_row=HEADER_ROWS + 1)})


def test_headers_are_found_by_name_in_any_order_case_and_spacing() -> None:
    columns = tuple(reversed(COLUMNS))
    shouted = [f" {column.upper()} \n" for column in columns]
    (reading,) = read_tabs({TAB: [shouted, sheet_row(columns=columns)]})
    (release,) = reading.releases
    assert (release.artist, release.title, release.spotify_id) == ("Lantern Fall", "Salt Meridian", SPOTIFY_ID)
    assert release.release_date == date(2025, 4, 11)


def test_unknown_columns_between_the_others_do_no_harm() -> None:
    columns = ("Notes", "Artist", "Google Play", "Album", "")
    (reading,) = read_tabs({TAB: [columns, ("see below", "Lantern Fall", "GP", "Salt Meridian", "x")]})
    (release,) = reading.releases
    assert (release.artist, release.title) == ("Lantern Fall", "Salt Meridian")


def test_of_two_columns_with_one_header_the_first_counts() -> None:
    (reading,) = read_tabs({TAB: [("Artist", "Album", "album"), ("Lantern Fall", "Salt Meridian", "Ebb")]})
    assert reading.releases[0].title == "Salt Meridian"


def test_artist_and_album_alone_make_a_release_tab() -> None:
    (reading,) = read_tabs({"Reissues": [("Artist", "Album"), ("Lantern Fall", "Salt Meridian")]})
    (release,) = reading.releases
    assert release.key == ("lantern fall", "salt meridian")
    assert (release.release_date, release.release_year, release.format, release.genres) == (None, None, "", ())


def test_a_note_that_says_artist_is_no_header() -> None:
    rows: list[Row] = [("Artist", "of the month"), ("Lantern Fall", "x"), COLUMNS, sheet_row()]
    (reading,) = read_tabs({TAB: rows})
    assert [release.row for release in reading.releases] == [4]


# Rows --------------------------------------------------------------------------------------


def test_empty_rows_never_end_a_tab() -> None:
    rows = [sheet_row(), *[()] * 40, sheet_row({"Album": "Ebb"}), (None,) * 12, sheet_row({"Album": "Flow"})]
    (reading,) = read_tabs({TAB: release_tab(*rows)})
    assert [(release.row, release.title) for release in reading.releases] == [
        (FIRST_ROW, "Salt Meridian"),
        (FIRST_ROW + 41, "Ebb"),
        (FIRST_ROW + 43, "Flow"),
    ]
    assert reading.issues == []


@pytest.mark.parametrize("title", [None, "", "  ", "\u00a0"])
def test_a_row_without_a_title_is_incomplete_and_not_imported(title: str | None) -> None:
    reading = read_rows({"Artist": "Unannounced Projects", "Album": title}, {"Album": "Ebb"})
    assert [release.title for release in reading.releases] == ["Ebb"]
    assert reading.incomplete_rows == 1
    assert reading.issues == [issue(IssueKind.NO_TITLE, "Unannounced Projects")]


def test_a_row_without_an_artist_is_reported_but_not_incomplete() -> None:
    reading = read_rows({"Artist": None})
    assert (reading.releases, reading.incomplete_rows) == ([], 0)
    assert reading.issues == [issue(IssueKind.NO_ARTIST, "Salt Meridian")]


# All findings ------------------------------------------------------------------------------


def test_every_kind_of_finding_is_raised_by_a_row_that_deserves_it() -> None:
    """But for the one that only an import can find."""
    reading = read_rows(
        {"Album": None},
        {"Artist": None},
        {"Album": "no link", "Spotify": None},
        {"Album": "bad date", "Release Date": "TBA"},
        {"Album": "wrong year", "Release Date": date_cell(date(2019, 1, 1))},
        {"Album": "twin"},
        {"Album": "TWIN"},
        {"Album": "artist link", "Spotify": CellSpec("S", link="https://open.spotify.com/artist/1")},
        {"Album": "text", "Spotify": "S"},
        {"Album": "bad link", "Spotify": CellSpec("S", link="http://s/")},
        {"Album": "vocals", "Vocal Style": "Whispered"},
        {"Album": 1984},
        {"Album": "error", "Country / State": "#REF!"},
        {"Album": "long", "Genre / Subgenres": "x" * 501},
    )
    issues = [*reading.issues, *merge(reading.releases).issues]
    assert {found.kind for found in issues} == set(IssueKind) - {IssueKind.NOT_IMPORTED}
    assert len(reading.releases) == 12


def test_every_finding_says_what_it_is_and_what_was_done() -> None:
    assert all(kind.label and kind.outcome.endswith(".") for kind in IssueKind)
    assert dict(IssueKind.choices()).keys() == set(IssueKind)


def test_a_readings_fields_are_plain_values() -> None:
    """Releases outlive the workbook; nothing of it may hang on to them."""
    (reading,) = read_releases(release_sheet({}))
    values = [getattr(reading.releases[0], field.name) for field in fields(Release)]
    assert {type(value).__module__ for value in values} <= {"builtins", "datetime"}


def test_links_of_a_tab_with_gaps_stay_with_their_rows() -> None:
    ids = [str(number) * 22 for number in range(1, 4)]
    rows = [sheet_row({"Album": spotify_id, "Spotify": spotify_link(spotify_id)}) for spotify_id in ids]
    (reading,) = read_tabs({TAB: release_tab(rows[0], (), (), rows[1], (), rows[2])})
    assert [(release.title, release.spotify_id) for release in reading.releases] == [(one, one) for one in ids]


def merged_titles(area: str, *rows: str) -> list[tuple[int, str, str]]:
    """Return (row, artist, title) of a tab with a merged area and these rows behind row 5."""
    sheet = sheet_xml("", after=f'<mergeCells><mergeCell ref="{area}"/></mergeCells>')
    xml = sheet.replace("</sheetData>", f"{''.join(rows)}</sheetData>")
    (reading,) = read_releases(with_parts(release_sheet({}), {SHEET: xml.encode()}))
    return [(release.row, release.artist, release.title) for release in reading.releases[1:]]


def title_row(row: int, *, artist: str = "") -> str:
    return f'<row r="{row}">{text_cell(f"A{row}", artist)}{text_cell(f"B{row}", f"Album {row}")}</row>'


def test_a_merged_artist_reaches_the_rows_that_it_spans() -> None:
    rows = merged_titles("A5:A7", title_row(6), title_row(7), title_row(8))
    assert rows == [(5, "Artist 5", "Album 5"), (6, "Artist 5", "Album 6"), (7, "Artist 5", "Album 7")]


def test_an_artist_of_its_own_counts_before_a_merged_one() -> None:
    assert merged_titles("A5:A7", title_row(6, artist="Guest"))[1] == (6, "Guest", "Album 6")


@pytest.mark.parametrize("area", ["B5:B7", "A5:B5", "A1:A1048576"])
def test_an_area_that_spans_no_rows_from_an_artist_gives_none(area: str) -> None:
    assert len(merged_titles(area, title_row(6), title_row(7))) == 1
