"""Files for spreadsheets, sent while they are being made."""

from collections.abc import Iterable

from django.http import StreamingHttpResponse

CSV = "text/csv; charset=utf-8"
TSV = "text/tab-separated-values; charset=utf-8"


def download(lines: Iterable[str], *, filename: str, content_type: str) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return StreamingHttpResponse(lines, content_type=content_type, headers=headers)
