"""What one row of a release tab says: text, dates, values and links."""

from datetime import date

import pytest

from catalog.services.sheet.releases import Issue
from catalog.vocabulary.issues import IssueKind
from demo.workbook_cells import CellSpec, CellValue
from tests.support.sheets import FIRST_ROW, SPOTIFY_ID, TAB, bandcamp_link, date_cell, read_row

ALBUM = f"https://open.spotify.com/album/{SPOTIFY_ID}"
WRAPPED = f"https://www.google.com/url?q=https%3A%2F%2Fopen.spotify.com%2Falbum%2F{SPOTIFY_ID}&sa=D&ust=1"


def issue(kind: IssueKind, detail: str) -> Issue:
    return Issue(TAB, FIRST_ROW, kind, detail)


# Text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (16, "16"),
        (16.0, "16"),
        (667788, "667788"),
        (417.3, "417.3"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("  Salt \n Meridian ", "Salt Meridian"),
        ("Cafe\u0301", "Café"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("_x000D_Ebb_x0041_", "EbbA"),
        (date_cell(date(1960, 7, 1), "mmmm yyyy"), "July 1960"),
        (CellSpec(1984, number_format="0"), "1984"),
    ],
)
@pytest.mark.parametrize("column", ["Artist", "Album"])
def test_text_is_what_a_reader_of_the_sheet_sees(column: str, value: CellValue | CellSpec, shown: str) -> None:
    release, _ = read_row({column: value})
    assert (release.artist if column == "Artist" else release.title) == shown


def test_a_formula_without_a_stored_value_shows_its_text() -> None:
    release, _ = read_row({"Album": '=HYPERLINK("https://a.example.com";"Salt Flats")'})
    assert release.title == "Salt Flats"


def test_a_name_that_google_took_for_a_number_or_date_is_reported() -> None:
    _, issues = read_row({"Artist": 16, "Album": date_cell(date(1960, 7, 1), "mmmm yyyy")})
    assert issues == [
        issue(IssueKind.NUMBER_OR_DATE, "Artist: 16"),
        issue(IssueKind.NUMBER_OR_DATE, "Album: July 1960"),
    ]


def test_text_that_is_too_long_is_cut_and_reported() -> None:
    release, issues = read_row({"Album": "x" * 501})
    assert release.title == "x" * 499 + "…"
    assert issues == [issue(IssueKind.TOO_LONG, "x" * 199 + "…")]


def test_text_that_just_fits_is_kept() -> None:
    release, issues = read_row({"Album": "x" * 500})
    assert (release.title, issues) == ("x" * 500, [])


def test_an_error_in_a_cell_is_read_as_empty_and_reported() -> None:
    release, issues = read_row({"Country / State": "#N/A"})
    assert (release.country, issues) == ("", [issue(IssueKind.ERROR_CELL, "#N/A")])


# Dates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "day", "precision", "reported"),
    [
        (date_cell(date(2025, 4, 11)), date(2025, 4, 11), "day", None),
        (date_cell(date(2024, 12, 27)), date(2024, 12, 27), "day", None),
        (date_cell(date(2025, 4, 1), "mmmm yyyy"), date(2025, 4, 1), "month", None),
        ("April", date(2025, 4, 1), "month", None),
        (date_cell(date(2024, 4, 11)), date(2025, 4, 11), "day", "April 11, 2024"),
        (date_cell(date(2020, 2, 29)), date(2025, 2, 1), "month", "February 29, 2020"),
        (date_cell(date(2023, 12, 27)), date(2025, 12, 27), "day", "December 27, 2023"),
        (date_cell(date(2026, 1, 2)), date(2025, 1, 2), "day", "January 2, 2026"),
        ("April 11, 2023", date(2025, 4, 11), "day", "April 11, 2023"),
    ],
)
def test_dates_have_a_precision_and_the_tabs_year(
    cell: CellValue | CellSpec, day: date, precision: str, reported: str | None
) -> None:
    release, issues = read_row({"Release Date": cell})
    assert (release.release_date, release.release_precision, release.release_text) == (day, precision, "")
    assert release.release_year == day.year
    assert issues == ([issue(IssueKind.WRONG_YEAR, reported)] if reported else [])


@pytest.mark.parametrize("text", ["TBA", "Fall", "-", "Mat 4", "April 31"])
def test_text_that_is_no_date_is_kept_and_reported(text: str) -> None:
    release, issues = read_row({"Release Date": text})
    assert (release.release_date, release.release_precision) == (None, "")
    assert (release.release_text, release.release_year) == (text, 2025)
    assert issues == [issue(IssueKind.BAD_DATE, text)]


def test_no_date_at_all_is_reported_as_empty() -> None:
    release, issues = read_row({"Release Date": None})
    assert (release.release_date, release.release_text, release.release_year) == (None, "", 2025)
    assert issues == [issue(IssueKind.BAD_DATE, "(empty)")]


def test_a_plain_number_in_the_date_column_is_no_date() -> None:
    release, issues = read_row({"Release Date": 2025})
    assert (release.release_date, release.release_text) == (None, "2025")
    assert [found.kind for found in issues] == [IssueKind.BAD_DATE]


