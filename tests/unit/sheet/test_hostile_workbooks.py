"""Workbooks that are broken or made up end in a named error, or lose only what is broken."""

import re
import resource
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from random import Random
from time import process_time
from typing import Any, Literal
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile
from zlib import crc32

import pycountry
import pytest

from catalog.services.errors import NoReleaseTab, SheetNotAWorkbook, SheetTooLarge, SyncCancelled
from catalog.services.sheet import openpyxl_adapter
from catalog.services.sheet.cells import MAX_RAW_LENGTH
from catalog.services.sheet.parser import read_releases
from catalog.services.sheet.releases import TabReading, TabState
from catalog.vocabulary.issues import IssueKind
from demo.workbook_cells import CellSpec, build_workbook
from tests.support.archives import (
    GOOD_ROWS,
    LINKS,
    NAMESPACE,
    SHEET,
    STRINGS,
    STYLES,
    packed,
    parts_of,
    sharing_texts,
    sheet_xml,
    text_cell,
    with_parts,
    workbook_with,
)
from tests.support.hostile import MARKS
from tests.support.sheets import COLUMNS, TAB, read_row, release_sheet, release_tab, sheet_row

# What openpyxl remarks on workbooks that lack something.
pytestmark = pytest.mark.filterwarnings("ignore:Workbook contains no", "ignore:.*is not supported and will be removed")

OUR_ERRORS = (SheetNotAWorkbook, SheetTooLarge, NoReleaseTab)
GOOD_TITLES = [f"Album {row}" for row in GOOD_ROWS]
MORE_MEGABYTES = 100


def read(workbook: bytes) -> list[TabReading]:
    return list(read_releases(workbook))


def titles(workbook: bytes) -> list[str]:
    return [release.title for reading in read(workbook) for release in reading.releases]


def survives(workbook: bytes) -> bool:
    """Tell whether a workbook can be read; anything but our own errors is raised."""
    try:
        read(workbook)
    except OUR_ERRORS:
        return False
    return True


@pytest.fixture(scope="module")
def good() -> bytes:
    return sharing_texts(release_sheet(*({"Album": f"Title {number}"} for number in range(20))))


# Files that are no workbook ----------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"PK\x05\x06" + b"\0" * 18,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000,
        b"<!doctype html><title>Sign in</title>",
        b"Artist,Album\nLantern Fall,Salt Meridian\n",
        b"\0" * 100_000,
        packed({"readme.txt": b"no workbook"}),
        packed({"[Content_Types].xml": b"<Types/>"}),
        packed({"[Content_Types].xml": b"not XML"}),
    ],
    ids=["nothing", "signature", "empty zip", "password", "page", "csv", "zeros", "other zip", "no parts", "no XML"],
)
def test_what_is_no_workbook_is_named(content: bytes) -> None:
    with pytest.raises(SheetNotAWorkbook, match=r"damaged or is not an XLSX workbook\."):
        read(content)


