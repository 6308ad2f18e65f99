"""Drawn covers."""

from xml.etree import ElementTree

import pytest

from demo.drawings import draw_cover

NAMES = [f"album {number}" for number in range(60)]


def test_the_same_name_gives_the_same_cover() -> None:
    assert draw_cover("Heron / Slate", 300) == draw_cover("Heron / Slate", 300)


def test_other_names_give_other_covers() -> None:
    assert len({draw_cover(name, 300) for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("size", [64, 300, 640])
def test_the_size_is_as_asked(size: int) -> None:
    svg = ElementTree.fromstring(draw_cover("Heron / Slate", size))
    assert (svg.get("width"), svg.get("height"), svg.get("viewBox")) == (str(size), str(size), "0 0 100 100")


@pytest.mark.parametrize("name", [NAMES[0], "", "<script>alert(1)</script>", 'Ω & "quotes"'])
def test_a_cover_is_a_valid_drawing_that_refers_to_nothing_else(name: str) -> None:
    svg = draw_cover(name, 300)
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
    assert tags.isdisjoint({"script", "image", "use", "style", "foreignObject"})
    assert svg.count("http") == 1  # The namespace.
    assert len(svg) < 20_000
