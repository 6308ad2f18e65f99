"""What can be wrong with a row of the sheet, in words for its curators."""

from enum import StrEnum


class IssueKind(StrEnum):
    """A kind of finding: `label` names it, `outcome` says what the sync did about it."""

    label: str
    outcome: str

    def __new__(cls, value: str, label: str, outcome: str) -> "IssueKind":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.outcome = label, outcome
        return member

    NO_TITLE = "no_title", "No album title", "The row was left out of the catalog."
    NO_ARTIST = "no_artist", "No artist", "The row was left out of the catalog."
    NOT_IMPORTED = "not_imported", "Could not be imported", "The album was left as it was."
    NO_LINK = "no_link", "No link at all", "The album is in the catalog without a link."
    BAD_DATE = "bad_date", "Unreadable date", "The text is shown as it stands; only the tab's year is used."
    WRONG_YEAR = "wrong_year", "Year contradicts the tab", "The tab's year was used."
    DUPLICATE = "duplicate", "Duplicate row", "The row was merged into the other one."
    SHARED_SPOTIFY = "shared_spotify", "One Spotify album on several releases", "All of them were kept with that link."
    NOT_AN_ALBUM = "not_an_album", "No album link in the Spotify column", "The link was left out."
    TEXT_WITHOUT_LINK = "text_without_link", "Text without a link", "There was no link to import."
    BAD_LINK = "bad_link", "Not a web address", "The link was left out."
    UNKNOWN_VOCALS = "unknown_vocals", "Unknown vocal style", "The value was kept as it is."
    NUMBER_OR_DATE = "number_or_date", "A name that is a number or a date", "It was imported as the sheet shows it."
    ERROR_CELL = "error_cell", "A cell shows an error", "The cell was read as empty."
    TOO_LONG = "too_long", "Text too long", "The text was cut."

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(kind.value, kind.label) for kind in cls]
