"""Workbooks with parts replaced, removed or added, as no program writes them."""

import re
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from tests.support.sheets import TAB, release_sheet

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
LINKS = "xl/worksheets/_rels/sheet1.xml.rels"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def parts_of(workbook: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(workbook)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes], *, method: int = ZIP_DEFLATED) -> bytes:
    body = BytesIO()
    with ZipFile(body, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return body.getvalue()


def with_parts(workbook: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """Replace or add parts; None removes one."""
    parts = {**parts_of(workbook), **changes}
    return packed({name: content for name, content in parts.items() if content is not None})


def sharing_texts(workbook: bytes) -> bytes:
    """Let the first tab's cells share their texts, as Google's export does and openpyxl does not."""
    parts = parts_of(workbook)
    texts: list[str] = []

    def share(match: re.Match[str]) -> str:
        texts.append(match[2])
        return f'{match[1]}t="s"><v>{len(texts) - 1}</v></c>'

    inline = re.compile(r'(<c [^>]*?)t="inlineStr"><is>(.*?)</is></c>')
    sheet = inline.sub(share, parts[SHEET].decode())
    strings = "".join(f"<si>{text}</si>" for text in texts)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    types = parts["[Content_Types].xml"].decode()
    changes = {
        SHEET: sheet,
        STRINGS: f'<sst xmlns="{NAMESPACE}">{strings}</sst>',
        "[Content_Types].xml": types.replace(
            "</Types>", f'<Override PartName="/{STRINGS}" ContentType="{kind}"/></Types>'
        ),
    }
    return packed({**parts, **{name: content.encode() for name, content in changes.items()}})


def text_cell(reference: str, text: str) -> str:
    """Return the XML of a cell with text of its own; what is in it is not escaped."""
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


GOOD_ROWS = (3, 5)


def sheet_xml(middle: str, *, after: str = "") -> str:
    """Return a tab whose rows 3 and 5 are good, with `middle` between them and `after` behind the rows."""
    header = text_cell("A1", "Artist") + text_cell("B1", "Album") + text_cell("C1", "Release Date")
    before, behind = (
        f'<row r="{row}">{text_cell(f"A{row}", f"Artist {row}")}{text_cell(f"B{row}", f"Album {row}")}</row>'
        for row in GOOD_ROWS
    )
    return (
        f'<worksheet xmlns="{NAMESPACE}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        f'<sheetData><row r="1">{header}</row>{before}{middle}{behind}</sheetData>{after}</worksheet>'
    )


def workbook_with(middle: str, *, after: str = "", **parts: bytes) -> bytes:
    """Return a workbook of one such tab."""
    return with_parts(release_sheet({}, tab=TAB), {SHEET: sheet_xml(middle, after=after).encode(), **parts})
