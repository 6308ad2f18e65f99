"""Which answers of before hold for what is in doubt now."""

from catalog.models import HeldBack
from catalog.models.held_back import Item
from catalog.services.importing.doubts import Doubt
from catalog.services.importing.guard import judge

ROCK = "2025 Prog-rock"
Kind, Answer = HeldBack.Kind, HeldBack.Answer


def albums(*keys: int) -> frozenset[Item]:
    return frozenset((key, "") for key in keys)


def doubt(*keys: int, kind: HeldBack.Kind = Kind.TAB, tab: str = ROCK) -> Doubt:
    return Doubt(kind, tab, albums(*keys), ("The sheet has lost them.",))


def answered(answer: HeldBack.Answer, *keys: int) -> HeldBack:
    before = doubt(*keys)
    return HeldBack(answer=answer, items=sorted(before.items), fingerprint=before.fingerprint)


def judged(now: Doubt, *former: HeldBack) -> list[tuple[list[int], str]]:
    return [(sorted(key for key, _column in held.doubt.items), held.answer) for held in judge([now], former)]


def test_what_nobody_answered_is_asked() -> None:
    assert judged(doubt(1, 2)) == [([1, 2], "")]
    assert judged(doubt(1, 2), answered(Answer.NONE, 1, 2)) == [([1, 2], "")]


def test_what_was_accepted_goes_and_a_part_of_it_too() -> None:
    assert judged(doubt(1, 2), answered(Answer.ACCEPTED, 1, 2)) == [([1, 2], "accepted")]
    assert judged(doubt(2), answered(Answer.ACCEPTED, 1, 2)) == [([2], "accepted")]


def test_what_is_beyond_what_was_accepted_is_asked() -> None:
    assert judged(doubt(1, 2, 3), answered(Answer.ACCEPTED, 1, 2)) == [([1, 2], "accepted"), ([3], "")]


def test_albums_that_were_accepted_go_also_where_they_are_in_doubt_for_another_reason() -> None:
    whole = doubt(1, 2, kind=Kind.WITHDRAWALS, tab="")
    assert judged(whole, answered(Answer.ACCEPTED, 1, 2)) == [([1, 2], "accepted")]


def test_what_was_kept_is_kept_only_while_it_is_exactly_the_same() -> None:
    kept = answered(Answer.KEPT, 1, 2)
    assert judged(doubt(1, 2), kept) == [([1, 2], "kept")]
    assert judged(doubt(1, 2, 3), kept) == [([1, 2, 3], "")]
    assert judged(doubt(1), kept) == [([1], "")]
    assert judged(doubt(1, 2, tab="2024 Prog-rock"), kept) == [([1, 2], "")]


def test_a_link_is_another_thing_than_its_album() -> None:
    links = Doubt(Kind.LINKS, ROCK, frozenset({(1, "bandcamp_url")}), ("The tab lost them.",))
    (held,) = judge([links], [answered(Answer.ACCEPTED, 1)])
    assert held.answer == Answer.NONE
