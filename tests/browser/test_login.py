"""The form with which staff log in."""

from itertools import pairwise

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.browser.conftest import OpenPage
from tests.support.site import Site

LEAST_GAP = 4
LEAST_HEIGHT = 44


def _box(part: Locator) -> FloatRect:
    box = part.bounding_box()
    assert box is not None
    return box


@pytest.mark.parametrize("width", [320, 1440])
def test_its_parts_stand_apart_one_below_the_other(site: Site, open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("a wrong password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    boxes = [_box(part) for part in page.locator("main").locator("[role=alert], label, input:visible, button").all()]
    assert len(boxes) == 6
    assert all(above["y"] + above["height"] + LEAST_GAP <= below["y"] for above, below in pairwise(boxes))
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)


def test_its_fields_can_be_seen_and_touched(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{site.url}/accounts/login/")
    expect(page.get_by_label("Name")).to_be_focused()
    for name in ("Name", "Password"):
        expect(page.get_by_label(name)).to_have_css("border-top-style", "solid")
        expect(page.get_by_label(name)).to_have_css("border-top-width", "1px")
        assert _box(page.get_by_label(name))["height"] >= LEAST_HEIGHT
