"""Regions compared with labelled squares: which cracks they find, and which find nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edge.detect.outline import fill_polygons
from edge.detect.regions import Region
from edge.detect.triage import Thresholds
from edge.photo.tiling import Box

# Side of the squares in which areas are compared: small against cells.
_STEP_PX = 8

_COUNTS = (
    "cracks",
    "found",
    "found_sure",
    "clear",
    "touched",
    "regions",
    "false",
    "sure",
    "false_sure",
)


def count_regions(
    regions: Sequence[Region],
    boxes: Sequence[Box],
    cracked: Sequence[bool],
    size_wh: tuple[int, int],
    thresholds: Thresholds,
) -> dict[str, int]:
    """Count what regions find of a photo's labelled squares, and which find nothing.

    A square is found where a part of a region lies in it; a region is false where no part of it
    lies in a square with a crack.

    Args:
        regions: of the photo.
        boxes: of the labelled squares, px.
        cracked: whether each has a crack.
        size_wh: of the photo, px.
        thresholds: which tell sure regions from those to review.

    Returns:
        cracks (squares with one), found and found_sure (by any region, by sure ones), clear
        (squares without), touched (of them by any region), regions, false, sure (regions) and
        false_sure.
    """
    rows, columns = (-(-length // _STEP_PX) for length in reversed(size_wh))
    truth = np.zeros((rows, columns), bool)
    seen, seen_surely = truth.copy(), truth.copy()
    places = [
        tuple(slice(*(side // _STEP_PX for side in box[way::2])) for way in (1, 0)) for box in boxes
    ]
    for place, has_crack in zip(places, cracked, strict=True):
        truth[place] |= has_crack
    counts = dict.fromkeys(_COUNTS, 0)
    for region in regions:
        inside = fill_polygons(region.outline, size_wh, _STEP_PX)
        is_sure = thresholds.triage(region.score) == "crack"
        is_false = not np.any(inside & truth)
        seen |= inside
        counts["regions"] += 1
        counts["false"] += is_false
        if is_sure:
            seen_surely |= inside
            counts["sure"] += 1
            counts["false_sure"] += is_false
    for place, has_crack in zip(places, cracked, strict=True):
        counts["cracks" if has_crack else "clear"] += 1
        counts["found" if has_crack else "touched"] += bool(seen[place].any())
        counts["found_sure"] += has_crack and bool(seen_surely[place].any())
    return counts


def summarise_regions(counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Return the figures of all photos together and, under ``per_photo``, of each.

    ``recall`` and ``recall_sure`` are shares of the squares with a crack; ``false_per_photo`` and
    ``false_sure_per_photo`` regions that touch none; ``touched_share`` of the squares without a
    crack. None where there is nothing to take a share of.
    """
    total = {key: sum(one[key] for one in counts.values()) for key in _COUNTS}
    return {
        **_figures_of(total, len(counts)),
        "per_photo": {photo: _figures_of(one, 1) for photo, one in counts.items()},
    }


def _figures_of(counts: Mapping[str, int], photos: int) -> dict[str, Any]:
    def share(part: str, whole: str) -> float | None:
        return counts[part] / counts[whole] if counts[whole] else None

    return {
        **counts,
        "recall": share("found", "cracks"),
        "recall_sure": share("found_sure", "cracks"),
        "touched_share": share("touched", "clear"),
        "false_per_photo": counts["false"] / photos,
        "false_sure_per_photo": counts["false_sure"] / photos,
    }
