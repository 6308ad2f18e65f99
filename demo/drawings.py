"""Draws abstract covers, always the same for the same name."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

SIDE = 100
# From teal over blue, violet and red to amber: dark yellows and greens look dirty.
FIRST_HUE = 150
HUE_RANGE = 232
HUE_STEPS = (28, 150, 180, 205)


@dataclass(frozen=True)
class Palette:
    """The background is a gradient from `ground` to `glow`; the other two colours contrast with it."""

    ground: str
    glow: str
    main: str
    accent: str


def draw_cover(name: str, size: int) -> str:
    """Return a square SVG without external references."""
    random = Random(hashlib.sha256(name.encode()).hexdigest())  # noqa: S311  (must repeat, is no secret)
    palette = _palette(random)
    motif = random.choice(MOTIFS)
    shapes = "".join(motif(palette, random))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{size}" height="{size}">'
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="{random.choice((0, 0.4))}" y2="1">'
        f'<stop offset="0" stop-color="{palette.ground}"/><stop offset="1" stop-color="{palette.glow}"/>'
        f'</linearGradient></defs><rect width="{SIDE}" height="{SIDE}" fill="url(#g)"/>{shapes}</svg>'
    )


def _palette(random: Random) -> Palette:
    hue = (FIRST_HUE + random.randrange(HUE_RANGE)) % 360
    other = (hue + random.choice(HUE_STEPS)) % 360
    return Palette(
        ground=_colour(hue, random.randint(22, 40), random.randint(9, 15)),
        glow=_colour((hue + 24) % 360, random.randint(28, 45), random.randint(24, 36)),
        main=_colour(hue, random.randint(30, 50), random.randint(56, 70)),
        accent=_colour(other, random.randint(45, 68), random.randint(60, 72)),
    )


def _colour(hue: int, saturation: int, lightness: int) -> str:
    return f"hsl({hue},{saturation}%,{lightness}%)"


def _circle(x: float, y: float, radius: float, style: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {style}/>'


def _line(points: Sequence[tuple[float, float]], style: str) -> str:
    return f'<polyline points="{_points(points)}" {style}/>'


def _shape(points: Sequence[tuple[float, float]], style: str) -> str:
    return f'<polygon points="{_points(points)}" {style}/>'


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _stroke(colour: str, width: float, opacity: float = 1) -> str:
    return f'fill="none" stroke="{colour}" stroke-width="{width:.2f}" stroke-opacity="{opacity:.2f}"'


def _fill(colour: str, opacity: float = 1) -> str:
    return f'fill="{colour}" fill-opacity="{opacity:.2f}"'


# Motifs ------------------------------------------------------------------------------------


def _rings(palette: Palette, random: Random) -> list[str]:
    x, y = random.uniform(25, 75), random.uniform(30, 70)
    count = random.randint(6, 11)
    rings = [
        _circle(x, y, 6 + number * random.uniform(5.2, 6.4), _stroke(palette.main, 0.9, 0.95 - number * 0.07))
        for number in range(count)
    ]
    return [*rings, _circle(x, y, 3.4, _fill(palette.accent))]


def _ridges(palette: Palette, random: Random) -> list[str]:
    sun = _circle(random.uniform(22, 78), random.uniform(20, 40), random.uniform(7, 13), _fill(palette.accent, 0.9))
    layers = random.randint(3, 5)
    return [sun, *(_ridge(48 + 13 * layer, palette, random, 0.25 + 0.5 * layer / layers) for layer in range(layers))]


def _ridge(height: float, palette: Palette, random: Random, shade: float) -> str:
    outline = [(x, height + random.uniform(-11, 7)) for x in range(-5, 116, 10)]
    ground = _shape([(-5, SIDE), *outline, (115, SIDE)], _fill(palette.ground, shade))
    return ground + _line(outline, _stroke(palette.main, 0.5, shade))


def _waves(palette: Palette, random: Random) -> list[str]:
    length, phase = random.uniform(26, 60), random.uniform(0, math.tau)
    height, drift = random.uniform(3, 8), random.uniform(0.12, 0.5)
    lines = random.randint(9, 16)
    chosen = random.randrange(lines)
    return [
        _line(
            _wave(12 + 78 * number / lines, height, length, phase + number * drift),
            _stroke(palette.accent if number == chosen else palette.main, 0.9, 1 if number == chosen else 0.55),
        )
        for number in range(lines)
    ]


def _wave(middle: float, height: float, length: float, phase: float) -> list[tuple[float, float]]:
    return [(x, middle + height * math.sin(math.tau * x / length + phase)) for x in range(0, SIDE + 1, 2)]


def _tessellation(palette: Palette, random: Random) -> list[str]:
    step = random.choice((12.5, 20, 25))
    places = [(column * step, row * step) for row in range(int(SIDE / step)) for column in range(int(SIDE / step))]
    return [_tile(x, y, step, palette, random) for x, y in places if random.random() > 0.22]  # noqa: PLR2004


def _tile(x: float, y: float, step: float, palette: Palette, random: Random) -> str:
    corners = [(x, y), (x + step, y), (x + step, y + step), (x, y + step)]
    corners.pop(random.randrange(4))
    colour = random.choices((palette.main, palette.glow, palette.accent), (5, 7, 1))[0]
    return _shape(corners, _fill(colour, random.uniform(0.25, 0.8)))


def _moon(palette: Palette, random: Random) -> list[str]:
    x, y, radius = random.uniform(34, 66), random.uniform(30, 48), random.uniform(14, 23)
    stars = [
        _circle(random.uniform(2, 98), random.uniform(2, 70), random.uniform(0.2, 0.7), _fill(palette.main, 0.8))
        for _ in range(random.randint(18, 40))
    ]
    water = [
        _line([(x - width, level), (x + width, level)], _stroke(palette.accent, 0.7, 0.7))
        for level, width in ((78 + 4 * row, random.uniform(4, 20)) for row in range(5))
    ]
    return [*stars, _crescent(x, y, radius, random.randint(-50, 230), palette), *water]


def _crescent(x: float, y: float, radius: float, turn: int, palette: Palette) -> str:
    top, bottom, inner = f"{x:.1f},{y - radius:.1f}", f"{x:.1f},{y + radius:.1f}", radius * 1.25
    outline = f"M{top} A{radius:.1f},{radius:.1f} 0 1,0 {bottom} A{inner:.1f},{inner:.1f} 0 0,1 {top}Z"
    return f'<path d="{outline}" transform="rotate({turn} {x:.1f} {y:.1f})" {_fill(palette.accent)}/>'


def _spiral(palette: Palette, random: Random) -> list[str]:
    turns, arms = random.uniform(1.2, 2.6), random.randint(3, 7)
    return [
        _line(_arm(turns, math.tau * arm / arms), _stroke(palette.accent if arm == 0 else palette.main, 0.9, 0.8))
        for arm in range(arms)
    ]


def _arm(turns: float, start: float) -> list[tuple[float, float]]:
    steps = range(61)
    return [
        (
            50 + 0.75 * step * math.cos(start + math.tau * turns * step / 60),
            50 + 0.75 * step * math.sin(start + math.tau * turns * step / 60),
        )
        for step in steps
    ]


def _orbits(palette: Palette, random: Random) -> list[str]:
    tilt = random.randint(-40, 40)
    rings = [
        f'<ellipse cx="50" cy="50" rx="{14 + 8 * n}" ry="{(14 + 8 * n) * 0.42:.1f}" {_stroke(palette.main, 0.6, 0.7)}/>'
        for n in range(random.randint(3, 5))
    ]
    angle = random.uniform(0, math.tau)
    planet = _circle(50 + 30 * math.cos(angle), 50 + 12.6 * math.sin(angle), 3.2, _fill(palette.main))
    return [f'<g transform="rotate({tilt} 50 50)">', *rings, planet, "</g>", _circle(50, 50, 7, _fill(palette.accent))]


Motif = Callable[[Palette, Random], list[str]]
MOTIFS: tuple[Motif, ...] = (_rings, _ridges, _waves, _tessellation, _moon, _spiral, _orbits)
