"""What the sheet says of an album, a row for each column: the one list that import, log and feeds follow.

A new plain column needs a field of `Release` and of `Album`, the parser that reads it, and a row here.
"""

from dataclasses import dataclass

from catalog.vocabulary.links import SERVICES, SPOTIFY


@dataclass(frozen=True)
class Column:
    """A column of Album; Release has the same name for it.

    A plain column has the same form in both and is copied. `label` names it in the log of changes; without one
    a change of it is not logged by itself. `heading` is the CSV's; without one the CSV leaves it out.
    `fills_gaps` lets a duplicate row fill in what the row that wins leaves empty.
    """

    name: str
    label: str = ""
    heading: str = ""
    is_plain: bool = True
    fills_gaps: bool = False

    @property
    def field(self) -> str:
        return self.name.removesuffix("_id")


LINKS = tuple(
    Column(service.column, f"{service.name} link", service.name, is_plain=service != SPOTIFY, fills_gaps=True)
    for service in SERVICES.values()
)

# In the order in which an album is described. A date fills no gap: a release that was put off stands in two tabs,
# and only the newer tab's date holds.
COLUMNS = (
    Column("title", "Title", "Title"),
    Column("artist", "Artist", "Artist", is_plain=False),
    Column("release_date", "Release date", "Release Date"),
    Column("release_precision"),
    Column("release_text", heading="Date in the Sheet"),
    Column("release_year", "Release year", "Year"),
    Column("format", "Length", "Format", fills_gaps=True),
    Column("genres", "Genres", "Genres", is_plain=False, fills_gaps=True),
    Column("vocal_style", "Vocal style", "Vocals", is_plain=False, fills_gaps=True),
    Column("country", "Country", "Country", fills_gaps=True),
    Column("country_codes", heading="Country Codes", is_plain=False),  # Always those of the country beside them.
    Column("is_debut", "Debut", "Debut"),
    Column("is_reissue", "Reissue", "Reissue"),
    *LINKS,
    Column("tab", "Tab"),
    Column("row"),
)
PLAIN = tuple(column.name for column in COLUMNS if column.is_plain)
LABELS = {column.field: column.label for column in COLUMNS if column.label}
FILLS_GAPS = tuple(column.name for column in COLUMNS if column.fills_gaps)
