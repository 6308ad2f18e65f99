"""`manage.py doctor`: does what the site needs work?"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from catalog.doctor.examination import examine
from catalog.doctor.findings import Report


class Command(BaseCommand):
    """Ask each service one thing; exits with 1 where something does not work."""

    help = "Ask the sheet, Spotify and the database one thing each, and say what works and what to do."
    # They would say less of the same, and one that fails would end the command.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the option."""
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine, then tell what was found."""
        report = examine()
        if options["json"]:
            self.stdout.write(json.dumps(_summary(report), ensure_ascii=False))
        else:
            for finding in report.findings:
                words = (f"{finding.subject}: {finding.verdict.lower()}.", finding.sentence, finding.remedy)
                self.stdout.write(" ".join(filter(None, words)))
        if report.failures:
            sys.exit(1)


def _summary(report: Report) -> dict[str, Any]:
    return {
        "ok": not report.failures,
        "requests": report.requests,
        "findings": [asdict(finding) for finding in report.findings],
    }
