"""Invents releases: as many as wanted, and the same ones each time."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from urllib.parse import quote

from demo import words

SEED = "progmetal"
FIRST_YEAR = 2017
SMALL_SAMPLE = 1000
YEARS_OF_A_SMALL_SAMPLE = 3
UPCOMING_WEEKS = 10
UPCOMING_SHARE = 0.05
SPOTIFY_ID_LENGTH = 22
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Each of the oddities below occurs once in so many releases.
ODDITY_PERIOD = 120
FRIDAY = 4


@dataclass(frozen=True)
class SampleRelease:
    """`links` are URLs by column; an empty one means text without a link."""

    artist: str
    title: str
    released: date | None
    shown_date: str
    length: str
    genres: tuple[str, ...]
    vocals: str
    country: str
    links: Mapping[str, str] = field(hash=False)
    spotify_id: str | None
    is_debut: bool
    is_reissue: bool
    tracks: tuple[tuple[str, int], ...]
    tab: str

    @property
    def year(self) -> int:
        """The tab's year, which is known also where the date is not."""
        return int(self.tab[:4])


def sample_releases(count: int = 240, *, today: date) -> list[SampleRelease]:
    """Invent `count` releases, oldest first, each with a name of its own; the last are not out yet."""
    random = Random(SEED)  # noqa: S311  (nothing here is secret, and it must repeat)
    names = _Names(random)
    dates = _release_dates(count, today=today, random=random)
    return [_odd(number, _release(names.draw(), day, random)) for number, day in enumerate(dates)]


def spotify_id_of(name: str) -> str:
    """Return 22 base-62 characters, the same for the same name."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest())
    digits = []
    for _ in range(SPOTIFY_ID_LENGTH):
        number, digit = divmod(number, len(BASE62))
        digits.append(BASE62[digit])
    return "".join(digits)


def _chance(random: Random, share: float) -> bool:
    return random.random() < share


# Names -------------------------------------------------------------------------------------


class _Names:
    """Draws pairs of artist and title without repetition; some artists have several titles."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._artists = _every_artist()
        random.shuffle(self._artists)
        self._next_artist = 0
        self._seen: set[tuple[str, str]] = set()

    def draw(self) -> tuple[str, str, bool]:
        """Return artist, title and whether the artist is new."""
        artist, is_new = self._artist()
        while True:
            title = _title(self._random)
            if (artist, title) not in self._seen and title != artist:
                self._seen.add((artist, title))
                return artist, title, is_new

    def _artist(self) -> tuple[str, bool]:
        known = min(self._next_artist, len(self._artists))
        if (known and _chance(self._random, 0.22)) or self._next_artist >= len(self._artists):
            return self._artists[self._random.randrange(known)], False
        self._next_artist += 1
        return self._artists[self._next_artist - 1], True


def _every_artist() -> list[str]:
    plain = [f"{adjective} {noun}" for adjective in words.ADJECTIVES for noun in words.NOUNS]
    article = [f"The {noun} of {realm}" for noun in words.NOUNS for realm in words.REALMS]
    joined = [f"{realm} {noun}" for noun in words.NOUNS for realm in words.REALMS]
    paired = [f"{realm} & {theme}" for realm in words.REALMS for theme in words.THEMES]
    return [*plain, *article, *joined, *paired]


def _title(random: Random) -> str:
    adjective, noun = random.choice(words.ADJECTIVES), random.choice(words.NOUNS)
    realm, theme = random.choice(words.REALMS), random.choice(words.THEMES)
    action = random.choice(words.ACTIONS)
    shapes = (
        f"{adjective} {theme}",
        f"{action} the {noun}",
        f"{theme} of {realm}",
        f"The {adjective} {noun}",
        f"{action} {theme}",
        f"{noun} / {realm}",
        f"{_article(noun)} {noun} for {theme}",
        f"{action} the {adjective} {theme}",
    )
    return random.choice(shapes)


def _article(noun: str) -> str:
    return "An" if noun[0] in "AEIOU" else "A"


# Dates -------------------------------------------------------------------------------------


def _release_dates(count: int, *, today: date, random: Random) -> list[date]:
    upcoming = min(count, max(1, round(count * UPCOMING_SHARE)))
    past = _weighted_days(count - upcoming, _fridays_by_year(_years(count, today), today), random)
    ahead = [_friday_after(today) + timedelta(weeks=random.randrange(UPCOMING_WEEKS)) for _ in range(upcoming)]
    return sorted(past) + sorted(ahead)


def _years(count: int, today: date) -> range:
    first = today.year - YEARS_OF_A_SMALL_SAMPLE + 1 if count <= SMALL_SAMPLE else FIRST_YEAR
    return range(min(first, today.year), today.year + 1)


def _fridays_by_year(years: Iterable[int], today: date) -> list[Sequence[date]]:
    by_year = [_fridays(year, until=today) for year in years]
    return [fridays for fridays in by_year if fridays]


def _fridays(year: int, *, until: date) -> list[date]:
    friday = _friday_after(date(year - 1, 12, 31))
    found = []
    while friday.year == year and friday <= until:
        found.append(friday)
        friday += timedelta(weeks=1)
    return found


def _friday_after(day: date) -> date:
    return day + timedelta(days=(FRIDAY - day.weekday() - 1) % 7 + 1)


