"""Words for what a run held back: what each answer does, and what has become of it."""

from catalog.browsing.held_back import Question
from catalog.models import HeldBack

Kind, Answer, State = HeldBack.Kind, HeldBack.Answer, HeldBack.State

ON_PURPOSE = {
    Kind.TAB: "if the tab was deleted or emptied on purpose",
    Kind.WITHDRAWALS: "if the rows were deleted on purpose",
    Kind.LINKS: "if the links were removed on purpose",
}


def if_accepted(row: HeldBack) -> str:
    """Return when to accept, and what that does."""
    return f"Accept {ON_PURPOSE[Kind(row.kind)]}: {_loss(row)}"


def if_kept(row: HeldBack) -> str:
    """Return when to keep, and what that does."""
    others = "" if row.kind == Kind.WITHDRAWALS else " and the rest of the sheet is synced as usual"
    return (
        f"Keep if it was a mistake: {_amount(row)} stay{_s(row)}{others}. You are asked again only when this changes."
    )


def waiting(row: HeldBack) -> str:
    """Return what holds until someone answers."""
    stay = f"{_amount(row, is_start=True)} stay{_s(row)} in the catalog until this is answered"
    return f"{stay}." if row.kind == Kind.LINKS else f"{stay}, and nothing else is withdrawn."


def what_became(question: Question) -> str:
    """Return what an answer has done or will do, or why none is wanted any more."""
    row = question.row
    if row.state == State.DONE:
        return "This sync has let it through."
    if row.state == State.OVERTAKEN:
        return "A later sync has followed this." if row.answer else "A later sync has read the sheet since."
    if row.answer == Answer.ACCEPTED:
        return _what_becomes_of_accepted(question)
    return "You are asked again only when this changes." if row.answer else ""


def _what_becomes_of_accepted(question: Question) -> str:
    row, operation = question.row, question.row.record.operation
    if not operation.is_active():
        return (
            "The sync that is running lets it through." if question.is_sync_active else "The next sync lets it through."
        )
    if row.answered_at and row.answered_at < operation.started_at:
        return "This sync lets it through."
    return "It takes effect in the next sync, because the one that is running had read the sheet before."


def _loss(row: HeldBack) -> str:
    if row.kind == Kind.LINKS:
        return f"{_amount(row)} leave{_s(row)} the catalog; the albums stay."
    comes = "comes" if row.count == 1 else "come"
    return f"{_amount(row)} leave{_s(row)} the catalog, and {comes} back if the sheet lists {_them(row)} again."


def _amount(row: HeldBack, *, is_start: bool = False) -> str:
    return f"{'The' if is_start else 'the'} {row.amount()}"


def _s(row: HeldBack) -> str:
    return "s" if row.count == 1 else ""


def _them(row: HeldBack) -> str:
    return "it" if row.count == 1 else "them"
