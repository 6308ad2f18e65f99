"""What a reader of the sheet sees in a cell, and what it means."""

from datetime import date, datetime

import pytest

from catalog.services.sheet.cells import (
    MAX_URL_LENGTH,
    ReleaseDate,
    clean_text,
    dated_cell,
    dated_text,
    formula_link,
    genre_names,
    release_format,
    shown_date,
    shown_number,
    spotify_album_id,
    unwrapped,
    vocal_style,
    web_address,
)

ID = "4aawyAB9vmqN3uQ7FjRGTy"
ALBUM = f"https://open.spotify.com/album/{ID}"
WRAPPED = f"https://www.google.com/url?q=https%3A%2F%2Fopen.spotify.com%2Falbum%2F{ID}&sa=D&ust=1"


# Text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Salt \n\t Meridian\u00a0", "Salt Meridian"),
        ("Cafe\u0301", "Café"),
        ("a\x00b\x1f\x7f\x85c", "abc"),
        ("\ud800lone", "lone"),
        ("\u200bzero", "\u200bzero"),
        ("", ""),
    ],
)
def test_text_is_trimmed_collapsed_and_composed(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


def test_text_of_any_ordinary_length_is_cleaned_as_a_whole() -> None:
    assert clean_text(" Cafe\u0301" * 250) == " ".join(["Café"] * 250)


def test_a_date_is_shown_by_the_beginning_of_an_endless_format() -> None:
    assert shown_date(datetime(1960, 7, 4), "mmmm yyyy" + "[" * 50_000).startswith("July 1960")


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("16.0", "16"),
        ("16", "16"),
        ("667788.0", "667788"),
        ("417.3", "417.3"),
        ("-3.0", "-3"),
        ("1E3", "1000"),
        ("0.1", "0.1"),
        ("0.30000000000000004", "0.3"),
        ("3.1415926535897931", "3.141592654"),
        ("123456789012.0", "123456789012"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("", ""),
        ("1_000", "1_000"),
    ],
)
def test_numbers_show_as_general_does(stored: str, shown: str) -> None:
    assert shown_number(stored) == shown


def test_a_number_beyond_every_bound_is_shown_in_some_form() -> None:
    assert shown_number("1E400") == "inf"
    assert shown_number("9" * 400)


@pytest.mark.parametrize(
    ("number_format", "shown"),
    [
        ("mmmm yyyy", "July 1960"),
        ("mmmm d", "July 4"),
        ('mmmm" "d', "July 4"),
        ("mmm dd, yy", "Jul 04, 60"),
        ("m/d/yyyy", "7/4/1960"),
        ("yyyy-mm-dd", "1960-07-04"),
        ("dddd", "Monday"),
        ("ddd", "Mon"),
        ("h:mm", "9:05"),
        ("hh:mm:ss", "09:05:07"),
        ("mm:ss", "05:07"),
        ("h:mm AM/PM", "9:05 AM"),
        (r"d\.m\.yyyy", "4.7.1960"),
        ("[$-409]mmmm d;@", "July 4"),
        ("_-d_-", "4"),
        ("MMMM YYYY", "July 1960"),
    ],
)
def test_dates_show_as_their_format_says(number_format: str, shown: str) -> None:
    assert shown_date(datetime(1960, 7, 4, 9, 5, 7), number_format) == shown


# Links -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "link"),
    [
        ('HYPERLINK("https://a.example.com","S")', ("https://a.example.com", "S")),
        ('=HYPERLINK("https://a.example.com";"S")', ("https://a.example.com", "S")),
        ('=hyperlink( "https://a.example.com" ; "S" )', ("https://a.example.com", "S")),
        (' = HyperLink ("https://a.example.com" , "S")', ("https://a.example.com", "S")),
        ('=HYPERLINK("https://a.example.com")', ("https://a.example.com", "https://a.example.com")),
        ('=HYPERLINK("https://a.example.com" & "/b","S")', ("https://a.example.com/b", "S")),
        ('=HYPERLINK("https://a.example.com/?q=""x""","say ""S""")', ('https://a.example.com/?q="x"', 'say "S"')),
    ],
)
def test_a_hyperlink_formula_gives_address_and_text(formula: str, link: tuple[str, str]) -> None:
    assert formula_link(formula) == link