def _weighted_days(count: int, fridays_by_year: list[Sequence[date]], random: Random) -> list[date]:
    # The sheet has grown steadily, so newer years hold more.
    weights = [len(fridays) * (place + 2) for place, fridays in enumerate(fridays_by_year)]
    years = random.choices(fridays_by_year, weights, k=count)
    return [_near(random.choice(fridays), random) for fridays in years]


def _near(friday: date, random: Random) -> date:
    """Return the Friday five times in six, otherwise an earlier day of its week."""
    day = friday if _chance(random, 5 / 6) else friday - timedelta(days=random.randrange(1, 5))
    return day if day.year == friday.year else friday


# Releases ----------------------------------------------------------------------------------


def _release(name: tuple[str, str, bool], day: date, random: Random) -> SampleRelease:
    artist, title, is_new = name
    scene = "Prog-metal" if _chance(random, 0.56) else "Prog-rock"
    length = random.choices(("LP", "EP", "Single", "2xLP"), (72, 20, 5, 3))[0]
    spotify_id = spotify_id_of(f"{artist}\n{title}") if _chance(random, 0.93) else None
    return SampleRelease(
        artist=artist,
        title=title,
        released=day,
        shown_date=f"{day:%B} {day.day}",
        length=length,
        genres=_genres(scene, random),
        vocals=random.choice(words.VOCALS),
        country=random.choice(words.COUNTRIES),
        links=_links(artist, title, spotify_id, random),
        spotify_id=spotify_id,
        is_debut=is_new and _chance(random, 0.25),
        is_reissue=not is_new and _chance(random, 0.1),
        tracks=_tracks(length, random),
        tab=f"{day.year} {scene}",
    )


def _genres(scene: str, random: Random) -> tuple[str, ...]:
    choices = words.GENRES_BY_SCENE[scene]
    main = choices[0] if _chance(random, 0.45) else random.choice(choices)
    others = random.sample(choices, random.randrange(3))
    return tuple(dict.fromkeys([main, *others]))


def _links(artist: str, title: str, spotify_id: str | None, random: Random) -> dict[str, str]:
    # The domain `.example` is reserved: no link leads to a real page.
    band = "".join(letter for letter in artist.lower() if letter.isalpha())
    page = quote(title.lower().replace(" / ", "-").replace(" ", "-"))
    links = {}
    if _chance(random, 0.85) or spotify_id is None:
        links["Bandcamp"] = f"https://{band}.bandcamp.example/album/{page}"
    if spotify_id:
        links["Spotify"] = f"https://open.spotify.com/album/{spotify_id}"
    if _chance(random, 0.4):
        links["YouTube"] = f"https://youtube.example/watch/{band}-{page}"
    if _chance(random, 0.15):
        links["Amazon"] = f"https://amazon.example/{band}/{page}"
    if _chance(random, 0.15):
        links["Apple Music"] = f"https://music.apple.example/album/{band}-{page}"
    return links


def _tracks(length: str, random: Random) -> tuple[tuple[str, int], ...]:
    fewest, most = {"LP": (6, 10), "EP": (4, 6), "Single": (1, 2), "2xLP": (12, 18)}[length]
    names: dict[str, int] = {}
    wanted = random.randint(fewest, most)
    while len(names) < wanted:
        names[_title(random)] = random.randint(150, 720) * 1000
    return tuple(names.items())


# Oddities, as the real sheet has them ------------------------------------------------------


def odd_rows(releases: Sequence[SampleRelease]) -> list[SampleRelease]:
    """Return additional rows: some without a title, some that repeat another row."""
    chosen = releases[ODDITY_PERIOD // 2 :: ODDITY_PERIOD] or releases[:1]
    untitled = [replace(release, title="", links={}, shown_date="TBA", released=None) for release in chosen]
    return [*untitled, *chosen]


def _odd(number: int, release: SampleRelease) -> SampleRelease:
    change = ODDITIES.get(number % ODDITY_PERIOD)
    return change(release) if change else release


def _to_be_announced(release: SampleRelease) -> SampleRelease:
    return replace(release, released=None, shown_date="TBA")


def _month_only(release: SampleRelease) -> SampleRelease:
    month = f"{release.released:%B}" if release.released else "April"
    return replace(release, released=None, shown_date=month)


def _unknown_vocals(release: SampleRelease) -> SampleRelease:
    return replace(release, vocals="Whispered")


def _artist_link(release: SampleRelease) -> SampleRelease:
    artist = f"https://open.spotify.com/artist/{spotify_id_of(release.artist)}"
    return replace(release, spotify_id=None, links={**release.links, "Spotify": artist})


def _empty_host(release: SampleRelease) -> SampleRelease:
    return replace(release, spotify_id=None, links={**release.links, "Spotify": "http://s/"})


def _text_without_link(release: SampleRelease) -> SampleRelease:
    return replace(release, spotify_id=None, links={**release.links, "Spotify": ""})


ODDITIES: dict[int, Callable[[SampleRelease], SampleRelease]] = {
    7: _to_be_announced,
    19: _unknown_vocals,
    31: _artist_link,
    43: _empty_host,
    55: _text_without_link,
    83: _month_only,
}
