"""What a cell of the sheet shows and means, by the section “How to read a cell” of `docs/source-sheet.md`."""

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, urlsplit

from catalog.vocabulary.folding import fold

MAX_URL_LENGTH = 2000
# Four times the longest text that is imported. Longer ones are cut before they are normalised: the time for that is
# quadratic where combining marks stand out of order, and no other thread runs meanwhile.
MAX_RAW_LENGTH = 2000
MAX_NUMBER_FORMAT_LENGTH = 255  # Excel's own bound; the pattern of its tokens is quadratic in what is longer.
MAX_UNWRAPPED = 3  # Google wraps once; somebody who copies from a copy gets two.

DECEMBER = 12
INSTRUMENTAL = "Instrumental"
VOICES = {"clean": "Clean", "harsh": "Harsh", "mixed": "Mixed"}
FORMATS = {"lp": "LP", "ep": "EP", "single": "Single"}

MONTHS = {name.casefold(): month for month, name in enumerate(calendar.month_name) if name}
MONTHS |= {name.casefold(): month for month, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
NEVER_IN_A_URL = re.compile(rf"\s|{CONTROL.pattern}")
PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:E[+-]?\d+)?", re.IGNORECASE)
FORMAT_TOKEN = re.compile(
    r"""(?P<literal>"[^"]*"|\\.)|(?P<hidden>\[[^\]]*\]|_.|\*.)"""
    r"""|(?P<minute>(?<=h:)mm?|mm?(?=:ss?))|(?P<token>y+|m+|d+|h+|s+|AM/PM)""",
    re.IGNORECASE,
)
STRFTIME = {
    **dict.fromkeys(("y", "yy"), "%y"),
    **dict.fromkeys(("yyy", "yyyy"), "%Y"),
    **dict.fromkeys(("m", "mm"), "%m"),
    "mmm": "%b",
    "mmmm": "%B",
    **dict.fromkeys(("d", "dd"), "%d"),
    "ddd": "%a",
    "dddd": "%A",
    **dict.fromkeys(("h", "hh"), "%H"),
    **dict.fromkeys(("s", "ss"), "%S"),
    "am/p": "%p",
}
UNPADDED = frozenset("mdhs")

LITERAL = r'"(?:[^"]|"")*"'
HYPERLINK_FORMULA = re.compile(
    rf"=?\s*HYPERLINK\s*\(\s*({LITERAL}(?:\s*&\s*{LITERAL})*)\s*(?:[,;](.*))?\)\s*", re.IGNORECASE | re.DOTALL
)
STRING = re.compile(r'"((?:[^"]|"")*)"')
NAME_OF_HOST = r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})"
HOST = re.compile(rf"(?=.{{4,253}}$){NAME_OF_HOST}")
SPOTIFY_PATH = re.compile(r"/(?:intl-[a-zA-Z-]+/)?(?:embed/)?album/([0-9A-Za-z]{22})/?")
# Nearly all links of the sheet; taking one apart takes four times as long.
PLAIN_LINK = re.compile(rf"https?://(?=[^/]{{4,253}}(?:/|$)){NAME_OF_HOST}(?:/[!-~]*)?")
PLAIN_SPOTIFY_LINK = re.compile(rf"https?://(?:open|play)\.spotify\.com{SPOTIFY_PATH.pattern}(?:[?#][!-~]*)?")
SPOTIFY_URI = re.compile(r"spotify:album:([0-9A-Za-z]{22})")

ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
LENGTH = re.compile(r"(\d{1,3})\s*x?\s*LP", re.IGNORECASE)


# Text --------------------------------------------------------------------------------------


def clean_text(text: str) -> str:
    """Return the first `MAX_RAW_LENGTH` characters in NFC, as one line without control characters."""
    return unicodedata.normalize("NFC", one_line(text[:MAX_RAW_LENGTH]))


def one_line(text: str) -> str:
    """Drop control characters, trim and collapse white space."""
    return " ".join(CONTROL.sub("", text).split())


def shown_number(text: str) -> str:
    """Return a stored number as the General format shows it: `16.0` is `16`, `417.3` stays."""
    if not PLAIN_NUMBER.fullmatch(text):
        return text
    number = float(text)
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else f"{number:.10g}"  # noqa: PLR2004


def shown_date(moment: datetime, number_format: str) -> str:
    """Return a date as its number format shows it: `mmmm yyyy` makes *July 1960*."""
    return clean_text(FORMAT_TOKEN.sub(lambda match: _shown_token(moment, match), _first_section(number_format)))


def _first_section(number_format: str) -> str:
    return number_format[:MAX_NUMBER_FORMAT_LENGTH].partition(";")[0]


def _shown_token(moment: datetime, match: re.Match[str]) -> str:
    if match["literal"] is not None:
        return match["literal"].strip('"').removeprefix("\\")
    if match["hidden"] is not None:
        return ""
    if match["minute"]:
        return f"{moment:%M}"
    token = match["token"].lower()
    return f"{moment:{STRFTIME[token[:4]]}}".lstrip("0" if token in UNPADDED else "")


# Links -------------------------------------------------------------------------------------


def formula_link(formula: str) -> tuple[str, str] | None:
    """Return (address, shown text) of a `HYPERLINK` formula; None for any other formula."""
    match = HYPERLINK_FORMULA.match(formula.lstrip())
    return (_joined(match[1]), _joined(match[2] or match[1])) if match else None


def _joined(literals: str) -> str:
    """Join the string literals of an expression: `"a" & "b"` is `ab`."""
    return "".join(literal.replace('""', '"') for literal in STRING.findall(literals))