def test_a_tab_without_a_year_takes_it_from_the_cell() -> None:
    release, issues = read_row({"Release Date": date_cell(date(2019, 4, 11))}, tab="Reissues")
    assert (release.release_date, release.release_year, issues) == (date(2019, 4, 11), 2019, [])


# Values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fill", "is_debut", "is_reissue"),
    [
        ("#FFBA4A", True, False),
        ("#ffba4a", True, False),
        ("#96DA77", False, True),
        ("#FF0000", False, False),
        (None, False, False),
    ],
)
def test_the_fill_of_the_length_says_debut_or_reissue(fill: str | None, is_debut: bool, is_reissue: bool) -> None:
    release, _ = read_row({"Length": CellSpec("LP", fill=fill)})
    assert (release.is_debut, release.is_reissue) == (is_debut, is_reissue)


def test_a_coloured_cell_counts_even_where_it_is_empty() -> None:
    release, _ = read_row({"Length": CellSpec(None, fill="#FFBA4A")})
    assert (release.is_debut, release.format) == (True, "")


def test_the_fill_of_another_column_says_nothing() -> None:
    release, _ = read_row({"Artist": CellSpec("Lantern Fall", fill="#FFBA4A")})
    assert not release.is_debut


def test_lengths_genres_and_vocals_are_read_by_their_rules() -> None:
    release, issues = read_row(
        {"Length": "2LP", "Genre / Subgenres": "Djent, Drone/Dark Ambient,djent", "Vocal Style": "Mixed/Instru."}
    )
    assert (release.format, release.genres, release.vocal_style) == (
        "2xLP",
        ("Djent", "Drone/Dark Ambient"),
        "Instru./Mixed",
    )
    assert issues == []


def test_an_unknown_vocal_style_is_kept_and_reported() -> None:
    release, issues = read_row({"Vocal Style": "Whispered"})
    assert (release.vocal_style, issues) == ("Whispered", [issue(IssueKind.UNKNOWN_VOCALS, "Whispered")])


def test_an_empty_vocal_style_is_never_guessed() -> None:
    release, issues = read_row({"Vocal Style": None})
    assert (release.vocal_style, issues) == ("", [])


# Links -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        CellSpec("S", link=ALBUM),
        CellSpec("S", link=WRAPPED),
        f'=HYPERLINK("{ALBUM}","S")',
        f'=hyperlink( "{ALBUM}" ; "S" )',
        f'=HYPERLINK("{WRAPPED}";"S")',
        ALBUM,
        f"spotify:album:{SPOTIFY_ID}",
    ],
)
def test_every_kind_of_spotify_link_is_read(cell: CellValue | CellSpec) -> None:
    release, issues = read_row({"Spotify": cell})
    assert (release.spotify_id, issues) == (SPOTIFY_ID, [])


def test_a_link_in_another_column_is_unwrapped_too() -> None:
    release, _ = read_row(
        {"Bandcamp": CellSpec("BC", link="https://www.google.com/url?q=https://a.bandcamp.com/album/b&x=1")}
    )
    assert release.bandcamp_url == "https://a.bandcamp.com/album/b"


def test_the_cells_own_link_counts_before_its_formula() -> None:
    formula = CellSpec('=HYPERLINK("https://other.example.com","BC")', link="https://a.bandcamp.com/album/b")
    release, _ = read_row({"Bandcamp": formula})
    assert release.bandcamp_url == "https://a.bandcamp.com/album/b"


@pytest.mark.parametrize("link", [f"https://open.spotify.com/artist/{SPOTIFY_ID}", "https://a.bandcamp.com/album/b"])
def test_a_link_that_is_no_album_is_kept_out_of_the_spotify_id(link: str) -> None:
    release, issues = read_row({"Spotify": CellSpec("S", link=link), "Bandcamp": bandcamp_link("album/salt")})
    assert (release.spotify_id, issues) == ("", [issue(IssueKind.NOT_AN_ALBUM, f"Spotify: {link}")])


@pytest.mark.parametrize("link", ["http://s/", "javascript:alert(1)"])
@pytest.mark.parametrize("column", ["Spotify", "Bandcamp", "YouTube", "Amazon", "Apple Music"])
def test_what_is_no_web_address_is_dropped_and_reported(column: str, link: str) -> None:
    other = "Amazon" if column != "Amazon" else "YouTube"
    release, issues = read_row(
        {"Spotify": None, other: CellSpec("x", link="https://a.example.com"), column: CellSpec("S", link=link)}
    )
    assert link not in repr(release)
    assert issues == [issue(IssueKind.BAD_LINK, f"{column}: {link}")]


def test_text_without_a_link_is_reported() -> None:
    release, issues = read_row({"Spotify": "S", "Bandcamp": bandcamp_link("album/salt")})
    assert (release.spotify_id, issues) == ("", [issue(IssueKind.TEXT_WITHOUT_LINK, "Spotify: S")])


def test_a_release_without_any_link_is_reported() -> None:
    _, issues = read_row({"Spotify": None})
    assert issues == [issue(IssueKind.NO_LINK, "Lantern Fall – Salt Meridian")]
