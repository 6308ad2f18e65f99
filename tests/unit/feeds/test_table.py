"""The columns of the CSV file."""

from catalog.feeds.table import HEADER
from catalog.vocabulary.columns import COLUMNS


def test_every_column_with_a_heading_stands_in_the_file_once() -> None:
    headings = [column.heading for column in COLUMNS if column.heading]
    assert [HEADER.count(heading) for heading in headings] == [1] * len(headings)
