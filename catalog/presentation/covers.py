"""Drawings in place of missing covers."""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.models import Album
from catalog.vocabulary.folding import fold

# Hue and saturation of the background: muted, so that real covers stand out.
PALETTE = ((214, 16), (232, 14), (262, 12), (332, 11), (12, 13), (32, 14), (88, 9), (158, 11), (186, 14), (204, 9))
GROUND_LIGHTNESS = 24
DRAWINGS_CACHED = 2000  # About half a kilobyte each.


class Seed:
    def __init__(self, name: str) -> None:
        self._digits: Iterator[int] = iter(blake2b(fold(name).encode(), digest_size=32).digest())

    def below(self, limit: int) -> int:
        return next(self._digits) % limit

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)


def placeholder_cover(album: Album) -> SafeString:
    return _drawn(f"{album.artist} {album.title}")


@lru_cache(maxsize=DRAWINGS_CACHED)
def _drawn(name: str) -> SafeString:
    seed = Seed(name)
    hue, saturation = PALETTE[seed.below(len(PALETTE))]
    draw = MOTIFS[seed.below(len(MOTIFS))]
    tones = [f"hsl({hue} {saturation}% {GROUND_LIGHTNESS + step}%)" for step in (0, 6, 12, 22)]
    return format_html(
        '<svg viewBox="0 0 300 300" aria-hidden="true" focusable="false">'
        '<rect width="300" height="300" fill="{}"/>{}</svg>',
        tones[0],
        draw(seed, tones[1:]),
    )


def _moon(seed: Seed, tones: list[str]) -> SafeString:
    horizon = seed.between(165, 225)
    x, y, radius = seed.between(80, 220), seed.between(80, 150), seed.between(34, 76)
    moon = format_html('<circle cx="{}" cy="{}" r="{}" fill="{}"/>', x, y, radius, tones[2])
    return moon + format_html('<path d="M0 {}H300V300H0Z" fill="{}"/>', horizon, tones[0])


def _rings(seed: Seed, tones: list[str]) -> SafeString:
    x, y, step = seed.between(60, 240), seed.between(60, 240), seed.between(30, 48)
    rings = ((x, y, step * number, tones[1]) for number in range(1, 5))
    dot = format_html('<circle cx="{}" cy="{}" r="9" fill="{}"/>', x, y, tones[2])
    ring = '<circle cx="{}" cy="{}" r="{}" fill="none" stroke="{}" stroke-width="5"/>'
    return dot + format_html_join("", ring, rings)


def _ridges(seed: Seed, tones: list[str]) -> SafeString:
    ridges = (
        (seed.between(90, 130) + 55 * number, seed.between(40, 260), seed.between(30, 90) + 55 * number, tone)
        for number, tone in enumerate(tones)
    )
    return format_html_join("", '<path d="M0 {}L{} {}L300 230V300H0Z" fill="{}"/>', ridges)


def _bars(seed: Seed, tones: list[str]) -> SafeString:
    heights = [seed.between(40, 220) for _ in range(7)]
    lit = seed.below(len(heights))
    bars = (
        (33 + 36 * number, 260 - height, height, tones[2] if number == lit else tones[1])
        for number, height in enumerate(heights)
    )
    return format_html_join("", '<rect x="{}" y="{}" width="18" height="{}" fill="{}"/>', bars)


def _shards(seed: Seed, tones: list[str]) -> SafeString:
    shards = (
        (seed.between(0, 120), seed.between(180, 300), seed.between(20, 280), seed.between(20, 90), tone)
        for tone in tones[:2]
    )
    drawn = format_html_join("", '<path d="M{} 300H{}L{} {}Z" fill="{}"/>', shards)
    left, right = seed.between(60, 240), seed.between(60, 240)
    return drawn + format_html('<path d="M0 {}L300 {}" stroke="{}" stroke-width="4"/>', left, right, tones[2])


MOTIFS = (_moon, _rings, _ridges, _bars, _shards)