def unwrapped(url: str) -> str:
    """Return the address inside `https://www.google.com/url?q=…`, or the address itself."""
    for _ in range(MAX_UNWRAPPED):
        parts = _split(url) if "google.com/url?" in url else None
        if parts is None or parts.path != "/url" or parts.hostname not in ("google.com", "www.google.com"):
            break
        query = parse_qs(parts.query)
        url = (query.get("q") or query.get("url") or [""])[0].strip()
    return url


def web_address(url: str) -> str:
    """Return the address without Google's wrapping, or nothing if it is no link.

    A link has http or https and a host name with a top-level domain, without a password: no `http://s/`, no IP address.
    """
    url = unwrapped(CONTROL.sub("", url).strip())
    if len(url) <= MAX_URL_LENGTH and PLAIN_LINK.fullmatch(url):
        return url
    parts = _split(url)
    if parts is None or len(url) > MAX_URL_LENGTH or NEVER_IN_A_URL.search(url):
        return ""
    is_real = parts.scheme in ("http", "https") and "@" not in parts.netloc and HOST.fullmatch(parts.hostname or "")
    return url if is_real else ""


def _split(url: str) -> SplitResult | None:
    if len(url) > MAX_URL_LENGTH and not url.isascii():
        return None  # urlsplit normalises the host. Only what Google wraps may be so long, and that is ASCII.
    try:
        parts = urlsplit(url)
        _ = parts.port  # Read for its check: a port that is no number raises as well.
    except ValueError:
        return None
    return parts


def spotify_album_id(url: str) -> str:
    """Return the 22-character id of a link to a Spotify album, otherwise nothing."""
    url = unwrapped(url.strip())
    if plain := SPOTIFY_URI.fullmatch(url) or PLAIN_SPOTIFY_LINK.fullmatch(url):
        return plain[1]
    parts = _split(url)
    if parts is None or parts.hostname not in ("open.spotify.com", "play.spotify.com"):
        return ""
    return path[1] if (path := SPOTIFY_PATH.fullmatch(parts.path)) else ""


# Dates -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReleaseDate:
    """`day` is the first of a month or year; `year_was` is the year in the cell where the tab's year was used."""

    day: date | None = None
    precision: str = ""
    year: int | None = None
    year_was: int | None = None


def dated_cell(day: date, *, year: int | None, number_format: str = "d") -> ReleaseDate:
    """Take the tab's year, which the cell's format does not show, but for a December of the year before.

    A 29 February that the tab's year does not have is known to the month only.
    """
    is_day = _shows_day(number_format)
    if year is None or day.year == year or (day.year == year - 1 and day.month == DECEMBER):
        settled = day if is_day else day.replace(day=1)
        return ReleaseDate(settled, "day" if is_day else "month", day.year)
    try:
        settled = day.replace(year=year, day=day.day if is_day else 1)
    except ValueError:
        is_day, settled = False, date(year, day.month, 1)
    return ReleaseDate(settled, "day" if is_day else "month", year, year_was=day.year)


@lru_cache(maxsize=128)  # The real sheet has a dozen.
def _shows_day(number_format: str) -> bool:
    """A `d` in a locale, a colour or a quoted text does not count."""
    tokens = (match["token"] for match in FORMAT_TOKEN.finditer(_first_section(number_format)))
    return any(token and token[0] in "dD" for token in tokens)


def dated_text(text: str, *, year: int | None) -> ReleaseDate:
    """Read `April`, `April 12`, `12 Apr 2024` or `2024-04-12`; of any other text only the tab's year is known."""
    if iso := ISO_DATE.fullmatch(text):
        found = _real_date(*map(int, iso.groups()))
        return dated_cell(found, year=year) if found else ReleaseDate(year=year)
    words = re.split(r"[\s,.]+", text.casefold().strip(" ,."))
    months = [MONTHS[word] for word in words if word in MONTHS]
    years = [int(word) for word in words if re.fullmatch(r"(?:19|20)\d\d", word)]
    days = [int(match[1]) for word in words if (match := DAY_OF_MONTH.fullmatch(word))]
    known_year = years[0] if years else year
    if len(months) != 1 or len(months) + len(years) + len(days) != len(words) or known_year is None:
        return ReleaseDate(year=year)
    if not days:
        return dated_cell(date(known_year, months[0], 1), year=year, number_format="mmmm yyyy")
    found = _real_date(known_year, months[0], days[0]) if len(days) == 1 else None
    return dated_cell(found, year=year) if found else ReleaseDate(year=year)


def _real_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# Values ------------------------------------------------------------------------------------


def release_format(text: str) -> str:
    """Return `LP`, `EP`, `Single`, `2xLP` …; another text stays as it is."""
    if match := LENGTH.fullmatch(text):
        return f"{match[1]}xLP"
    return FORMATS.get(text.casefold(), text)


@lru_cache(maxsize=8192)  # The real sheet has 6,176 different texts; a process lives through many runs.
def genre_names(text: str) -> tuple[str, ...]:
    """Split on commas only, and drop repeated names."""
    names: dict[str, str] = {}
    for name in filter(None, map(str.strip, text.split(","))):
        names.setdefault(fold(name), name)
    return tuple(names.values())


@lru_cache(maxsize=128)  # The real sheet has 11.
def vocal_style(text: str) -> tuple[str, bool]:
    """Return one of the sheet's seven styles and True, or the text as it is and False."""
    parts = [part.strip(" .") for part in text.casefold().split("/")]
    voices = [VOICES[part] for part in parts if part in VOICES]
    instrumental = [part for part in parts if part.startswith("instr")]
    if len(voices) + len(instrumental) != len(parts) or len(voices) > 1 or len(instrumental) > 1:
        return text, False
    if not voices:
        return INSTRUMENTAL, True
    return (f"Instru./{voices[0]}" if instrumental else voices[0]), True
