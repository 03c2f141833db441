"""Annotations in COCO's format."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from edge.detect.outline import Polygon, trace_groups
from edge.report.exports.coco import make_coco
from edge.report.findings import PhotoFindings
from tests.unit.photo_findings import (
    ODD_NAMES,
    make_failed_photo,
    make_photo,
    make_photos,
    make_region,
    rectangle,
)

FACTS = {"created": "2024-05-06T07:08:09+00:00", "settings": {"threshold": 0.1}}
MASKS = arrays(
    np.int32, st.tuples(st.integers(1, 7), st.integers(1, 7)), elements=st.integers(0, 1)
)


def refuse(word: str) -> Any:
    raise AssertionError(f"{word} is not JSON")


def read(photos: Sequence[PhotoFindings], facts: Any = FACTS) -> dict[str, Any]:
    value = json.loads(make_coco(photos, facts=facts), parse_constant=refuse)
    assert isinstance(value, dict)
    return value


def annotate(
    outline: tuple[Polygon, ...], size_wh: tuple[int, int] = (4000, 3000)
) -> dict[str, Any]:
    region = make_region(xyxy=(0, 0, 32, 32), outline=outline)
    (annotation,) = read([make_photo(findings=[region], size_wh=size_wh)])["annotations"]
    assert isinstance(annotation, dict)
    return annotation


def open_coco(path: Path) -> Any:
    """Open a file as its users do; the library prints."""
    coco = pytest.importorskip("pycocotools.coco", reason="needs pycocotools")
    with contextlib.redirect_stdout(io.StringIO()):
        return coco.COCO(path)


def draw(annotation: dict[str, Any], size_wh: tuple[int, int]) -> NDArray[np.bool_]:
    """Return pycocotools' mask of an annotation."""
    mask = pytest.importorskip("pycocotools.mask", reason="needs pycocotools")
    width, height = size_wh
    drawn = mask.decode(mask.merge(mask.frPyObjects(annotation["segmentation"], height, width)))
    return np.asarray(drawn, np.bool_)


def test_all_that_was_scanned_is_an_image_also_what_is_clear() -> None:
    found = read(make_photos())
    names = [image["file_name"] for image in found["images"]]
    assert names == [photo.name for photo in make_photos()[:-1]]
    assert [image["id"] for image in found["images"]] == [1, 2, 3, 4, 5, 6]
    assert {(image["width"], image["height"]) for image in found["images"]} == {(4000, 3000)}
    assert found["images"][4]["crack_edge"]["triage"] == "clear"


def test_regions_are_annotations_of_their_photo() -> None:
    found = read(make_photos())
    annotations = found["annotations"]
    assert [one["id"] for one in annotations] == list(range(1, 9))
    assert [one["image_id"] for one in annotations] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert found["categories"] == [{"id": 1, "name": "crack", "supercategory": "damage"}]
    assert {one["category_id"] for one in annotations} == {1}
    first = annotations[2]
    assert first["bbox"] == [64, 96, 96, 32]
    assert (first["area"], first["iscrowd"], first["score"]) == (3072, 0, 0.9)
    assert first["attributes"]["triage"] == "crack"
    assert first["attributes"]["length_mm"] == 192.0


def test_it_says_how_it_was_made() -> None:
    info = read([])["info"]
    assert info["crack_edge"] == FACTS
    assert info["date_created"] == FACTS["created"]


def test_a_scan_that_found_nothing_is_whole_too() -> None:
    found = read([make_failed_photo()])
    assert (found["images"], found["annotations"], found["licenses"]) == ([], [], [])


def test_a_region_without_a_hole_is_its_outline() -> None:
    ring = ((0, 0), (64, 0), (64, 32), (32, 32), (32, 64), (0, 64))
    annotation = annotate(((ring,),))
    assert annotation["segmentation"] == [[value for corner in ring for value in corner]]
    assert annotation["area"] == 64 * 64 - 32 * 32


