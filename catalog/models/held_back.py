"""What a run held back from the catalog because the sheet looked broken, and what people answered."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.functions import Now

from catalog.models.sync import SyncRecord

LONGEST_REASON = 1000
WHO_LENGTH = 150

# An album's primary key with the column of a link that it would lose, or with "" where all of it would go.
Item = tuple[int, str]


class HeldBackQuerySet(models.QuerySet["HeldBack"]):
    def in_force(self) -> Self:
        """Keep what the last run that read the sheet held back, or could not finish to let through."""
        return self.filter(state=HeldBack.State.IN_FORCE)

    def open(self) -> Self:
        """Keep what waits for an answer."""
        return self.in_force().filter(answer=HeldBack.Answer.NONE)

    def light(self) -> Self:
        """Leave out the items, which can be as many as the catalog has albums."""
        return self.defer("items")


class HeldBack(models.Model):
    """Albums or links that one run did not let go, and the answer that the next run follows.

    A run that reads the sheet takes the place of what earlier runs held back: it repeats what was kept and is the same,
    and lets go what was accepted, each with the answer of before. `items` holds every one.
    """

    # Who answered, where no person did in the page.
    COMMAND_LINE, UNDO = "the command line", "an undo"

    class Kind(models.TextChoices):
        WITHDRAWALS = "withdrawals", "Withdrawals"
        LINKS = "links", "Links of a tab"
        TAB = "tab", "A tab that is gone"

    class Answer(models.TextChoices):
        NONE = "", "Not answered"
        ACCEPTED = "accepted", "Accepted"
        KEPT = "kept", "Kept"

    class State(models.TextChoices):
        IN_FORCE = "in_force", "In force"
        DONE = "done", "Let through"
        OVERTAKEN = "overtaken", "Overtaken by a later run"

    record = models.ForeignKey(SyncRecord, models.CASCADE, related_name="held_back")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    tab = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=LONGEST_REASON)
    fingerprint = models.CharField(max_length=32)
    count = models.PositiveIntegerField()
    items: Any = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=State.choices, default=State.IN_FORCE)
    answer = models.CharField(max_length=8, choices=Answer.choices, default=Answer.NONE, blank=True)
    answered_by = models.CharField(max_length=WHO_LENGTH, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    record_id: int

    objects: ClassVar[HeldBackQuerySet] = HeldBackQuerySet.as_manager()  # pyright: ignore[reportAssignmentType]

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("state", "answer")),)
        verbose_name_plural = "held back"

    def __str__(self) -> str:
        return f"{self.reason} ({self.Answer(self.answer).label})"

    def item_set(self) -> frozenset[Item]:
        return frozenset((pk, column) for pk, column in self.items)

    def amount(self) -> str:
        noun = "link" if self.kind == self.Kind.LINKS else "album"
        return f"1 {noun}" if self.count == 1 else f"{self.count:,} {noun}s"

    def summary(self) -> dict[str, Any]:
        """Return what programs are told; `number` is what an answer names."""
        names = ("kind", "tab", "reason", "count", "answer", "answered_by")
        return {"number": self.pk, **{name: getattr(self, name) for name in names}}

    def is_in_force(self) -> bool:
        return self.state == self.State.IN_FORCE

    def can_be_answered(self) -> bool:
        """Whether an answer, or another one, still counts: a run that lets it through now cannot be stopped by it."""
        is_under_way = self.answer == self.Answer.ACCEPTED and self.record.operation.is_active()
        return self.is_in_force() and not is_under_way

    def give(self, answer: "HeldBack.Answer", *, seen: str, by: str) -> bool:
        """Answer, or answer otherwise than `seen`; return False where that is not the present state any more."""
        if not self.can_be_answered() or answer == seen:
            return False
        # Conditions on this row alone, which a database checks again when it had to wait for the row.
        rows = HeldBack.objects.in_force().filter(pk=self.pk, answer=seen)
        given = bool(rows.update(answer=answer, answered_by=by[:WHO_LENGTH], answered_at=Now()))
        self.refresh_from_db(fields=("state", "answer", "answered_by", "answered_at"))
        return given
