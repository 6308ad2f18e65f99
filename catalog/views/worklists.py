"""Albums whose rows the curators could complete, as lines that paste into the sheet."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.browsing.worklists import with_differing_dates, without_spotify
from catalog.feeds.worklist import DATE_COLUMNS, SHEET_COLUMNS, lines
from catalog.views.downloads import TSV, download


@require_safe
def worklist_no_spotify(_request: HttpRequest) -> HttpResponseBase:
    return _download(lines(without_spotify(), SHEET_COLUMNS), name="no-spotify")


@require_safe
def worklist_dates(_request: HttpRequest) -> HttpResponseBase:
    return _download(lines(with_differing_dates(), {**SHEET_COLUMNS, **DATE_COLUMNS}), name="dates")


def _download(written: Iterator[str], *, name: str) -> HttpResponseBase:
    filename = f"progmetal-{name}-{timezone.localdate().isoformat()}.tsv"
    return download(written, filename=filename, content_type=TSV)
