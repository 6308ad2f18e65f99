"""What one subject breaks does not hide the others."""

from catalog.doctor.examination import _found
from catalog.doctor.findings import Finding


def broken() -> Finding:
    raise RecursionError("with something secret in it")


def test_what_nobody_foresaw_is_a_finding_without_its_details() -> None:
    finding = _found("Spotify", broken)
    assert (finding.subject, finding.ok) == ("Spotify", False)
    assert finding.sentence == "Something happened that we did not foresee (RecursionError)."
    assert "LOG_LEVEL=DEBUG" in finding.remedy
