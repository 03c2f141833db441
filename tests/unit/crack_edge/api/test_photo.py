"""One photo scanned from Python."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import crack_edge as ce
from edge.photo.codec import write_photo
from tests.unit.crack_edge.api.walls import SIZE_WH, cracked_wall, dark_model, sound_wall

MODEL = dark_model()


def test_a_dark_bar_is_a_crack_where_it_is() -> None:
    scan = ce.scan_photo(cracked_wall(), MODEL)
    assert (scan.verdict, scan.size_wh, scan.name, scan.path) == ("crack", SIZE_WH, "", None)
    (finding,) = scan.findings
    assert (finding.number, finding.verdict, finding.photo) == (1, "crack", "")
    assert finding.score > 0.9
    assert finding.xyxy == (128, 0, 192, SIZE_WH[1])
    assert finding.area_px == 64 * SIZE_WH[1]
    assert finding.orientation_deg == 90
    assert finding.length_mm is None


def test_a_sound_wall_is_clear_and_a_washed_out_one_not_inspected() -> None:
    assert ce.scan_photo(sound_wall(), MODEL).verdict == "clear"
    scan = ce.scan_photo(np.full((250, 320, 3), 255, np.uint8), MODEL)
    assert (scan.verdict, scan.findings) == ("not inspected", ())
    assert scan.reasons == ("100% of it is washed out",)


def test_between_the_thresholds_a_person_should_look() -> None:
    scan = ce.scan_photo(cracked_wall(), MODEL, threshold=0.5, crack_threshold=0.9999999)
    assert (scan.threshold, scan.crack_threshold) == (0.5, 0.9999999)
    assert {scan.verdict, *(one.verdict for one in scan.findings)} == {"review"}


def test_a_scale_gives_millimetres() -> None:
    (finding,) = ce.scan_photo(cracked_wall(), MODEL, gsd_mm=0.5).findings
    assert finding.gsd_mm == 0.5
    assert finding.length_mm == finding.length_px / 2
    assert finding.area_mm2 == finding.area_px / 4


def test_the_heat_map_covers_the_photo_without_its_mirrored_margin() -> None:
    heat_map = ce.scan_photo(cracked_wall(), MODEL).heat_map
    assert heat_map.scores.dtype == np.float32
    assert heat_map.scores.shape == (8, 10)  # 250 px are 7.8 cells of 32 px
    assert heat_map.extent == (0, 320, 256, 0)
    columns = heat_map.scores.mean(axis=0)
    assert columns[4] == columns.max() > 0.9
    assert columns[[0, 1, 8, 9]].max() < 0.1


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"threshold": "0.5"}, "threshold"),
        ({"crack_threshold": "0.5"}, "crack_threshold"),
        ({"scale": "0.5"}, "scale"),
        ({"scale": None}, "scale"),
        ({"gsd_mm": "0.5"}, "gsd_mm"),
    ],
)
def test_what_is_no_number_is_refused_by_the_name_of_its_argument(
    arguments: dict[str, Any], name: str
) -> None:
    with pytest.raises(TypeError, match=rf"\b{name}\b.*a number"):
        ce.scan_photo(cracked_wall(), MODEL, **arguments)


def test_numbers_of_numpy_are_taken_as_those_of_python() -> None:
    of_numpy = ce.scan_photo(
        cracked_wall(),
        MODEL,
        threshold=np.float32(0.5),
        scale=np.float32(0.5),
        gsd_mm=np.int64(2),
    )
    assert of_numpy == ce.scan_photo(cracked_wall(), MODEL, threshold=0.5, scale=0.5, gsd_mm=2)
    assert {type(of_numpy.threshold), type(of_numpy.gsd_mm)} == {float}


def test_smaller_scales_make_larger_cells() -> None:
    assert ce.scan_photo(cracked_wall(), MODEL, scale=0.5).heat_map.cell_px == 64
    assert ce.scan_photo(cracked_wall(), MODEL, scale=np.array([0.5])).heat_map.cell_px == 64
    assert ce.scan_photo(cracked_wall(), MODEL, scale=(0.5, 1)).heat_map.cell_px == 32


def test_a_file_gives_what_its_array_gives(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    write_photo(path, cracked_wall())
    assert np.array_equal(ce.read_photo(path), cracked_wall())
    of_file, of_array = ce.scan_photo(str(path), MODEL), ce.scan_photo(cracked_wall(), MODEL)
    assert (of_file.name, of_file.path) == ("wall.png", path)
    assert [one.xyxy for one in of_file.findings] == [one.xyxy for one in of_array.findings]
    assert np.array_equal(of_file.heat_map.scores, of_array.heat_map.scores)


def test_the_tile_view_scores_single_tiles() -> None:
    scan = ce.scan_photo(cracked_wall(), MODEL, view="tile")
    assert scan.verdict == "crack"


def test_views_of_arrays_are_taken_as_they_look() -> None:
    wall = cracked_wall()
    flipped = ce.scan_photo(wall[:, ::-1], MODEL)
    assert flipped == ce.scan_photo(wall[:, ::-1].copy(), MODEL)
    bgr = wall[..., ::-1].copy()
    assert ce.scan_photo(bgr[..., ::-1], MODEL) == ce.scan_photo(wall, MODEL)


class _Image:
    """Like Pillow's."""

    def convert(self, mode: str) -> None: ...


