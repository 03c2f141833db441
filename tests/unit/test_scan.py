"""A scan finds what is dark where it is, tells all of it, and stops for no broken photo."""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

from edge.errors import InputError, ModelError, OutputError, PhotoError
from edge.photo import read_photo, write_photo
from edge.scan import (
    Mode,
    ScanSettings,
    heat_map_path,
    overlay_path,
    scan,
    scan_photo,
    score_box,
    score_boxes,
)
from tests.unit.fakes import DarknessScorer, Remembering, draw_wall, make_card

SETTINGS = ScanSettings(threshold=0.5)
DARK = (96, 64, 160, 128)  # on whole cells


def test_the_dense_mode_finds_a_dark_square_to_the_cell() -> None:
    found = scan_photo(DarknessScorer(), draw_wall((320, 256), DARK), SETTINGS)
    (region,) = found.regions
    assert region.xyxy == DARK
    assert region.area_px == 64 * 64
    assert region.score > 0.99
    assert found.heat.shape == (8, 10)


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.75])
def test_the_tiles_mode_finds_a_dark_square_to_the_tile(overlap: float) -> None:
    settings = ScanSettings(threshold=0.5, mode="tiles", overlap=overlap)
    (region,) = scan_photo(DarknessScorer(), draw_wall((320, 256), DARK), settings).regions
    sides = np.array(region.xyxy) - DARK
    assert np.all(sides[:2] <= 0)
    assert np.all(sides[2:] >= 0)
    assert np.abs(sides).max() < 64


def test_a_model_of_whole_tiles_finds_a_dark_square_to_an_eighth_of_its_window() -> None:
    card = make_card(input_px=96, window_px=96, cell_px=96, output="tile_logit")
    settings = ScanSettings(threshold=0.5, mode="tiles", overlap=0.5)
    found = scan_photo(DarknessScorer(card), draw_wall((320, 256), DARK), settings)
    (region,) = found.regions
    assert found.cell_px == 12
    sides = np.array(region.xyxy) - DARK
    assert np.all(sides[:2] <= 0)
    assert np.all(sides[2:] >= 0)
    assert np.abs(sides).max() < 96


def test_a_model_of_whole_tiles_is_refused_in_dense_mode_before_anything_is_written(
    tmp_path: Path,
) -> None:
    card = make_card(cell_px=64, output="tile_logit")
    write_photo(tmp_path / "wall.png", draw_wall((100, 80)))
    out = tmp_path / "out"
    with pytest.raises(ModelError, match="--mode tiles"):
        scan(
            [tmp_path / "wall.png"],
            out,
            scorer=DarknessScorer(card),
            settings=SETTINGS,
            progress=Remembering(),
        )
    assert not out.exists()


@pytest.mark.parametrize("mode", ["dense", "tiles"])
@pytest.mark.parametrize("size_wh", [(320, 256), (40, 30), (65, 200), (1, 1)])
def test_a_wall_without_a_crack_has_no_region(mode: Mode, size_wh: tuple[int, int]) -> None:
    found = scan_photo(DarknessScorer(), draw_wall(size_wh), ScanSettings(0.5, mode))
    assert found.regions == []
    assert found.size_wh == size_wh
    assert found.heat.max() < 0.01


@pytest.mark.parametrize("mode", ["dense", "tiles"])
@pytest.mark.parametrize("window_px", [64, 50, 100, 131])
def test_a_photo_that_is_dark_all_over_is_one_region_all_over(mode: Mode, window_px: int) -> None:
    scorer = DarknessScorer(make_card(window_px=window_px))
    photo = np.zeros((210, 333, 3), np.uint8)
    (region,) = scan_photo(scorer, photo, ScanSettings(0.5, mode)).regions
    assert region.xyxy == (0, 0, 333, 210)


@pytest.mark.parametrize("overlap", [0.0, 0.1, 0.33, 0.5, 0.9])
@pytest.mark.parametrize("window_px", [64, 75, 100])
def test_tiles_leave_no_cell_without_a_score(overlap: float, window_px: int) -> None:
    scorer = DarknessScorer(make_card(window_px=window_px))
    settings = ScanSettings(0.5, "tiles", overlap)
    heat = scan_photo(scorer, np.zeros((257, 190, 3), np.uint8), settings).heat
    assert heat.min() > 0.9
    assert heat.shape[0] * scorer.card.stride_px >= 257
    assert heat.shape[1] * scorer.card.stride_px >= 190


def test_a_crack_at_the_last_px_is_seen() -> None:
    photo = draw_wall((300, 230), (248, 178, 300, 230))
    for mode in ("dense", "tiles"):
        (region,) = scan_photo(DarknessScorer(), photo, ScanSettings(0.5, mode)).regions
        assert region.xyxy[2:] == (300, 230)


def test_several_workers_find_what_one_finds() -> None:
    photo = draw_wall((700, 500), DARK, (400, 300, 500, 420))
    one, three = (
        scan_photo(DarknessScorer(workers=workers), photo, SETTINGS) for workers in (1, 3)
    )
    assert one.regions == three.regions
    assert len(one.regions) == 2


@pytest.mark.parametrize(
    "values", [{"threshold": 0}, {"threshold": 1}, {"overlap": -0.1}, {"overlap": 0.95}]
)
def test_settings_without_a_meaning_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        ScanSettings(**({"threshold": 0.5} | values))


