"""Charts as SVG, with positions in percent, so that texts keep their size at any width."""

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.browsing.statistics import Bar, Strip

STRIP_HEIGHT = 40
GAP = 0.18  # Between two bars, as a share of a bar's column.


def strip_svg(strip: Strip, unit: str = "") -> SafeString:
    """Draw links, hidden from screen readers: the table beside it has the same."""
    room = 100 / len(strip.bars)
    drawn = ((_column(strip, bar, number * room, room, unit),) for number, bar in enumerate(strip.bars))
    svg = '<svg class="strip" aria-hidden="true" focusable="false" width="100%" height="{}">{}</svg>'
    return format_html(svg, STRIP_HEIGHT, format_html_join("", "{}", drawn))


def strip_axis(strip: Strip) -> SafeString:
    room = 100 / len(strip.bars)
    labels = ((f"{(number + 0.5) * room:.2f}", _short(bar.label)) for number, bar in enumerate(strip.bars))
    texts = format_html_join("", '<text x="{}%" y="14" text-anchor="middle">{}</text>', labels)
    svg = '<svg class="strip-axis" aria-hidden="true" focusable="false" width="100%" height="20">{}</svg>'
    return format_html(svg, texts)


def _column(strip: Strip, bar: Bar, x: float, room: float, unit: str) -> SafeString:
    height = bar.length * STRIP_HEIGHT / 100
    return format_html(
        '<a href="{}" tabindex="-1"><title>{}</title><rect class="strip-room" x="{}%" width="{}%" height="{}"/>'
        '<rect class="bar-filled" x="{}%" y="{}" width="{}%" height="{}"/></a>',
        bar.url,
        f"{bar.label} {strip.label}: {intcomma(bar.value)}{unit}",
        f"{x:.2f}",
        f"{room:.2f}",
        STRIP_HEIGHT,
        f"{x + room * GAP / 2:.2f}",
        f"{STRIP_HEIGHT - height:.1f}",
        f"{room * (1 - GAP):.2f}",
        f"{height:.1f}",
    )


def _short(label: str) -> str:
    """Return the last two digits of a year or the first letter of a month: twelve have to fit on a phone."""
    return f"’{label[2:]}" if label.isdigit() else label[0]