def test_a_region_without_an_outline_is_its_box() -> None:
    annotation = annotate(())
    assert annotation["segmentation"] == [[0, 0, 32, 0, 32, 32, 0, 32]]


def test_a_region_with_a_hole_is_cut_at_the_hole_s_left_side() -> None:
    polygon = (rectangle(0, 0, 96, 96), rectangle(32, 32, 64, 64))
    annotation = annotate((polygon,))
    left, right = sorted(annotation["segmentation"], key=min)
    assert sorted(zip(left[::2], left[1::2], strict=True)) == [(0, 0), (0, 96), (32, 0), (32, 96)]
    assert len(right) == 2 * 8
    assert annotation["area"] == 96 * 96 - 32 * 32
    assert annotation["bbox"] == [0, 0, 96, 96]


def test_what_lies_outside_the_picture_is_left_out() -> None:
    annotation = annotate(((rectangle(-32, 32, 64, 128),),), size_wh=(50, 100))
    assert annotation["bbox"] == [0, 32, 50, 68]
    assert annotation["area"] == 50 * 68


@given(MASKS, st.integers(1, 5), st.integers(0, 4), st.booleans())
def test_pycocotools_draws_the_very_cells(
    mask: NDArray[np.int32], cell: int, cut: int, flip: bool
) -> None:
    """The last column and row of cells are cut off, as at the sides of a photo."""
    rows, columns = mask.shape
    size_wh = columns * cell - min(cut, cell - 1), rows * cell - min(cut, cell - 1)
    xs = np.minimum(np.arange(columns + 1) * cell, size_wh[0])
    ys = np.minimum(np.arange(rows + 1) * cell, size_wh[1])
    outline = trace_groups(mask, xs, ys).get(1)
    if outline is None:
        return
    if flip:
        outline = tuple(tuple(ring[::-1] for ring in polygon) for polygon in outline)
    annotation = annotate(outline, size_wh)
    expected = np.repeat(np.repeat(mask > 0, np.diff(ys), axis=0), np.diff(xs), axis=1)
    assert np.array_equal(draw(annotation, size_wh), expected)
    assert annotation["area"] == expected.sum()
    y, x = np.nonzero(expected)
    left, top, width, height = annotation["bbox"]
    assert (left, top, left + width, top + height) == (x.min(), y.min(), x.max() + 1, y.max() + 1)
    for ring in annotation["segmentation"]:
        assert all(0 <= value <= size_wh[i % 2] for i, value in enumerate(ring))


def test_pycocotools_loads_it_and_takes_the_annotations_as_results(tmp_path: Path) -> None:
    file = tmp_path / "coco.json"
    polygon = (rectangle(0, 0, 96, 96), rectangle(32, 32, 64, 64))
    photos = [*make_photos(), make_photo("hole.jpg", findings=[make_region(outline=(polygon,))])]
    file.write_bytes(make_coco(photos, facts=FACTS))
    coco = open_coco(file)
    assert len(coco.getImgIds(catIds=coco.getCatIds(["crack"]))) == 5
    annotations = coco.loadAnns(coco.getAnnIds())
    assert [int(coco.annToMask(one).sum()) for one in annotations] == [
        one["area"] for one in annotations
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        results = coco.loadRes(annotations)
    assert len(results.getAnnIds()) == len(annotations)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_comes_back_as_it_was(name: str) -> None:
    (image,) = read([make_photo(name)])["images"]
    if "photo_bytes" in image["crack_edge"]:
        assert unquote_to_bytes(image["crack_edge"]["photo_bytes"]) == os.fsencode(name)
        assert image["file_name"] == os.fsencode(name).decode(errors="replace")
    else:
        assert image["file_name"] == name


def test_facts_that_are_no_json_end_no_file() -> None:
    assert read([], {"x": math.nan})["info"]["crack_edge"] == {"x": None}
