"""Regions against labelled squares: found, missed, false, and what that makes in shares."""

from __future__ import annotations

import pytest

from edge.detect.region_metrics import count_regions, summarise_regions
from edge.detect.regions import Region
from edge.detect.triage import Thresholds
from edge.photo.tiling import Box

SIZE_WH = (96, 64)
# Two rows of three squares; the first and the last have a crack.
BOXES: list[Box] = [(x, y, x + 32, y + 32) for y in (0, 32) for x in (0, 32, 64)]
CRACKED = [True, False, False, False, False, True]


def _region(score: float, *boxes: Box) -> Region:
    outline = tuple((((a, b), (c, b), (c, d), (a, d)),) for a, b, c, d in boxes)
    return Region(score, boxes[0], 1, outline=outline)


def _count(*regions: Region) -> dict[str, int]:
    return count_regions(regions, BOXES, CRACKED, SIZE_WH, Thresholds(0.2, 0.9))


def test_without_a_region_all_cracks_are_missed() -> None:
    counts = _count()
    assert (counts["cracks"], counts["found"], counts["clear"], counts["touched"]) == (2, 0, 4, 0)
    assert (counts["regions"], counts["false"]) == (0, 0)


def test_a_square_is_found_where_a_part_of_a_region_lies_in_it() -> None:
    counts = _count(_region(0.5, (24, 24, 40, 32)))
    assert (counts["found"], counts["touched"]) == (1, 1)
    assert (counts["found_sure"], counts["sure"], counts["false"]) == (0, 0, 0)


def test_a_region_that_ends_at_a_square_does_not_touch_it() -> None:
    counts = _count(_region(0.95, (32, 0, 64, 32)))
    assert (counts["found"], counts["touched"]) == (0, 1)
    assert (counts["false"], counts["false_sure"]) == (1, 1)


def test_one_part_in_a_crack_makes_a_region_true() -> None:
    counts = _count(_region(0.95, (40, 0, 48, 8), (64, 32, 96, 64)), _region(0.3, (64, 0, 72, 8)))
    assert (counts["found"], counts["found_sure"]) == (1, 1)
    assert (counts["regions"], counts["false"]) == (2, 1)
    assert (counts["sure"], counts["false_sure"]) == (1, 0)


def test_shares_are_those_of_all_photos_together() -> None:
    whole = _region(0.95, (0, 0, 96, 64))
    summary = summarise_regions({"a.jpg": _count(whole), "b.jpg": _count()})
    assert summary["recall"] == summary["recall_sure"] == 0.5
    assert summary["touched_share"] == 0.5
    assert summary["false_per_photo"] == 0
    assert summary["per_photo"]["a.jpg"]["recall"] == 1
    assert summary["per_photo"]["b.jpg"]["recall"] == 0


def test_a_share_of_nothing_is_unknown() -> None:
    counts = count_regions([], BOXES[1:3], [False, False], SIZE_WH, Thresholds(0.2, 0.9))
    summary = summarise_regions({"a.jpg": counts})
    assert summary["recall"] is None
    assert summary["touched_share"] == pytest.approx(0)
