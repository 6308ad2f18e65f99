"""`manage.py held_back`: what waits for an answer, and answering it."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from catalog.models import HeldBack, SyncOperation
from catalog.models.optional_writes import UNWRITABLE_ERRORS
from catalog.services.run_context import DATABASE_AWAY
from catalog.services.sync_manager import SyncManager

Answer = HeldBack.Answer


class Command(BaseCommand):
    """List, accept or keep what the last run held back; accepting runs a sync and waits for it."""

    help = "List what syncs held back because the sheet has lost so much, and accept or keep it."

    def get_version(self) -> str:
        """Django would return its own version."""
        return settings.VERSION

    def add_arguments(self, parser: ArgumentParser) -> None:
        numbers: dict[str, Any] = {"type": int, "nargs": "+", "default": [], "metavar": "NUMBER"}
        parser.add_argument("--accept", help="let these go, and start a sync that does so", **numbers)
        parser.add_argument("--keep", help="keep these, and ask again only when they change", **numbers)
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _give_all({Answer.ACCEPTED: options["accept"], Answer.KEPT: options["keep"]})
        except UNWRITABLE_ERRORS as error:
            raise CommandError(f"{DATABASE_AWAY} Nothing was answered.") from error
        SyncManager().reap_if_possible()
        if not options["accept"]:
            self._list(as_json=options["json"])
        elif SyncOperation.objects.active().exists():
            self.stderr.write("A sync is under way. The answer is saved, and the next sync follows it.")
            self._list(as_json=options["json"])
        else:
            call_command("sync_catalog", json=options["json"], stdout=self.stdout, stderr=self.stderr)

    def _list(self, *, as_json: bool) -> None:
        rows = list(HeldBack.objects.in_force().light())
        if as_json:
            summary = {"held_back": [row.summary() for row in rows]}
            self.stdout.write(json.dumps(summary, ensure_ascii=False))
            return
        for line in lines(rows):
            self.stdout.write(line)
        if not rows:
            self.stdout.write("Nothing is held back.")


def lines(rows: Sequence[HeldBack]) -> list[str]:
    """Write each row with its number, and how to answer where one is open."""
    described = [f"{row.pk}: {row.reason} {row.amount()}; {Answer(row.answer).label.lower()}." for row in rows]
    if any(row.answer == Answer.NONE for row in rows):
        described.append("Answer with “manage.py held_back --accept NUMBER” or “--keep NUMBER”.")
    return described


def _give_all(answers: Mapping[HeldBack.Answer, Sequence[int]]) -> None:
    """Give all answers or none."""
    with transaction.atomic():
        for answer, numbers in answers.items():
            for number in numbers:
                _give(number, answer)


def _give(number: int, answer: HeldBack.Answer) -> None:
    row = HeldBack.objects.in_force().select_related("record__operation").filter(pk=number).first()
    if row is None:
        raise CommandError(
            f"Nothing with the number {number} is held back now. Call the command alone to list what is."
        )
    if row.answer != answer and not row.give(answer, seen=row.answer, by=HeldBack.COMMAND_LINE):
        raise CommandError(
            f"Number {number} could not be answered: a sync lets it through or has overtaken it just now."
        )
