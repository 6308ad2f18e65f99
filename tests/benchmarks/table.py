"""The table of budgets, as text."""

from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("what", "measured", "floor", "result", "budget", "")


@dataclass(frozen=True)
class Row:
    """A budget and what came of it: `value` may be at most `limit`, both in `unit`."""

    what: str
    value: float
    limit: float
    unit: str
    measured: str = ""
    floor: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return the row as the table shows it."""
        result = f"{shown(self.value)}{self.unit}"
        budget = f"≤ {shown(self.limit)}{self.unit}"
        return self.what, self.measured, self.floor, result, budget, self.verdict()

    def verdict(self) -> str:
        """Say whether the budget was held, or by how much it was missed."""
        if self.value <= self.limit:
            return "held"
        missed = f"missed by {shown(self.value - self.limit)}{self.unit}"
        return f"{missed} ({self.value / self.limit - 1:.0%})" if self.limit else missed


def shown(number: float) -> str:
    """Return a number with as many digits as it is worth."""
    if float(number).is_integer():
        return f"{number:,.0f}"
    return f"{number:,.2f}" if number < 10 else f"{number:,.1f}"


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells in columns; the first line is the heading."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    heading, *rest = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    return "\n".join([heading, "  ".join("─" * width for width in widths), *rest])


def table(rows: Sequence[Row]) -> str:
    """Return the budgets as a table."""
    return aligned([HEADINGS, *(row.cells() for row in rows)])
