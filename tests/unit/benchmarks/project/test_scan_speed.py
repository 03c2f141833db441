"""The bench of scans: what is compared, on a photo so small that its figures mean nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.project.documents import fill_tables
from benchmarks.project.peers import peer_versions
from benchmarks.project.scan_speed import FOLDER, LIMITS, OURS, TILES, measure_scan_speed
from edge.evaluation.synthetic import draw_concrete
from edge.files.errors import InputError
from edge.photo.codec import write_photo


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return measure_scan_speed("small", drawn_wh=(320, 256), rounds=1)


def test_others_are_compared_with_ours_and_ours_with_its_bounds(results: dict[str, Any]) -> None:
    others = [TILES]
    for peer in peer_versions():
        others += [peer, f"{peer} without its picture"]
    names = [f"{name} to ours" for name in others]
    assert list(results["ratios"]) == [
        *names,
        f"{OURS} to its bound",
        f"{FOLDER} to its bound",
    ]


def test_every_limit_is_for_a_ratio_that_is_measured_with_all_peers() -> None:
    names = {"SAHI to ours", "supervision to ours", f"{OURS} to its bound"}
    assert set(LIMITS) == names


def test_the_results_are_json_and_name_what_was_scanned(results: dict[str, Any]) -> None:
    again = json.loads(json.dumps(results))
    assert again["photo"] == "drawn"
    assert again["photo_wh"] == [320, 256]
    assert set(again["findings"]) <= set(again["seconds"])


def test_the_readme_says_which_version_of_a_peer_was_compared(
    results: dict[str, Any], tmp_path: Path
) -> None:
    ratio = {"median": 4.0, "p10": 3.5, "p90": 4.5}
    changed = {"peers": {"SAHI": "1.2.3"}, "ratios": {"SAHI to ours": ratio}}
    (tmp_path / "scan-speed.json").write_text(json.dumps(results | changed))
    text = fill_tables("<!-- table: speed -->\n<!-- end -->", tmp_path)
    assert "| SAHI 1.2.3 / crack-edge | 4.00 | 3.50 to 4.50 |" in text


def test_a_photo_of_ones_own_is_scanned(tmp_path: Path) -> None:
    path = tmp_path / "wall.jpg"
    write_photo(path, draw_concrete((300, 280), seed=3).photo)
    results = measure_scan_speed("small", photo=path, rounds=1)
    assert results["photo"] == "wall.jpg"
    assert results["photo_wh"] == [300, 280]


def test_a_photo_that_is_no_jpeg_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    write_photo(path, draw_concrete((300, 280), seed=3).photo)
    with pytest.raises(InputError, match="expected a JPEG"):
        measure_scan_speed("small", photo=path)
