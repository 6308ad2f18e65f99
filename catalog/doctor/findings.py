"""What the doctor asks, and what it found."""

from collections.abc import Sequence
from dataclasses import dataclass

SHEET, SPOTIFY, CLOCK = "Sheet", "Spotify", "Clock"
DATABASE, WORKER, SCHEDULE, PROXY = "Database", "Worker", "Schedule", "Proxy"

QUESTIONS = {
    DATABASE: "Does it answer, are its migrations applied, and does PostgreSQL have pg_trgm?",
    SHEET: "Can it be reached, is it shared, is it a workbook, and which release tabs does it have?",
    SPOTIFY: "Does it accept the credentials, does it describe an album, and may we ask for several at once?",
    WORKER: "Is one needed, and is one alive?",
    SCHEDULE: "Is SYNC_EVERY set, and do its syncs start when they are due?",
    PROXY: "Do ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS, TRUSTED_PROXIES and HTTPS agree?",
    CLOCK: "Does this machine’s clock agree with those of the services?",
}


@dataclass(frozen=True)
class Finding:
    """One sentence about one subject; `ok` is None where it cannot be told, `remedy` says what to do."""

    subject: str
    ok: bool | None
    sentence: str
    remedy: str = ""

    @property
    def verdict(self) -> str:
        """Say in words whether the subject works."""
        if self.ok is None:
            return "Cannot be told"
        return "Works" if self.ok else "Does not work"


@dataclass(frozen=True)
class Report:
    """All findings, and how many requests they took."""

    findings: Sequence[Finding]
    requests: int

    @property
    def failures(self) -> int:
        """How many findings are of something that does not work."""
        return sum(finding.ok is False for finding in self.findings)
