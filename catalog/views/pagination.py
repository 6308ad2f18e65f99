"""Page sizes, and the links between pages."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict

PAGE_SIZES = (25, 50, 100)
DEFAULT_PAGE_SIZE = 50


def page_size_of(*wanted: str | None) -> int:
    sizes = {str(size): size for size in PAGE_SIZES}
    return next((sizes[text] for text in wanted if text in sizes), DEFAULT_PAGE_SIZE)


def page_of(rows: QuerySet, *, size: int, number: str | None, total: int) -> Page:
    """Return a page of rows whose number is known; the last page where the asked one does not exist."""
    paginator = Paginator(rows, size)
    paginator.count = total
    return paginator.get_page(number)


def page_context(page: Page, *, query: str = "") -> dict[str, Any]:
    """Return the context of `pages.html`; its links keep `query`."""
    return {
        "page": page,
        "page_numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "page_query": QueryDict(query),
    }
