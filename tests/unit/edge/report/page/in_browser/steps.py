"""What the tests of the report in a browser share: photos, and what one reads off the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edge.report.findings import PhotoFindings
from tests.unit.photo_findings import make_failed_photo, make_photo, make_place, make_region

Open = Callable[..., Any]

COLUMNS = (
    *("picture", "photo", "number", "triage", "score", "length", "angle", "place", "smallest"),
)
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def list_photos() -> list[PhotoFindings]:
    """Return photos of each triage; scores and names are in no order."""
    fine, coarse = (
        {"smallest_crack_mm": 0.2, "is_fine_enough": True},
        {"smallest_crack_mm": 0.5, "is_fine_enough": False},
    )
    east = make_place("ground", position=(8.2505, 47.5))
    return [
        make_photo("deck 10.jpg", findings=[make_region(0.95), make_region(0.3)], **fine),
        make_photo("deck 9.jpg", findings=[make_region(0.5)], place=east, **coarse),
        make_photo("wall.jpg", findings=[make_region(0.8), make_region(0.6)], kind="camera"),
        make_photo("pier.jpg", findings=[make_region(0.7)], kind="unknown"),
        make_photo("clear.jpg", **coarse),
        make_photo("dark.jpg", triage="not inspected", reasons=("90% of it is too dark",)),
        make_failed_photo("broken.jpg"),
    ]


def wait_until(page: Any, condition: str) -> None:
    """Wait until JavaScript is true; the policy of the page does not let it be polled there."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"never came true: {condition}")


def cells(page: Any, column: str) -> list[str]:
    texts: list[str] = page.locator(f"#rows tbody td.{column}").all_inner_texts()
    return texts


def rows(page: Any) -> list[str]:
    """Return what each row of the table is called, without the numbers of clear photos."""
    pairs = zip(cells(page, "photo"), cells(page, "number"), strict=True)
    return [name if number == "–" else f"{name} #{number}" for name, number in pairs]


def click_head(page: Any, column: str) -> None:
    page.click(f"#rows th[data-column={column}] button")


def tick(page: Any, triage: str) -> None:
    page.locator("#triages label", has_text=triage).click()
