"""Counting and filtering by kind and tab."""

from django.http import QueryDict

from catalog.browsing.run_filters import RunFilter

LABELS = {"created": "New", "updated": "Updated", "withdrawn": "Withdrawn"}
ROWS = [("updated", "2025 Prog-metal", 3), ("created", "2025 Prog-metal", 2), ("created", "2024 Prog-rock", 5)]


def choose(query: str) -> RunFilter:
    return RunFilter.from_query(QueryDict(query), ROWS, LABELS)


def test_without_a_choice_everything_is_shown() -> None:
    chosen = choose("")
    assert (chosen.total, chosen.shown, chosen.query) == (10, 10, "")
    assert [(kind.label, kind.count) for kind in chosen.kinds] == [("New", 7), ("Updated", 3)]
    assert [(tab.label, tab.count) for tab in chosen.tabs] == [("2025 Prog-metal", 5), ("2024 Prog-rock", 5)]


def test_the_counts_of_each_group_follow_the_choice_in_the_other() -> None:
    chosen = choose("kind=created&tab=2024+Prog-rock")
    assert chosen.shown == 5
    assert [(kind.label, kind.count) for kind in chosen.kinds] == [("New", 5), ("Updated", 0)]
    assert [(tab.label, tab.count) for tab in chosen.tabs] == [("2025 Prog-metal", 2), ("2024 Prog-rock", 5)]
    assert chosen.lookups(tab="album__tab") == {"kind": "created", "album__tab": "2024 Prog-rock"}


def test_a_choice_keeps_the_choice_in_the_other_group() -> None:
    chosen = choose("tab=2025+Prog-metal&page=4")
    assert [kind.query for kind in chosen.kinds] == [
        "kind=created&tab=2025+Prog-metal",
        "kind=updated&tab=2025+Prog-metal",
    ]
    assert [tab.is_chosen for tab in chosen.tabs] == [True, False]
    assert (chosen.any_kind, chosen.any_tab) == ("tab=2025+Prog-metal", "")


def test_what_no_row_has_is_ignored() -> None:
    assert choose("kind=withdrawn&tab=%00&kind=nonsense") == choose("")
