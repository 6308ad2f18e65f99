"""Writes releases as a workbook in the shape of the sheet's export."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from demo.sample import SampleRelease, odd_rows
from demo.workbook_cells import CellSpec, Row, build_workbook

DATA_COLUMNS = ("Artist", "Album", "Release Date", "Length", "Genre / Subgenres", "Vocal Style", "Country / State")
LINK_TEXTS = {
    "Bandcamp": "BC",
    "Spotify": "S",
    "Google Play": "GP",
    "YouTube": "YT",
    "Amazon": "A",
    "Apple Music": "AM",
}
LAST_YEAR_OF_GOOGLE_PLAY = 2019
FIRST_YEAR_OF_HEADER_IN_ROW_6 = 2021
DEBUT_FILL = "#FFBA4A"
REISSUE_FILL = "#96DA77"
HEADER_FILL = "#B7B7B7"
HIDDEN_TAB = "2020 Reissues & Special Release"
ROWS_BETWEEN_GAPS = 45  # Curators leave empty rows between months.


def write_workbook(releases: Iterable[SampleRelease], *, with_odd_rows: bool = True) -> bytes:
    """Write a tab for each `tab` of the releases, newest year first, then a hidden tab and one with statistics.

    Odd rows have no title or repeat another row; they are no albums of their own.
    """
    releases = list(releases)
    rows = [*releases, *(odd_rows(releases) if with_odd_rows else [])]
    tabs: dict[str, Iterable[Row]] = {name: _tab(name, own) for name, own in _by_tab(rows).items()}
    tabs[HIDDEN_TAB] = [("2020 Reissues",), (), (), (), _header(_columns(HIDDEN_TAB))]
    tabs["Statistics"] = [("Views of this sheet",), (len(releases) * 7,)]
    return build_workbook(tabs, hidden=[HIDDEN_TAB])


def _by_tab(releases: Iterable[SampleRelease]) -> Mapping[str, list[SampleRelease]]:
    tabs: dict[str, list[SampleRelease]] = {}
    for release in releases:
        tabs.setdefault(release.tab, []).append(release)
    newest_first = sorted(tabs, key=lambda name: (-int(name[:4]), name))
    return {name: tabs[name] for name in newest_first}


def _tab(name: str, releases: Sequence[SampleRelease]) -> Iterator[Row]:
    columns = _columns(name)
    yield from _heading(name, releases)
    yield _header(columns)
    for number, release in enumerate(releases, start=1):
        yield _row(number, release, columns)
        if number % ROWS_BETWEEN_GAPS == 0:
            yield ()


def _columns(tab: str) -> tuple[str, ...]:
    links = [name for name in LINK_TEXTS if name != "Google Play" or int(tab[:4]) <= LAST_YEAR_OF_GOOGLE_PLAY]
    return (*DATA_COLUMNS, *links)


def _heading(name: str, releases: Sequence[SampleRelease]) -> list[Row]:
    debuts = sum(release.is_debut for release in releases)
    lines: list[Row] = [
        (f"{name} Albums", None, "Releases:", len(releases), "Sort with Data → Filter views", "Curators: you"),
        (None, None, "LPs:", sum(release.length == "LP" for release in releases)),
        (None, None, "EPs:", sum(release.length == "EP" for release in releases)),
        (None, None, "Debuts:", CellSpec(debuts, fill=DEBUT_FILL)),
        (None, None, "Reissue/Special:", CellSpec(sum(release.is_reissue for release in releases), fill=REISSUE_FILL)),
    ]
    return lines if int(name[:4]) >= FIRST_YEAR_OF_HEADER_IN_ROW_6 else lines[:4]


def _header(columns: Sequence[str]) -> Row:
    return [CellSpec(name, fill=HEADER_FILL) for name in columns]


def _row(number: int, release: SampleRelease, columns: Sequence[str]) -> Row:
    links = [_link(number, name, release.links.get(name)) for name in columns[len(DATA_COLUMNS) :]]
    return [
        release.artist,
        release.title or None,
        _date(number, release),
        CellSpec(release.length, fill=_length_fill(release)),
        ", ".join(release.genres),
        release.vocals,
        release.country,
        *links,
    ]


def _date(number: int, release: SampleRelease) -> CellSpec | str:
    if release.released is None:
        return release.shown_date
    return CellSpec(release.released, number_format='mmmm" "d' if number % 3 == 0 else "mmmm d")


def _length_fill(release: SampleRelease) -> str | None:
    if release.is_debut:
        return DEBUT_FILL
    return REISSUE_FILL if release.is_reissue else None


def _link(number: int, column: str, url: str | None) -> CellSpec | str | None:
    """Return a link in one of the forms that the real sheet has."""
    text = LINK_TEXTS[column]
    if not url:
        return text if url == "" else None
    if number % 11 == 0:
        url = f"https://www.google.com/url?q={quote(url, safe='')}&sa=D&ust=1600000000&usg=sample"
    if column != "Spotify" or number % 2:
        return CellSpec(text, link=url)
    return _formula(number, url, text)


def _formula(number: int, url: str, text: str) -> str:
    if number % 14 == 0:
        return f'=hyperlink("{url}" ; "{text}")'
    return f'=HYPERLINK("{url}", "{text}")' if number % 4 else f'=HYPERLINK("{url}";"{text}")'
