"""Lists that are counted and filtered by a kind and by a tab, with links that keep the rest of the query."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict


@dataclass(frozen=True)
class Choice:
    """One value to filter by: its words, how many rows it would show, and the query that chooses it."""

    value: str
    label: str
    count: int
    query: str
    is_chosen: bool


@dataclass(frozen=True)
class Tally:
    """What is chosen and what can be: `total` counts all rows, `shown` those that the choice leaves."""

    kind: str
    tab: str
    kinds: tuple[Choice, ...]
    tabs: tuple[Choice, ...]
    total: int
    shown: int
    query: str
    any_kind: str
    any_tab: str

    def lookups(self, *, kind: str, tab: str) -> dict[str, str]:
        """Return the choice as a filter over fields of these names."""
        return {name: value for name, value in ((kind, self.kind), (tab, self.tab)) if value}


def tally(wanted: QueryDict, counted: Iterable[tuple[str, str, int]], labels: Mapping[str, str]) -> Tally:
    """Count rows, given as (kind, tab, how many), for the choice in a query string.

    `labels` gives the kinds' words and their order. What the query asks for and no row has is ignored.
    """
    rows = list(counted)
    kind = _known(wanted.get("kind", ""), {kind for kind, _tab, _count in rows})
    tab = _known(wanted.get("tab", ""), {tab for _kind, tab, _count in rows})
    by_kind, by_tab = Counter[str](), Counter[str]()
    for row_kind, row_tab, count in rows:
        by_kind[row_kind] += count if tab in ("", row_tab) else 0
        by_tab[row_tab] += count if kind in ("", row_kind) else 0
    return Tally(
        kind=kind,
        tab=tab,
        kinds=tuple(_choice("kind", name, labels[name], by_kind, kind, tab=tab) for name in labels if name in by_kind),
        tabs=tuple(_choice("tab", name, name, by_tab, tab, kind=kind) for name in sorted(by_tab, reverse=True)),
        total=sum(count for _kind, _tab, count in rows),
        shown=by_kind[kind] if kind else by_kind.total(),
        query=_query(kind=kind, tab=tab),
        any_kind=_query(tab=tab),
        any_tab=_query(kind=kind),
    )


def page_of(rows: QuerySet, *, size: int, number: str | None, total: int) -> Page:
    """Return a page of rows whose number is known, the last one where there are fewer pages."""
    paginator = Paginator(rows, size)
    paginator.count = total
    return paginator.get_page(number)


def _known(value: str, known: set[str]) -> str:
    return value if value in known else ""


def _choice(group: str, name: str, label: str, counts: Counter[str], chosen: str, **others: str) -> Choice:
    return Choice(name, label, counts[name], _query(**{group: name}, **others), name == chosen)


def _query(**chosen: str) -> str:
    return urlencode({name: value for name, value in sorted(chosen.items()) if value})
