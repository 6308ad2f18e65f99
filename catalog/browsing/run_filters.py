"""What a run changed or found, filtered by kind and by tab, with counts and links for each choice."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict


@dataclass(frozen=True)
class Choice:
    """A value to filter by: `count` is how many rows it would show, `query` the query string that chooses it."""

    value: str
    label: str
    count: int
    query: str
    is_chosen: bool


@dataclass(frozen=True)
class RunFilter:
    """The chosen kind and tab, and the choices: `total` counts all rows, `shown` those that pass the filter."""

    kind: str
    tab: str
    kinds: tuple[Choice, ...]
    tabs: tuple[Choice, ...]
    total: int
    shown: int
    query: str
    any_kind: str
    any_tab: str

    @classmethod
    def from_query(cls, wanted: QueryDict, counts: Iterable[tuple[str, str, int]], labels: Mapping[str, str]) -> Self:
        """`counts` are rows by (kind, tab), `labels` the kinds in their order; what no row has is ignored."""
        rows = list(counts)
        kind = _known(wanted.get("kind", ""), {kind for kind, _tab, _count in rows})
        tab = _known(wanted.get("tab", ""), {tab for _kind, tab, _count in rows})
        by_kind, by_tab = Counter[str](), Counter[str]()
        for row_kind, row_tab, count in rows:
            by_kind[row_kind] += count if tab in ("", row_tab) else 0
            by_tab[row_tab] += count if kind in ("", row_kind) else 0
        kinds = (name for name in labels if name in by_kind)
        return cls(
            kind=kind,
            tab=tab,
            kinds=tuple(_choice("kind", name, labels[name], by_kind, kind, tab=tab) for name in kinds),
            tabs=tuple(_choice("tab", name, name, by_tab, tab, kind=kind) for name in sorted(by_tab, reverse=True)),
            total=sum(count for _kind, _tab, count in rows),
            shown=by_kind[kind] if kind else by_kind.total(),
            query=_query(kind=kind, tab=tab),
            any_kind=_query(tab=tab),
            any_tab=_query(kind=kind),
        )

    def lookups(self, *, tab: str) -> dict[str, str]:
        """Return the filter's lookups, given the path of the rows' tab."""
        return {name: value for name, value in (("kind", self.kind), (tab, self.tab)) if value}


def _known(value: str, known: set[str]) -> str:
    return value if value in known else ""


def _choice(group: str, name: str, label: str, counts: Counter[str], chosen: str, **others: str) -> Choice:
    return Choice(name, label, counts[name], _query(**{group: name}, **others), name == chosen)


def _query(**chosen: str) -> str:
    return urlencode({name: value for name, value in sorted(chosen.items()) if value})
