"""The checkboxes of a facet, in Python for speed: a page has more than a hundred."""

from collections.abc import Iterable
from urllib.parse import quote

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from catalog.browsing.filters import Option

CHECKBOX = (
    '<li><label class="option"><input type="checkbox" id="{}-{}" name="{}" value="{}"{}>'
    '<span>{}</span> <span class="option-count">{}</span></label></li>\n'
)


def option_checkboxes(parameter: str, options: Iterable[Option]) -> SafeString:
    rows = (
        (
            parameter,
            quote(option.value, safe=""),
            parameter,
            option.value,
            " checked" if option.is_chosen else "",
            option.label,
            f"{option.count:,}",
        )
        for option in options
    )
    return format_html_join("", CHECKBOX, rows)
