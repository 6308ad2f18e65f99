"""The ZIP archive of an XLSX workbook, with limits on the unpacked size of its parts."""

import re
import struct
import zlib
from hashlib import sha256
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from catalog.services.errors import SheetNotAWorkbook, SheetTooLarge

MAX_UNPACKED_BYTES = 150_000_000  # The real sheet unpacks to 24 MB.
MAX_RATIO = 60  # Text packs to about a tenth, rows of empty cells to a thirtieth.
RATIO_COUNTS_FROM_BYTES = 5_000_000

# XML bombs are entities, which a document type declares. In another encoding than UTF-8 its bytes would differ.
OTHER_ENCODING = re.compile(
    rb"""\xff\xfe|\xfe\xff|.?\x00|(?:\xef\xbb\xbf)?<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["'])""",
    re.IGNORECASE | re.DOTALL,
)
DOCUMENT_TYPE = b"<!DOCTYPE"

# What zipfile raises for an archive that is cut, changed or encrypted.
DAMAGED = (BadZipFile, zlib.error, struct.error, EOFError, IndexError, OSError, OverflowError, RuntimeError, ValueError)
WRONG_FILE = "The file is damaged or is not an XLSX workbook."


class Archive:
    """Raises `SheetNotAWorkbook` or `SheetTooLarge`, at once or while a part is read."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = ZipFile(BytesIO(data))
        except DAMAGED as error:
            raise SheetNotAWorkbook(WRONG_FILE) from error
        self._refuse_suspicious_sizes()
        self.names = frozenset(self._zip.namelist())

    def _refuse_suspicious_sizes(self) -> None:
        parts = self._zip.infolist()
        if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
            raise SheetNotAWorkbook(WRONG_FILE)
        unpacked = sum(part.file_size for part in parts)
        packed = sum(part.compress_size for part in parts)
        is_bomb = unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > MAX_RATIO * packed
        if is_bomb or unpacked > MAX_UNPACKED_BYTES:
            raise SheetTooLarge(f"The workbook unpacks to {unpacked / 1_000_000:,.0f} MB.")

    def digest(self) -> str:
        """Return a SHA-256 of what the parts hold, without the times of export in the directory and in `docProps`."""
        parts = [part for part in self._zip.infolist() if not part.filename.startswith("docProps/")]
        content = sorted((part.filename, part.file_size, part.CRC) for part in parts)
        return sha256(repr(content).encode()).hexdigest()

    def read(self, name: str) -> bytes:
        """Return an XML part: no longer than the directory says, and without a document type."""
        if name not in self.names:
            raise SheetNotAWorkbook(WRONG_FILE)
        part = self._zip.getinfo(name)
        try:
            with self._zip.open(part) as content:
                xml = content.read(part.file_size + 1)  # Without a bound, zipfile unpacks first and cuts then.
        except DAMAGED as error:
            raise SheetNotAWorkbook(WRONG_FILE) from error
        if DOCUMENT_TYPE in xml or OTHER_ENCODING.match(xml):
            raise SheetNotAWorkbook(WRONG_FILE)
        return xml
