"""Log lines as key=value."""

import logging
import sys

from django.conf import settings

from progmetal.logs import KeyValueFormatter


def line(message: str, *, error: BaseException | None = None, **extra: object) -> str:
    """Return the line of a record, after its time."""
    fault = (type(error), error, error.__traceback__) if error else None
    record = logging.getLogger("catalog").makeRecord(
        "catalog.sync", logging.INFO, "progress.py", 1, message, (), fault, extra=extra
    )
    fields = dict(settings.LOG_FIELDS)
    return KeyValueFormatter(fields.pop("format"), **fields).format(record).partition(" level=")[2]


def test_a_line_has_the_fields_of_its_record() -> None:
    said = line("Sync 7: fetching took 1.2 s.", sync=7, stage="fetching", seconds=1.2)
    assert said == 'INFO logger=catalog.sync message="Sync 7: fetching took 1.2 s." sync=7 stage=fetching seconds=1.2'


def test_what_would_break_a_line_or_a_field_is_quoted() -> None:
    said = line("done", tab='a "b"\nsecret=x', empty="")
    assert said == 'INFO logger=catalog.sync message=done tab="a \\"b\\"\\nsecret=x" empty=""'


def test_a_traceback_stays_on_its_line() -> None:
    try:
        sys.exit("for the log")
    except SystemExit as error:
        said = line("failed", error=error)
    assert "\n" not in said
    assert 'exc_info="Traceback' in said