@pytest.mark.parametrize(
    ("photo", "kind", "words"),
    [
        (np.zeros((8, 8, 3)), TypeError, "dtype float64; expected a uint8 array"),
        (np.zeros((8, 8, 3), np.float32), TypeError, r"scale it to 0\.\.255"),
        (np.zeros((8, 8), np.uint8), ValueError, r"\(8, 8\).*np\.stack\(\[photo\] \* 3"),
        (np.zeros((8, 8, 4), np.uint8), ValueError, r"drop the alpha channel: photo\[\.\.\., :3\]"),
        (np.zeros((3, 8, 8), np.uint8), ValueError, r"expected a uint8 array \(height, width, 3\)"),
        (np.zeros((0, 8, 3), np.uint8), ValueError, r"shape \(0, 8, 3\)"),
        (None, TypeError, "photo is of type NoneType"),
        (_Image(), TypeError, r"np\.asarray\(image\.convert\('RGB'\)\)"),
    ],
)
def test_what_is_no_photo_is_refused_with_what_to_do(photo: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        ce.scan_photo(photo, MODEL)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"threshold": 1.5}, "threshold 1.5"),
        ({"threshold": 0.5, "crack_threshold": 0.4}, "crack_threshold 0.4"),
        ({"view": "tiles"}, "expected dense or tile"),
        ({"scale": 100}, r"expected one or more of 0\.05 to 8"),
        ({"scale": float("nan")}, "scale is nan; expected a finite number"),
        ({"gsd_mm": float("inf")}, "gsd_mm is inf; expected a finite number"),
        ({"gsd_mm": 0}, "gsd_mm is 0; expected a number above 0"),
    ],
)
def test_values_out_of_range_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ce.scan_photo(cracked_wall(), MODEL, **arguments)


def test_a_file_that_cannot_be_read_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    for path in (tmp_path / "broken.jpg", tmp_path / "missing.jpg"):
        with pytest.raises(ce.CrackEdgeError, match=path.name):
            ce.scan_photo(path, MODEL)
        with pytest.raises(ce.CrackEdgeError, match=path.name):
            ce.read_photo(path)


def test_an_overlay_is_the_photo_with_its_findings(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    write_photo(path, cracked_wall())
    overlay = ce.scan_photo(path, MODEL).overlay()
    assert overlay.shape == cracked_wall().shape
    assert (overlay == (214, 20, 20)).all(axis=-1).any()
    sound = ce.scan_photo(sound_wall(), MODEL).overlay(sound_wall())
    assert np.array_equal(sound, sound_wall())


def test_an_overlay_wants_the_photo_that_was_scanned() -> None:
    scan = ce.scan_photo(cracked_wall(), MODEL)
    with pytest.raises(ValueError, match="pass it to overlay"):
        scan.overlay()
    with pytest.raises(ValueError, match="photo has 300 x 250 px"):
        scan.overlay(cracked_wall()[:, :300])


def test_results_go_to_other_processes() -> None:
    scan = ce.scan_photo(cracked_wall(), MODEL)
    there = pickle.loads(pickle.dumps(scan))
    assert there == scan
    assert np.array_equal(there.heat_map.scores, scan.heat_map.scores)
