"""``coco.json``: regions as annotations in COCO's format, for tools that label and train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.detect.outline import Polygon, Ring, fill_fields, trace_groups, twice_area_of
from edge.detect.regions import Region
from edge.files.strict_json import dump_strictly
from edge.files.text_encoding import filename_facts, replace_undecodable
from edge.report.columns import list_photo_facts, list_region_facts
from edge.report.findings import Finding, PhotoFindings

_CATEGORY = {"id": 1, "name": "crack", "supercategory": "damage"}
# Keys of annotations and images themselves say these.
_SAID = frozenset({"photo", "score", "left", "top", "right", "bottom", "area_px", "path"})


@dataclass(frozen=True)
class _Outline:
    """A region's outline without holes.

    Attributes:
        rings: they may touch, and do not overlap.
        area_px: of all.
    """

    rings: tuple[Ring, ...]
    area_px: int


def make_coco(photos: Sequence[PhotoFindings], *, facts: Mapping[str, Any]) -> bytes:
    """Return images and annotations; the image of a photo that could not be read is left out.

    COCO's polygons have no holes: a region with one is cut at the hole's left side into polygons
    that cover the same px. ``area`` is theirs exactly, ``bbox`` is left, upper, width and height.
    A file name that is not UTF-8 has U+FFFD in it; its bytes stand in ``crack_edge``.

    Args:
        photos: all of the scan; those that are clear are images without annotations.
        facts: settings, models and versions, for ``info``.
    """
    scanned = [photo for photo in photos if not photo.outcome.error]
    images = [_describe_image(number, photo) for number, photo in enumerate(scanned, start=1)]
    found = (
        (number, photo, finding)
        for number, photo in enumerate(scanned, start=1)
        for finding in photo.findings
    )
    annotations = [{"id": i, **_annotate(*one)} for i, one in enumerate(found, start=1)]
    info = {
        "description": "Findings of a crack-edge scan",
        "date_created": facts.get("created", ""),
        "crack_edge": dict(facts),
    }
    parts = {
        "info": dump_strictly(info),
        "licenses": dump_strictly([]),
        "categories": dump_strictly([_CATEGORY]),
        "images": _list_lines(images),
        "annotations": _list_lines(annotations),
    }
    return ("{" + ",\n".join(f'"{key}":{text}' for key, text in parts.items()) + "}\n").encode()


def _list_lines(values: Sequence[Mapping[str, Any]]) -> str:
    lines = ",\n".join(map(dump_strictly, values))
    return f"[\n{lines}\n]" if lines else "[]"


def _describe_image(number: int, photo: PhotoFindings) -> dict[str, Any]:
    width, height = photo.outcome.size_wh
    shown = replace_undecodable(photo.name)
    about = {**list_photo_facts(photo), **filename_facts(photo.name, shown)}
    return {
        "id": number,
        "file_name": shown,
        "width": width,
        "height": height,
        "date_captured": photo.outcome.camera.taken or "",
        "crack_edge": _leave_out({*_SAID, "width", "height", "taken"}, about),
    }


def _annotate(image: int, photo: PhotoFindings, finding: Finding) -> dict[str, Any]:
    outline = _flatten(finding.region, photo.outcome.size_wh)
    corners = np.array([corner for ring in outline.rings for corner in ring])
    left, top = corners.min(axis=0).tolist()
    right, bottom = corners.max(axis=0).tolist()
    return {
        "image_id": image,
        "category_id": _CATEGORY["id"],
        "segmentation": [[value for corner in ring for value in corner] for ring in outline.rings],
        "area": outline.area_px,
        "bbox": [left, top, right - left, bottom - top],
        "iscrowd": 0,
        "score": round(finding.region.score, 4),
        "attributes": _leave_out(_SAID, list_region_facts(photo, finding)),
    }


def _leave_out(keys: frozenset[str] | set[str], about: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in about.items() if key not in keys}


def _flatten(region: Region, size_wh: tuple[int, int]) -> _Outline:
    """Return the outline in the picture without holes; the box of a region that has none."""
    left, top, right, bottom = region.xyxy
    box = (((left, top), (right, top), (right, bottom), (left, bottom)),)
    parts = [_cut_at_holes(polygon, size_wh) for polygon in region.outline or (box,)]
    return _Outline(
        tuple(ring for part in parts for ring in part.rings), sum(part.area_px for part in parts)
    )


def _cut_at_holes(polygon: Polygon, size_wh: tuple[int, int]) -> _Outline:
    """Cut a polygon along the left side of each hole: what was a hole is open to that side then."""
    if len(polygon) == 1 and _is_within(polygon[0], size_wh):
        return _Outline(polygon, abs(twice_area_of(polygon[0])) // 2)
    rings = [np.clip(np.array(ring, np.intp), 0, size_wh) for ring in polygon]
    corners = np.concatenate(rings)
    xs, ys = np.unique(corners[:, 0]), np.unique(corners[:, 1])
    inside = fill_fields(
        (ring.tolist() for ring in rings), (xs[:-1] + xs[1:]) / 2, (ys[:-1] + ys[1:]) / 2
    )
    cuts = np.unique([ring[:, 0].min() for ring in rings[1:]])
    strips = 1 + np.searchsorted(cuts, xs[:-1], side="right")
    labels = np.where(inside, strips, 0).astype(np.int32)
    traced = trace_groups(labels, xs, ys)
    cut = tuple(rings[0] for polygons in traced.values() for rings in polygons)
    return _Outline(cut, int((inside * np.diff(xs) * np.diff(ys)[:, None]).sum()))


def _is_within(ring: Ring, size_wh: tuple[int, int]) -> bool:
    width, height = size_wh
    return all(0 <= x <= width and 0 <= y <= height for x, y in ring)
