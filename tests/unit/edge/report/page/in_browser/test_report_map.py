"""The report's map in a browser: what it shows, opens and zooms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.edge.report.page.in_browser.steps import (
    Open,
)
from tests.unit.photo_findings import (
    make_photo,
    make_place,
    make_region,
)
from tests.unit.report_pages import make_report


def test_the_map_shows_what_the_filter_shows(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.wait_for_selector("#map .mark", state="attached")
    assert page.inner_text("#map-words").startswith("6 of the 8 rows shown above are on the map.")
    marks = page.locator("#map .mark.crack")
    assert marks.get_attribute("d").count("M") == 2
    page.fill("#name", "wall")
    assert marks.get_attribute("d").count("M") == 1
    assert page.inner_text("#map-words").startswith("2 of the 2")
    assert page.locator("#map text").all_text_contents()[-1] == "N"


def spot_on_screen(page: Any, name: str) -> tuple[float, float]:
    """Return where the first mark of a photo is."""
    x, y = page.evaluate(
        "(name) => SITE.spots.find((spot) => PHOTOS.name[spot.row.photo] === name).at", name
    )
    box = page.locator("#map").bounding_box()
    return box["x"] + x, box["y"] + y


def test_a_click_on_a_mark_opens_it(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.wait_for_selector("#map .mark", state="attached")
    page.locator("#map").scroll_into_view_if_needed()
    page.mouse.click(*spot_on_screen(page, "deck 9.jpg"))
    page.wait_for_selector("#view[open]")
    assert page.inner_text("#view-name") == "deck 9.jpg #1"


def test_marks_on_one_another_are_listed_to_choose_from(report: Path, open_page: Open) -> None:
    page = open_page(report)
    page.wait_for_selector("#map .mark", state="attached")
    page.locator("#map").scroll_into_view_if_needed()
    page.fill("#name", "wall")
    page.mouse.click(*spot_on_screen(page, "wall.jpg"))
    assert page.locator("#here a").all_inner_texts() == ["wall.jpg #1", "wall.jpg #2"]
    page.locator("#here a").last.click()
    page.wait_for_selector("#view[open]")
    assert page.inner_text("#view-name") == "wall.jpg #2"


def test_the_map_is_zoomed_by_buttons_and_keys_and_moved_by_the_mouse(
    report: Path, open_page: Open
) -> None:
    page = open_page(report)
    page.wait_for_selector("#map .mark", state="attached")
    page.locator("#map").scroll_into_view_if_needed()
    start = spot_on_screen(page, "deck 9.jpg")
    page.click("#map-in")
    page.focus("#map")
    page.keyboard.press("-")
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    assert spot_on_screen(page, "deck 9.jpg") != pytest.approx(start, abs=5)
    page.click("#map-fit")
    assert spot_on_screen(page, "deck 9.jpg") == pytest.approx(start)
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 120, steps=4)
    page.mouse.up()
    moved = spot_on_screen(page, "deck 9.jpg")
    assert moved == pytest.approx((start[0] + 50, start[1] + 30), abs=1)
    assert not page.is_visible("#view")


@pytest.mark.parametrize(
    "positions",
    [
        [(8.25, 47.5)],
        [(8.25, 47.5)] * 3,
        [(179.9999, 10.0), (-179.9999, 10.0)],
        [(0.0, 90.0), (180.0, -90.0)],
    ],
)
def test_a_map_of_any_places_is_drawn(
    positions: list[tuple[float, float]], tmp_path: Path, open_page: Open
) -> None:
    photos = [
        make_photo(f"{i}.jpg", place=make_place("camera", position=one), findings=[make_region()])
        for i, one in enumerate(positions)
    ]
    page = open_page(make_report(tmp_path, photos).path)
    page.wait_for_selector("#map .mark", state="attached")
    path = page.locator("#map .mark.crack").get_attribute("d")
    assert path.startswith("M")
    assert "NaN" not in page.inner_html("#map")
    assert "Infinity" not in page.inner_html("#map")