@pytest.mark.parametrize("formula", ["", "=SUM(A1:A9)", "=HYPERLINK(A1,B1)", '=HYPERLINK("open', '=IF(1,"a","b")'])
def test_any_other_formula_gives_no_link(formula: str) -> None:
    assert formula_link(formula) is None


def test_a_long_formula_of_parts_is_read_in_no_time() -> None:
    assert formula_link("=HYPERLINK(" + '"a"&' * 20_000) is None
    assert formula_link(" " * 50_000 + "1") is None
    assert formula_link('=HYPERLINK("' + '""' * 20_000) is None


def test_google_wrapping_is_taken_off_once_and_twice() -> None:
    assert unwrapped(WRAPPED) == ALBUM
    twice = f"https://www.google.com/url?q={WRAPPED.replace('%', '%25').replace('&', '%26').replace('?', '%3F')}"
    assert unwrapped(twice) == ALBUM


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/search?q=https://a.example.com",
        "https://www.google.com.evil.example/url?q=https://a.example.com",
        "https://a.example.com/?u=google.com/url?q=b",
    ],
)
def test_other_addresses_are_not_unwrapped(url: str) -> None:
    assert unwrapped(url) == url


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (" https://lanternfall.bandcamp.com/album/salt ", "https://lanternfall.bandcamp.com/album/salt"),
        ("HTTP://Example.COM", "HTTP://Example.COM"),
        ("https://my_band.bandcamp.com/", "https://my_band.bandcamp.com/"),
        ("https://example.com:8080/x?y=1#z", "https://example.com:8080/x?y=1#z"),
        (WRAPPED, ALBUM),
    ],
)
def test_an_address_with_a_real_host_is_a_link(url: str, address: str) -> None:
    assert web_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://s/",
        "http://",
        "javascript:alert(1)",
        "java\x00script:alert(1)",
        "data:text/html,<script>",
        "//example.com/x",
        "ftp://example.com/x",
        "mailto:a@example.com",
        "https://user:secret@example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://example.com:port/",
        "https://[broken",
        "https://exa mple.com/",
        "https://example.com/a b",
        "https://.com/",
        "https://www.google.com/url?q=javascript:alert(1)",
        "https://www.google.com/url?sa=D",
        f"https://example.com/{'x' * MAX_URL_LENGTH}",
    ],
)
def test_what_leads_nowhere_safe_is_no_link(url: str) -> None:
    assert web_address(url) == ""


@pytest.mark.parametrize("hidden", ["%00", "%0B", "%1F", "%7F", "%C2%85"])
def test_control_characters_that_wrapping_hides_make_no_link(hidden: str) -> None:
    assert web_address(f"https://www.google.com/url?q=https://example.com/{hidden}x") == ""


@pytest.mark.parametrize(
    "url",
    [
        ALBUM,
        f"{ALBUM}?si=abc",
        f"{ALBUM}/",
        f"http://open.spotify.com/album/{ID}",
        f"https://open.spotify.com/intl-de/album/{ID}",
        f"https://open.spotify.com/intl-pt-BR/album/{ID}?x=1",
        f"spotify:album:{ID}",
        WRAPPED,
    ],
)
def test_a_spotify_album_is_known_in_every_form_of_its_link(url: str) -> None:
    assert spotify_album_id(url) == ID


@pytest.mark.parametrize(
    "url",
    [
        f"https://open.spotify.com/artist/{ID}",
        f"https://open.spotify.com/album/{ID[:-1]}",
        f"https://open.spotify.com/album/{ID}x",
        f"https://evil.example/album/{ID}",
        f"https://open.spotify.com.evil.example/album/{ID}",
        f"spotify:track:{ID}",
        "http://s/",
        "https://[broken",
        "S",
        "",
    ],
)
def test_any_other_link_has_no_spotify_album(url: str) -> None:
    assert spotify_album_id(url) == ""


# Dates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "settled"),
    [
        (date(2025, 4, 11), ReleaseDate(date(2025, 4, 11), "day", 2025)),
        (date(2024, 4, 11), ReleaseDate(date(2025, 4, 11), "day", 2025, year_was=2024)),
        (date(2026, 1, 2), ReleaseDate(date(2025, 1, 2), "day", 2025, year_was=2026)),
        (date(2024, 12, 27), ReleaseDate(date(2024, 12, 27), "day", 2024)),
        (date(2023, 12, 27), ReleaseDate(date(2025, 12, 27), "day", 2025, year_was=2023)),
        (date(2024, 11, 30), ReleaseDate(date(2025, 11, 30), "day", 2025, year_was=2024)),
        (date(2024, 2, 29), ReleaseDate(date(2025, 2, 1), "month", 2025, year_was=2024)),
    ],
)
def test_the_tabs_year_wins_but_for_a_december_before_it(day: date, settled: ReleaseDate) -> None:
    assert dated_cell(day, year=2025) == settled


