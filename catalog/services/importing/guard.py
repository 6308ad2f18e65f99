"""What an import holds back until someone has answered, and which answers it follows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils import timezone

from catalog.models import HeldBack, SyncRecord
from catalog.models.held_back import LONGEST_REASON, Item
from catalog.services.importing.doubts import Doubt
from catalog.services.importing.links import doubtful_links, with_links
from catalog.services.importing.plan import KnownAlbum, Plan
from catalog.services.importing.withdrawal import doubtful_withdrawals
from catalog.services.sheet.releases import TabReading

KEPT_LINKS = "They were kept in this run."
NOTHING_WITHDRAWN = "Nothing was withdrawn from the catalog in this run."
REST_KEPT = "Only what had been accepted was withdrawn from the catalog in this run."

Kind, Answer = HeldBack.Kind, HeldBack.Answer


@dataclass(frozen=True)
class Held:
    """A doubt, or a part of one, and the row with the answer that it already has."""

    doubt: Doubt
    answered: HeldBack | None = None

    @property
    def answer(self) -> str:
        return self.answered.answer if self.answered else Answer.NONE


@dataclass(frozen=True)
class Verdict:
    """A plan without what is held back; `asked` says how many questions are open, `let_through` which rows are not."""

    plan: Plan
    notices: list[str]
    asked: int
    let_through: list[int]


def hold_back(
    record: SyncRecord,
    plan: Plan,
    known: Collection[KnownAlbum],
    readings: Sequence[TabReading],
    *,
    accepted_by: str = "",
) -> Verdict:
    """Decide by the answers in force, and save what this run holds back in their place; call it in a transaction."""
    doubts = [*doubtful_links(plan, known), *doubtful_withdrawals(plan, readings)]
    former = HeldBack.objects.in_force()
    keys = list(former.values_list("pk", flat=True))
    # Whoever answers now waits for this transaction, and then learns that the row is out of date.
    former.filter(pk__in=keys).update(state=HeldBack.State.OVERTAKEN)
    held = _all_accepted(doubts, accepted_by) if accepted_by else judge(doubts, HeldBack.objects.filter(pk__in=keys))
    rows = HeldBack.objects.bulk_create([_row(record, one) for one in held])
    return Verdict(
        plan=_plan_without(plan, held),
        notices=_notices(plan, held),
        asked=sum(row.answer == Answer.NONE for row in rows),
        let_through=[row.pk for row in rows if row.answer == Answer.ACCEPTED],
    )


def judge(doubts: Iterable[Doubt], former: Iterable[HeldBack]) -> list[Held]:
    """Split each doubt into what was accepted and the rest, which was kept only if it is exactly the same."""
    answers = list(former)
    accepted = {item: row for row in answers if row.answer == Answer.ACCEPTED for item in row.item_set()}
    kept = {row.fingerprint: row for row in answers if row.answer == Answer.KEPT}
    held = []
    for doubt in doubts:
        through = doubt.items & accepted.keys()
        if through:
            held.append(Held(replace(doubt, items=through), accepted[min(through)]))
        if rest := doubt.items - through:
            doubt_left = replace(doubt, items=rest)
            held.append(Held(doubt_left, kept.get(doubt_left.fingerprint)))
    return held


def _all_accepted(doubts: Iterable[Doubt], by: str) -> list[Held]:
    answer = HeldBack(answer=Answer.ACCEPTED, answered_by=by, answered_at=timezone.now())
    return [Held(doubt, answer) for doubt in doubts]


def _row(record: SyncRecord, held: Held) -> HeldBack:
    doubt = held.doubt
    row = HeldBack(
        record=record,
        kind=doubt.kind,
        tab=doubt.tab[:100],
        reason=" ".join(doubt.reasons)[:LONGEST_REASON],
        fingerprint=doubt.fingerprint,
        count=len(doubt.items),
        items=sorted(doubt.items),
    )
    if held.answered:
        row.answer, row.answered_by = held.answered.answer, held.answered.answered_by
        row.answered_at = held.answered.answered_at
    return row


def _plan_without(plan: Plan, held: Sequence[Held]) -> Plan:
    links = _items(one for one in held if one.doubt.kind == Kind.LINKS and one.answer != Answer.ACCEPTED)
    return replace(with_links(plan, links) if links else plan, gone=_withdrawn(plan, held))


def _withdrawn(plan: Plan, held: Sequence[Held]) -> list[KnownAlbum]:
    """While a question about albums is open, only what was accepted goes: the whole sheet may be broken."""
    accepted = _items(one for one in held if one.answer == Answer.ACCEPTED)
    if _is_asked(held):
        return [album for album in plan.gone if (album.pk, "") in accepted]
    kept = _items(one for one in held if one.answer == Answer.KEPT)
    return [album for album in plan.gone if (album.pk, "") not in kept]


def _is_asked(held: Iterable[Held]) -> bool:
    return any(one.doubt.kind != Kind.LINKS and one.answer == Answer.NONE for one in held)


def _items(held: Iterable[Held]) -> frozenset[Item]:
    return frozenset[Item]().union(*(one.doubt.items for one in held))


def _notices(plan: Plan, held: Sequence[Held]) -> list[str]:
    """Say what is asked, and which tab's albums go; what was kept has been said when it was asked."""
    notices = []
    for one in held:
        reasons = " ".join(one.doubt.reasons)
        if one.answer == Answer.NONE:
            notices += [f"{reasons} {KEPT_LINKS}"] if one.doubt.kind == Kind.LINKS else one.doubt.reasons
        elif one.answer == Answer.ACCEPTED and one.doubt.kind == Kind.TAB:
            notices.append(reasons)
    if _is_asked(held):
        notices.append(REST_KEPT if _withdrawn(plan, held) else NOTHING_WITHDRAWN)
    return notices