def test_boxes_are_scored_one_by_one_in_order() -> None:
    photo = draw_wall((256, 64), (64, 0, 128, 64))
    boxes = [(left, 0, left + 64, 64) for left in range(193)]
    scores = list(score_boxes(DarknessScorer(), photo, boxes))
    assert len(scores) == 193
    assert int(np.argmax(scores)) == 64
    assert np.all(np.diff(scores[:65]) >= 0)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 64, 64), np.mean([0, 1, 4, 5])),
        ((32, 32, 128, 96), np.mean([5, 6, 7, 9, 10, 11])),
        ((40, 30, 100, 70), np.mean([5, 6])),
        ((33, 33, 60, 60), 5),
        ((20, 4, 30, 12), 0),
        ((120, 90, 128, 96), 11),
    ],
)
def test_a_box_scores_the_mean_of_the_cells_inside(
    box: tuple[int, int, int, int], expected: float
) -> None:
    cells = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert score_box(cells, box, 32) == pytest.approx(1 / (1 + np.exp(-expected)))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    write_photo(folder / "a.png", draw_wall((320, 256), DARK))
    write_photo(folder / "wall" / "b.png", draw_wall((200, 100)))
    (folder / "broken.jpg").write_bytes(b"no picture")
    two = draw_wall((500, 300), (32, 32, 96, 96), (320, 160, 384, 224))
    write_photo(folder / "wall" / "<script>.png", two)
    return folder


def _scan(photos: Path, out: Path, **options: Any) -> dict[str, Any]:
    options = {"settings": SETTINGS, "progress": Remembering()} | options
    return scan([photos], out, scorer=DarknessScorer(), **options)


def test_the_summary_counts_what_was_done(photos: Path, tmp_path: Path) -> None:
    summary = _scan(photos, tmp_path / "out")
    assert {key: summary[key] for key in ("photos", "failed", "regions")} == {
        "photos": 4,
        "failed": 1,
        "regions": 3,
    }
    assert summary["megapixels"] == pytest.approx(
        (320 * 256 + 200 * 100 + 500 * 300) / 1e6, abs=1e-3
    )
    assert 0 <= summary["seconds"] < 60
    assert json.loads((tmp_path / "out" / "scan.json").read_text()) == summary


def test_a_photo_that_cannot_be_read_is_reported_and_the_scan_goes_on(
    photos: Path, tmp_path: Path
) -> None:
    progress = Remembering()
    summary = _scan(photos, tmp_path / "out", progress=progress)
    assert list(summary["failures"]) == ["broken.jpg"]
    assert "broken.jpg" in progress.lines[0]
    assert progress.steps[-1] == ("photos", 4, 4)
    assert "broken.jpg" in (tmp_path / "out" / "report.html").read_text()


def test_the_table_has_a_row_for_each_region(photos: Path, tmp_path: Path) -> None:
    _scan(photos, tmp_path / "out")
    with (tmp_path / "out" / "regions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["photo"], row["region"]) for row in rows] == [
        ("a.png", "1"),
        ("wall/<script>.png", "1"),
        ("wall/<script>.png", "2"),
    ]
    assert tuple(int(rows[0][side]) for side in ("left", "top", "right", "bottom")) == DARK
    assert rows[0]["area_px"] == "4096"
    assert float(rows[0]["score"]) > 0.99


def test_every_photo_read_gets_a_heat_map_and_an_overlay(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _scan(photos, out)
    for name, shape in (("a.png", (256, 320, 3)), ("wall/b.png", (100, 200, 3))):
        assert read_photo(heat_map_path(out, Path(name))).shape == shape
        assert read_photo(overlay_path(out, Path(name))).shape == shape
    assert len(list(out.rglob("*.png"))) == len(list(out.rglob("*.jpg"))) == 3


def test_a_name_in_the_report_is_text_and_its_links_lead_to_the_pictures(
    photos: Path, tmp_path: Path
) -> None:
    _scan(photos, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<script" not in page
    assert "wall/&lt;script&gt;.png" in page
    links = re.findall(r"(?:src|href)='([^']+)'", page)
    assert len(links) == 4 * 3
    assert all((tmp_path / "out" / unquote(link)).is_file() for link in links)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_photo_whose_name_is_not_utf_8_does_not_stop_the_scan(
    photos: Path, tmp_path: Path
) -> None:
    (photos / "a.png").rename(photos / os.fsdecode(b"Br\xfccke.png"))
    summary = _scan(photos, tmp_path / "out")
    assert (summary["photos"], summary["regions"]) == (4, 3)
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_folder_in_use_is_not_written_into(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("precious")
    with pytest.raises(OutputError, match=r"out: the folder is not empty"):
        _scan(photos, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["notes.txt"]
    _scan(photos, tmp_path / "out", force=True)
    assert (tmp_path / "out" / "notes.txt").read_text() == "precious"


def test_nothing_is_written_for_a_source_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone"):
        _scan(tmp_path / "gone", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_scan_that_can_read_nothing_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    with pytest.raises(PhotoError, match=r"none of the 1 photos.*broken\.jpg"):
        scan(
            [broken],
            tmp_path / "out",
            scorer=DarknessScorer(),
            settings=SETTINGS,
            progress=Remembering(),
        )
    assert not (tmp_path / "out").exists()