def test_without_a_year_in_the_tab_the_cells_year_stands() -> None:
    assert dated_cell(date(2019, 4, 11), year=None) == ReleaseDate(date(2019, 4, 11), "day", 2019)


def test_a_format_without_a_day_is_known_to_the_month() -> None:
    for odd in ("[$-de-DE]mmmm yyyy", "[Red]mmmm yyyy", 'mmmm yyyy" (digital)"', "mmmm;d"):
        assert dated_cell(date(2025, 4, 11), year=2025, number_format=odd).precision == "month"
    assert dated_cell(date(2025, 4, 11), year=2025, number_format="mmmm yyyy") == ReleaseDate(
        date(2025, 4, 1), "month", 2025
    )


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("April", date(2025, 4, 1), "month"),
        ("apr", date(2025, 4, 1), "month"),
        ("Sept.", date(2025, 9, 1), "month"),
        ("April 12", date(2025, 4, 12), "day"),
        ("April 12th, 2025", date(2025, 4, 12), "day"),
        ("12 Apr 2025", date(2025, 4, 12), "day"),
        ("2025-04-12", date(2025, 4, 12), "day"),
        ("December 2024", date(2024, 12, 1), "month"),
    ],
)
def test_typed_dates_are_read(text: str, day: date, precision: str) -> None:
    dated = dated_text(text, year=2025)
    assert (dated.day, dated.precision, dated.year_was) == (day, precision, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TBA",
        "Fall",
        "-",
        "- ",
        "Mat 4",
        "April or May",
        "April 31",
        "February 29",
        "2025",
        "12",
        "4 5 May",
        "2025-13-40",
    ],
)
def test_what_names_no_day_and_no_month_is_no_date(text: str) -> None:
    assert dated_text(text, year=2025) == ReleaseDate(year=2025)


def test_a_typed_year_that_contradicts_the_tab_is_told() -> None:
    assert dated_text("April 12, 2023", year=2025) == ReleaseDate(date(2025, 4, 12), "day", 2025, year_was=2023)


def test_a_month_without_any_year_is_no_date() -> None:
    assert dated_text("April", year=None) == ReleaseDate()


# Values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("LP", "LP"),
        ("lp", "LP"),
        ("ep", "EP"),
        ("SINGLE", "Single"),
        ("2xLP", "2xLP"),
        ("2LP", "2xLP"),
        ("24 x lp", "24xLP"),
        ("Demo", "Demo"),
        ("", ""),
    ],
)
def test_lengths_are_spelled_alike_and_unknown_ones_kept(text: str, shown: str) -> None:
    assert release_format(text) == shown


def test_genres_are_split_on_commas_only_and_named_once() -> None:
    assert genre_names("Drone/Dark Ambient, Djent ,, djent, Melodic Death metal") == (
        "Drone/Dark Ambient",
        "Djent",
        "Melodic Death metal",
    )
    assert genre_names("") == ()


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("Clean", "Clean"),
        ("harsh", "Harsh"),
        ("MIxed", "Mixed"),
        ("Instrumental", "Instrumental"),
        ("Instrumen", "Instrumental"),
        ("Instru.", "Instrumental"),
        ("Instr./Clean", "Instru./Clean"),
        ("Instru./Harsh", "Instru./Harsh"),
        ("Mixed/Instru.", "Instru./Mixed"),
        ("Instrumental / Clean", "Instru./Clean"),
    ],
)
def test_vocal_styles_become_seven_values(text: str, style: str) -> None:
    assert vocal_style(text) == (style, True)


@pytest.mark.parametrize("text", ["Whispered", "Clean/Harsh", "Clean, mostly", "Instru./Instru.", "/", "Clean/"])
def test_a_vocal_style_that_fits_none_is_kept_as_it_is(text: str) -> None:
    assert vocal_style(text) == (text, False)