def test_a_workbook_cut_anywhere_is_named(good: bytes) -> None:
    for length in range(0, len(good), len(good) // 150):
        with pytest.raises(SheetNotAWorkbook):
            read(good[:length])


def test_an_encrypted_archive_is_named(good: bytes) -> None:
    encrypted = bytearray(good)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = encrypted.find(signature)
        while position >= 0:
            encrypted[position + offset] |= 1
            position = encrypted.find(signature, position + 1)
    with pytest.raises(SheetNotAWorkbook):
        read(bytes(encrypted))


def test_changed_bytes_raise_nothing_but_our_errors(good: bytes) -> None:
    random = Random(2025)  # noqa: S311  (it has to repeat)
    outcomes = set()
    for _ in range(250):
        changed = bytearray(good)
        for _ in range(random.choice((1, 1, 3, 30))):
            changed[random.randrange(len(changed))] = random.randrange(256)
        outcomes.add(survives(bytes(changed)))
    assert outcomes == {True, False}


def test_changed_bytes_inside_the_parts_raise_nothing_but_our_errors(good: bytes) -> None:
    random = Random(2026)  # noqa: S311
    parts = parts_of(good)
    outcomes = set()
    for _ in range(250):
        name = random.choice([SHEET, STRINGS, STYLES, LINKS, "xl/workbook.xml", "[Content_Types].xml"])
        content = bytearray(parts[name])
        for _ in range(random.choice((1, 3, 10))):
            content[random.randrange(len(content))] = random.choice(b'<>/="&; 0123456789AZaz\0\xff')
        outcomes.add(survives(packed({**parts, name: bytes(content)}, method=ZIP_STORED)))
    assert outcomes == {True, False}


@pytest.mark.parametrize(
    "name", ["xl/workbook.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels", STYLES, LINKS, STRINGS, SHEET]
)
def test_a_part_that_is_missing_or_broken_raises_nothing_but_our_errors(good: bytes, name: str) -> None:
    for content in (None, b"", b"<", b"<a/>", b"\xff\xfe\x00", b"\0" * 99):
        survives(with_parts(good, {name: content}))


def test_a_packing_that_no_workbook_uses_is_named(good: bytes) -> None:
    with pytest.raises(SheetNotAWorkbook):
        read(packed(parts_of(good), method=ZIP_LZMA))


@pytest.mark.parametrize(
    "name",
    [
        "archive.Archive.read",
        "openpyxl_adapter._number_format",
        "xlsx._text_of",
        "xlsx._row_number",
        "openpyxl_adapter.clean_text",
    ],
)
def test_a_defect_of_ours_is_not_told_as_a_damaged_file(
    good: bytes, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise AttributeError("ours")

    monkeypatch.setattr(f"catalog.services.sheet.{name}", fail)
    with pytest.raises(AttributeError, match=r"^ours$"):
        read(good)


# Bombs -------------------------------------------------------------------------------------


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.fixture
def bounded_memory() -> Iterator[None]:
    """Fail a test that takes much more memory than the tests before it."""
    before = peak_megabytes()
    yield
    assert peak_megabytes() - before < MORE_MEGABYTES


def inflated(workbook: bytes, name: str, *, megabytes: int, claims: int | None = None) -> bytes:
    """Put so many megabytes of spaces into a part; the archive may claim that it has fewer bytes."""
    parts = parts_of(workbook)
    parts.pop(name, None)
    body = BytesIO(packed(parts))
    with ZipFile(body, "a", ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open(name, "w") as part:
            for _ in range(megabytes):
                part.write(b" " * 1_000_000)
        if claims is not None:
            archive.getinfo(name).file_size = claims
            archive.getinfo(name).CRC = crc32(b" " * claims)
    return body.getvalue()


@pytest.mark.usefixtures("bounded_memory")
@pytest.mark.parametrize("name", [SHEET, STRINGS, STYLES, "xl/workbook.xml", "xl/media/image.png"])
def test_a_part_that_unpacks_to_far_too_much_is_refused_unread(good: bytes, name: str) -> None:
    with pytest.raises(SheetTooLarge, match=r"unpacks to 15\d MB\."):
        read(inflated(good, name, megabytes=155))


@pytest.mark.usefixtures("bounded_memory")
@pytest.mark.parametrize("name", [SHEET, STRINGS, STYLES, "xl/workbook.xml", "[Content_Types].xml"])
def test_a_part_that_unpacks_to_more_than_it_claims_is_never_unpacked(good: bytes, name: str) -> None:
    survives(inflated(good, name, megabytes=150, claims=2000))


def test_a_small_part_may_be_packed_tightly(good: bytes) -> None:
    assert len(titles(inflated(good, "xl/media/image.png", megabytes=2))) == 20


def padded(workbook: bytes) -> bytes:
    """Add bytes that do not pack, so that the ratio is an honest workbook's."""
    return with_parts(workbook, {"xl/media/image.png": Random(1).randbytes(800_000)})  # noqa: S311


@pytest.mark.usefixtures("bounded_memory")
@pytest.mark.parametrize(
    "middle",
    [
        '<row r="4">' + "<c/>" * 3_000_000 + "</row>",
        "<row/>" * 600_000,
        "<a>" * 5_000_000,
        "<row>" + "<c/>" * 200_000,
    ],
    ids=["cells in one row", "rows", "depth", "a row without end"],
)
def test_a_tab_of_endless_markup_is_too_large(middle: str) -> None:
    with pytest.raises(SheetTooLarge, match=r"workbook has more than [0-9,]+ (cells|tags|parts)\."):
        read(padded(workbook_with(middle)))


def test_a_few_kilobytes_that_claim_a_million_rows_end_at_once() -> None:
    bomb = workbook_with("<row/>" * 1_000_000)
    assert len(bomb) < 15_000
    start = process_time()
    with pytest.raises(SheetTooLarge):
        read(bomb)
    assert process_time() - start < 5


def test_a_cell_in_the_last_row_and_column_costs_nothing() -> None:
    far = sheet_xml("").replace("</sheetData>", f'<row r="1048576">{text_cell("XFD1048576", "far")}</row></sheetData>')
    assert titles(with_parts(release_sheet({}), {SHEET: far.encode()})) == GOOD_TITLES


def test_a_hundred_thousand_empty_rows_hide_no_album() -> None:
    middle = "".join(f'<row r="{row}"><c r="A{row}"/></row>' for row in range(6, 100_006))
    behind = f'<row r="100007">{text_cell("A100007", "Last")}{text_cell("B100007", "Album last")}</row>'
    xml = sheet_xml("").replace("</sheetData>", f"{middle}{behind}</sheetData>")
    assert titles(with_parts(release_sheet({}), {SHEET: xml.encode()})) == [
        *GOOD_TITLES,
        "Album last",
    ]


# Entities and encodings --------------------------------------------------------------------

LAUGHS = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize("name", [SHEET, STRINGS, STYLES, LINKS, "xl/workbook.xml", "[Content_Types].xml"])
def test_a_document_type_in_any_part_is_refused(good: bytes, name: str) -> None:
    content = parts_of(good)[name].decode()
    declaration, _, rest = content.rpartition("?>")
    laughing = f"{declaration}{'?>' if declaration else ''}{LAUGHS}{rest}"
    assert not titles_or_none(with_parts(good, {name: laughing.encode()}))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp037", "utf-7"])
def test_a_part_in_another_encoding_hides_no_document_type(good: bytes, encoding: str) -> None:
    content = LAUGHS + sheet_xml(f'<row r="4">{text_cell("A4", "&c;")}{text_cell("B4", "&c;")}</row>')
    declaration = b'<?xml version="1.0" encoding="%s"?>' % encoding.encode()
    if encoding.startswith("utf-16"):
        declaration = b""
    assert not titles_or_none(with_parts(good, {SHEET: declaration + content.encode(encoding)}))


def titles_or_none(workbook: bytes) -> list[str] | None:
    try:
        return titles(workbook)
    except OUR_ERRORS:
        return None


def test_a_mark_of_utf_8_hides_no_other_encoding(good: bytes) -> None:
    content = b"\xef\xbb\xbf" + b'<?xml version="1.0" encoding="cp037"?>' + sheet_xml("").encode()
    assert not titles_or_none(with_parts(good, {SHEET: content}))


def test_an_endless_number_format_is_not_searched(good: bytes) -> None:
    """openpyxl's pattern for dates takes quadratic time in its length."""
    styles = parts_of(good)[STYLES].decode()
    assert 'formatCode="' in styles
    endless = styles.replace('formatCode="', 'formatCode="' + "[" * 50_000)
    with pytest.raises(SheetNotAWorkbook):
        read(with_parts(good, {STYLES: endless.encode()}))


@pytest.mark.parametrize("bracket", ["[", "&#91;"])
def test_a_number_format_longer_than_excels_bound_is_refused(good: bytes, bracket: str) -> None:
    styles = parts_of(good)[STYLES].decode()
    for length, is_good in ((200, True), (256, False)):
        changed = styles.replace('formatCode="', f'formatCode="{bracket * length}', 1)
        assert survives(with_parts(good, {STYLES: changed.encode()})) is is_good


@pytest.mark.parametrize(
    ("name", "before", "many"),
    [
        (STYLES, "</fonts>", "<font/>"),
        ("xl/workbook.xml", "</workbook>", '<definedNames><definedName name="a">1</definedName></definedNames>'),
        ("xl/_rels/workbook.xml.rels", "</Relationships>", "<Relationship/>"),
        ("[Content_Types].xml", "</Types>", "<Default/>"),
    ],
)
def test_a_part_that_is_read_as_a_whole_is_refused_before_it_is_parsed(
    good: bytes, name: str, before: str, many: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openpyxl_adapter, "MAX_TAGS", 500)
    content = parts_of(good)[name].decode()
    assert before in content
    with pytest.raises(SheetTooLarge, match="more than 500 tags"):
        read(with_parts(good, {name: content.replace(before, many * 500 + before).encode()}))


def test_a_workbook_of_too_many_tabs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openpyxl_adapter, "MAX_TABS", 3)
    tabs = {f"{year} Prog-metal": release_tab(sheet_row()) for year in range(2020, 2024)}
    with pytest.raises(SheetTooLarge, match="more than 3 tabs"):
        read(build_workbook(tabs))


def test_of_tabs_that_share_a_part_the_first_is_read() -> None:
    tabs = {name: release_tab(sheet_row()) for name in ("2025 Prog-metal", "2024 Prog-metal", "2023 Prog-metal")}
    workbook = build_workbook(tabs)
    relations = parts_of(workbook)["xl/_rels/workbook.xml.rels"].decode().replace("sheet2.xml", "sheet1.xml")
    shared = with_parts(workbook, {"xl/_rels/workbook.xml.rels": relations.encode()})
    assert [reading.name for reading in read(shared)] == ["2025 Prog-metal", "2023 Prog-metal"]


def test_reading_ticks_every_few_hundred_rows_and_between_parts() -> None:
    ticks: list[int] = []

    def ticks_for(rows: int) -> int:
        ticks.clear()
        list(read_releases(release_sheet(*[{}] * rows), lambda: ticks.append(1)))
        return len(ticks)

    few = ticks_for(1)
    assert few >= 3
    assert ticks_for(1025) >= few + 8  # Four times each in the part of the rows and in its reading.


def test_what_a_tick_raises_ends_the_reading() -> None:
    def stop() -> None:
        raise SyncCancelled

    with pytest.raises(SyncCancelled):
        list(read_releases(release_sheet({}), stop))


@pytest.mark.parametrize(("attribute", "number"), [("fillId", 99), ("fillId", -1), ("numFmtId", 999), ("numFmtId", -1)])
def test_a_style_that_points_nowhere_is_none(good: bytes, attribute: str, number: int) -> None:
    styles = parts_of(good)[STYLES].decode()
    before, cell_styles = styles.split("<cellXfs", 1)
    pointing = re.sub(f'{attribute}="[0-9]+"', f'{attribute}="{number}"', cell_styles)
    assert len(titles(with_parts(good, {STYLES: f"{before}<cellXfs{pointing}".encode()}))) == 20


# A bad neighbour ---------------------------------------------------------------------------

ODD_ROWS = {
    "row 0": f'<row r="0">{text_cell("A4", "X")}</row>',
    "negative row": f'<row r="-1">{text_cell("A4", "X")}</row>',
    "no row number": f'<row r="x">{text_cell("A4", "X")}</row>',
    "same row again": f'<row r="3">{text_cell("A3", "X")}</row>',
    "style out of range": '<row r="4"><c r="A4" s="9999"/><c r="B4" s="-5"><v>1</v></c><c r="C4" s="x"/></row>',
    "text out of range": '<row r="4"><c r="A4" t="s"><v>99999</v></c><c r="B4" t="s"><v>-1</v></c></row>',
    "text number of text": '<row r="4"><c r="A4" t="s"><v>x</v></c></row>',
    "text number of digits": f'<row r="4"><c r="A4" t="s"><v>{"9" * 5000}</v></c></row>',
    "column that is none": f'<row r="4">{text_cell("ZZZZ4", "X")}{text_cell("4", "X")}{text_cell("é4", "X")}</row>',
    "error": '<row r="4"><c r="A4" t="e"><v>#REF!</v></c><c r="B4" t="e"><v>#N/A</v></c></row>',
    "formula without value": '<row r="4"><c r="A4"><f>SUM(A1:A9)</f></c><c r="B4"><f>A1</f></c></row>',
    "unknown type": '<row r="4"><c r="A4" t="??"><v>1</v></c></row>',
    "number that is none": '<row r="4"><c r="C4" s="1"><v>x</v></c><c r="A4"><v>1e9999</v></c></row>',
    "empty values": '<row r="4"><c r="A4" t="s"><v/></c><c r="B4" t="inlineStr"/><c r="C4"><f/></c></row>',
    "unknown elements": '<what><ever/></what><row r="4"><what/><c r="A4"><ever/></c></row>',
    "artist alone": f'<row r="4">{text_cell("A4", "X")}</row>',
    "control characters": f'<row r="4">{text_cell("A4", "_x0000__x001F_")}{text_cell("B4", "_xD800_")}</row>',
    "huge text": f'<row r="4">{text_cell("C4", "x" * 50_000)}</row>',
    "header again": f'<row r="4">{text_cell("A4", "")}{text_cell("B4", "")}</row>',
}


@pytest.mark.parametrize("middle", ODD_ROWS.values(), ids=ODD_ROWS.keys())
def test_an_odd_row_takes_no_good_row_with_it(middle: str) -> None:
    (reading,) = read(workbook_with(middle))
    assert reading.state == TabState.READ
    assert [release.title for release in reading.releases] == GOOD_TITLES


ODD_CELLS = {
    "style out of range": '<c r="D4" s="9999" t="inlineStr"><is><t>LP</t></is></c>',
    "date out of range": '<c r="C4" s="1"><v>1e300</v></c>',
    "negative date": '<c r="C4" s="1"><v>-99999999</v></c>',
    "date that is none": '<c r="C4" s="1"><v>nan</v></c>',
    "link out of nowhere": text_cell("E4", "S"),
}


@pytest.mark.parametrize("cell", ODD_CELLS.values(), ids=ODD_CELLS.keys())
def test_an_odd_cell_does_not_lose_its_row(cell: str) -> None:
    more_columns = text_cell("D1", "Length") + text_cell("E1", "Spotify") + "</row>"
    row = f'<row r="4">{text_cell("A4", "Lantern Fall")}{text_cell("B4", "Salt Meridian")}{cell}</row>'
    links = '<hyperlinks><hyperlink ref="E4" r:id="nowhere"/><hyperlink ref="?"/><hyperlink/></hyperlinks>'
    xml = sheet_xml(row, after=links).replace("</row>", more_columns, 1)
    workbook = with_parts(release_sheet({}), {SHEET: xml.encode()})
    assert titles(workbook) == ["Album 3", "Salt Meridian", "Album 5"]


def test_a_row_number_that_is_too_large_is_replaced_by_the_next() -> None:
    row = f'<row r="{10**30}">{text_cell("A4", "Lantern Fall")}{text_cell("B4", "Salt Meridian")}</row>'
    assert [release.row for release in read(workbook_with(row))[0].releases] == [3, 4, 5]


def test_a_broken_tab_takes_no_other_tab_with_it() -> None:
    tabs = {name: release_tab(sheet_row()) for name in ("2025 Prog-metal", "2024 Prog-metal")}
    broken = with_parts(build_workbook(tabs), {SHEET: b"<worksheet><sheetData><row>"})
    first, second = read(broken)
    assert (first.state, first.note) == (TabState.FAILED, "The tab is damaged.")
    assert (second.state, len(second.releases)) == (TabState.READ, 1)


def test_links_that_lead_nowhere_are_reported_not_raised(good: bytes) -> None:
    relations = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
    (reading,) = read(with_parts(good, {LINKS: relations}))
    assert len(reading.releases) == 20
    assert {issue.kind for issue in reading.issues} == {IssueKind.TEXT_WITHOUT_LINK, IssueKind.NO_LINK}


def test_a_workbook_without_its_texts_says_that_nothing_is_left(good: bytes) -> None:
    """Every header is one of those texts."""
    parts = parts_of(good)
    assert STRINGS in parts
    with pytest.raises(NoReleaseTab):
        read(with_parts(good, {STRINGS: f'<sst xmlns="{NAMESPACE}"/>'.encode()}))


# Text --------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", "{{ 7 * 7 }}", "' OR 1=1 --", "=cmd|' /C calc'!A0"])
def test_text_of_an_attacker_stays_plain_text(payload: str) -> None:
    release, _ = read_row({"Artist": f" {payload}", "Country / State": f" {payload}"})
    assert (release.artist, release.country) == (payload, payload)


def test_text_of_fifty_thousand_characters_is_cut_in_every_column() -> None:
    header = "".join(text_cell(f"{column}1", name) for column, name in zip("ABCDEFG", COLUMNS, strict=False))
    long = "".join(text_cell(f"{column}2", "x" * 50_000) for column in "ABCDEFG")
    short = text_cell("A3", "Lantern Fall") + text_cell("B3", "Ebb")
    rows = "".join(f'<row r="{row}">{cells}</row>' for row, cells in enumerate((header, long, short), 1))
    xml = f'<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>'
    (reading,) = read(with_parts(release_sheet({}), {SHEET: xml.encode()}))
    first, second = reading.releases
    assert max(len(str(value)) for value in vars(first).values()) <= 510
    assert len(first.format) == 100
    assert second.title == "Ebb"
    assert {issue.kind for issue in reading.issues if issue.row == 2} >= {
        IssueKind.TOO_LONG,
        IssueKind.BAD_DATE,
    }


@pytest.mark.parametrize("text", [MARKS, f"https://{MARKS}", f"https://a.example.com/{MARKS}", f"spotify:{MARKS}"])
def test_only_short_text_is_normalised(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    normalize = unicodedata.normalize

    def watched(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text)

    workbook = build_workbook({TAB: release_tab([text] * len(COLUMNS), sheet_row(), columns=COLUMNS)})
    parts = parts_of(workbook)
    book = parts["xl/workbook.xml"].decode().replace(TAB, text)
    linked = release_sheet({"Spotify": CellSpec("S", link=text), "Bandcamp": f'=HYPERLINK("{text}","{text}")'})
    monkeypatch.setattr(unicodedata, "normalize", watched)
    (reading,) = read(with_parts(workbook, {"xl/workbook.xml": book.encode()}))
    (other,) = read(linked)
    assert reading.releases[-1].title == "Salt Meridian"
    assert {issue.kind for issue in reading.issues} >= {IssueKind.TOO_LONG, IssueKind.BAD_DATE}
    assert IssueKind.BAD_LINK in {issue.kind for issue in other.issues}
    assert max(lengths) <= MAX_RAW_LENGTH


def test_an_address_that_is_too_long_is_no_link_even_where_its_beginning_is_one() -> None:
    address = "https://a.example.com/" + "x" * MAX_RAW_LENGTH
    release, issues = read_row({"Bandcamp": address})
    assert release.bandcamp_url == ""
    assert [issue.kind for issue in issues] == [IssueKind.BAD_LINK]


def test_a_wrapped_address_typed_as_text_may_be_longer_than_what_is_in_it() -> None:
    address = "https://a.example.com/" + "é" * 300
    release, issues = read_row({"Bandcamp": f"https://www.google.com/url?q={quote(address)}&sa={'D' * 500}"})
    assert (release.bandcamp_url, issues) == (address, [])


def test_hundreds_of_countries_are_cut_to_what_a_column_holds() -> None:
    codes = [country.alpha_2 for country in pycountry.countries]
    release, _ = read_row({"Country / State": "/".join(codes)})
    assert len(" ".join(release.country_codes)) <= 100


def test_a_tabs_name_is_cut_to_what_a_column_holds(good: bytes) -> None:
    book = parts_of(good)["xl/workbook.xml"].decode().replace("2025 Prog-metal", "2025 " + "x" * 3000)
    (reading,) = read(with_parts(good, {"xl/workbook.xml": book.encode()}))
    assert reading.name == "2025 " + "x" * 95
    assert {release.tab for release in reading.releases} == {reading.name}
