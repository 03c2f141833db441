"""A photo is looked at: what is dark is found where it is, at every scale and in both views."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.detect.dense import score_windows
from edge.detect.grid import Grid
from edge.detect.grid_regions import find_in_grids
from edge.detect.photo_scan import PhotoScan, require_fitting, scan_photo
from edge.detect.pieces import MAX_PIECE_CELLS
from edge.detect.regions import Region
from edge.detect.settings import VIEWS, ScanSettings, Scorers, View
from edge.detect.tile_scan import score_box, score_boxes
from edge.detect.triage import Thresholds
from edge.files.errors import ModelError
from edge.photo.source import LoadedPhoto
from tests.unit.fakes import DarknessScorer, RememberingSource, draw_wall, make_card

SETTINGS = ScanSettings(threshold=0.5)
DARK = (96, 64, 160, 128)  # on whole cells


def _scan(
    photo: np.ndarray, settings: ScanSettings, scorer: DarknessScorer | None = None
) -> PhotoScan:
    return scan_photo(scorer or DarknessScorer(), LoadedPhoto(photo), settings)


def test_the_dense_view_finds_a_dark_square_to_the_cell() -> None:
    found = _scan(draw_wall((320, 256), DARK), SETTINGS)
    (region,) = found.regions
    assert region.xyxy == DARK
    assert region.area_px == 64 * 64
    assert region.score > 0.99
    assert found.heat.shape == (8, 10)


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.75])
def test_the_tile_view_finds_a_dark_square_to_the_tile(overlap: float) -> None:
    settings = ScanSettings(threshold=0.5, view="tile", overlap=overlap)
    (region,) = _scan(draw_wall((320, 256), DARK), settings).regions
    sides = np.array(region.xyxy) - DARK
    assert np.all(sides[:2] <= 0)
    assert np.all(sides[2:] >= 0)
    assert np.abs(sides).max() < 64


def test_a_model_of_whole_tiles_finds_a_dark_square_to_an_eighth_of_its_window() -> None:
    card = make_card(input_px=96, window_px=96, cell_px=96, output="tile_logit")
    settings = ScanSettings(threshold=0.5, view="tile", overlap=0.5)
    found = _scan(draw_wall((320, 256), DARK), settings, DarknessScorer(card))
    (region,) = found.regions
    assert found.cell_px == 12
    sides = np.array(region.xyxy) - DARK
    assert np.all(sides[:2] <= 0)
    assert np.all(sides[2:] >= 0)
    assert np.abs(sides).max() < 96


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("size_wh", [(320, 256), (40, 30), (65, 200), (1, 1)])
def test_a_wall_without_a_crack_has_no_region(view: View, size_wh: tuple[int, int]) -> None:
    found = _scan(draw_wall(size_wh), ScanSettings(0.5, view))
    assert found.regions == []
    assert found.size_wh == size_wh
    assert found.heat.max() < 0.01


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("window_px", [64, 50, 100, 131])
def test_a_photo_that_is_dark_all_over_is_one_region_all_over(view: View, window_px: int) -> None:
    scorer = DarknessScorer(make_card(window_px=window_px))
    photo = np.zeros((210, 333, 3), np.uint8)
    (region,) = _scan(photo, ScanSettings(0.5, view), scorer).regions
    assert region.xyxy == (0, 0, 333, 210)


@pytest.mark.parametrize("overlap", [0.0, 0.1, 0.33, 0.5, 0.9])
@pytest.mark.parametrize("window_px", [64, 75, 100])
def test_tiles_leave_no_cell_without_a_score(overlap: float, window_px: int) -> None:
    scorer = DarknessScorer(make_card(window_px=window_px))
    settings = ScanSettings(0.5, "tile", overlap)
    heat = _scan(np.zeros((257, 190, 3), np.uint8), settings, scorer).heat
    assert heat.min() > 0.9
    assert heat.shape[0] * scorer.card.stride_px >= 257
    assert heat.shape[1] * scorer.card.stride_px >= 190


def test_a_crack_at_the_last_px_is_seen() -> None:
    photo = draw_wall((300, 230), (248, 178, 300, 230))
    for view in VIEWS:
        (region,) = _scan(photo, ScanSettings(0.5, view)).regions
        assert region.xyxy[2:] == (300, 230)


@pytest.mark.parametrize(
    "values",
    [
        {"threshold": 0},
        {"threshold": 1},
        {"overlap": -0.1},
        {"view": "tiles"},
        {"overlap": 0.95},
        {"scales": ()},
        {"scales": (0.0,)},
        {"scales": (1.0, 9.0)},
        {"unsure_from": 0.6},
        {"crack_threshold": 0.4},
        {"crack_threshold": 1.0},
    ],
)
def test_settings_without_a_meaning_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        ScanSettings(**({"threshold": 0.5} | values))


def test_boxes_are_scored_one_by_one_in_order() -> None:
    photo = draw_wall((256, 64), (64, 0, 128, 64))
    boxes = [(left, 0, left + 64, 64) for left in range(193)]
    scores = list(score_boxes(DarknessScorer(), LoadedPhoto(photo), boxes))
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


def test_a_cascade_in_the_tile_view_is_refused() -> None:
    with pytest.raises(ValueError, match="dense view"):
        ScanSettings(0.5, view="tile", unsure_from=0.2)


@pytest.mark.parametrize("view", ["dense", "tile"])
@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_scale_finds_the_square_where_it_lies_on_the_photo(view: View, scale: float) -> None:
    dark = (192, 128, 320, 256)
    settings = ScanSettings(0.5, view, scales=(scale,))
    (region,) = _scan(draw_wall((640, 512), dark), settings).regions
    sides = np.array(region.xyxy) - dark
    assert np.abs(sides).max() < 64 / scale + 1
    assert np.all(sides[:2] <= 0)
    assert np.all(sides[2:] >= 0)


def test_several_scales_see_what_one_of_them_sees() -> None:
    photo = draw_wall((640, 512), (64, 64, 80, 80), (320, 256, 512, 448))
    fine, coarse, both = (
        _scan(photo, ScanSettings(0.5, scales=scales)) for scales in ((4.0,), (0.5,), (0.5, 4.0))
    )
    assert len(fine.regions) == 2
    assert len(coarse.regions) == 1
    assert len(both.regions) == 2
    assert both.cell_px == fine.cell_px == 8
    assert [grid.cell_px for grid in both.grids] == [8, 64]
    assert np.all(both.heat >= fine.heat)
    assert max(region.score for region in both.regions) == max(
        region.score for one in (fine, coarse) for region in one.regions
    )


def test_heat_and_regions_can_be_made_again_from_the_grids() -> None:
    photo = draw_wall((700, 500), DARK, (400, 300, 500, 420))
    for settings in (SETTINGS, ScanSettings(0.5, "tile", 0.5), ScanSettings(0.5, scales=(1, 0.5))):
        found = _scan(photo, settings)
        heat, regions = find_in_grids(found.grids, (700, 500), 2, SETTINGS.thresholds)
        assert np.array_equal(heat, found.heat)
        assert regions == found.regions


def test_a_cascade_of_equal_models_finds_what_one_finds() -> None:
    photo = draw_wall((1400, 1000), DARK, (400, 300, 500, 420))
    settings = ScanSettings(0.5, unsure_from=0.25)
    eyes = Scorers(DarknessScorer(), DarknessScorer())
    found = scan_photo(eyes, LoadedPhoto(photo), settings)
    assert found.regions == _scan(photo, SETTINGS).regions
    assert found.measures["cells"] == 44 * 32


def test_models_of_unequal_cells_are_no_cascade() -> None:
    small = DarknessScorer(make_card(name="tiny", window_px=128))
    with pytest.raises(ModelError, match="tiny: has windows of 128 px"):
        require_fitting(Scorers(DarknessScorer(), small), ScanSettings(0.5, unsure_from=0.2))


def test_a_photo_is_read_by_windows_in_both_views() -> None:
    photo = draw_wall((4000, 3000), DARK)
    for view in VIEWS:
        source = RememberingSource(LoadedPhoto(photo))
        scan_photo(DarknessScorer(), source, ScanSettings(0.5, view))
        assert max((r - x) * (b - y) for x, y, r, b in source.boxes) <= MAX_PIECE_CELLS * 32**2


def test_a_photo_in_strips_is_read_in_low_pieces() -> None:
    source = RememberingSource(LoadedPhoto(draw_wall((4000, 3000))))
    settings = ScanSettings(0.5, scales=(1.0, 2.0))
    scan_photo(Scorers(DarknessScorer(), max_rows_px=300), source, settings)
    assert max(bottom - top for _, top, _, bottom in source.boxes) <= 300


def _logits(*marked: tuple[int, int, float], size: tuple[int, int] = (12, 24)) -> Grid:
    cells = np.full(size, -4, np.float32)
    for row, column, value in marked:
        cells[row, column] = value
    return Grid("cell_logits", 32, cells)


def _find(grid: Grid, review: float = 0.2, crack: float = 0.9) -> list[Region]:
    rows, columns = grid.values.shape
    return find_in_grids([grid], (columns * 32, rows * 32), 2, Thresholds(review, crack))[1]


def test_a_sure_finding_is_followed_down_to_where_it_is_even() -> None:
    sure = [(5, column, 20.0) for column in (4, 5)]
    faint = [(5, column, 5.5) for column in range(6, 12)]
    (region,) = _find(_logits(*sure, *faint))
    assert region.xyxy == (4 * 32, 5 * 32, 12 * 32, 6 * 32)
    assert region.score > 0.9


def test_what_is_faint_all_along_is_for_review() -> None:
    (region,) = _find(_logits(*((5, column, 5.5) for column in range(6, 12))))
    assert 0.2 <= region.score < 0.9


def test_what_surrounds_a_sure_finding_is_no_finding_of_its_own() -> None:
    regions = _find(_logits(*((5, column, 30.0) for column in range(3, 20))))
    assert len(regions) == 1


def test_a_faint_finding_beside_a_sure_one_is_kept() -> None:
    sure = [(2, column, 30.0) for column in range(3, 20)]
    faint = [(row, 21, 5.5) for row in range(6, 11)]
    regions = _find(_logits(*sure, *faint))
    assert [region.score >= 0.9 for region in regions] == [True, False]


@given(
    arrays(np.float32, (7, 9), elements=st.floats(-6, 12, width=32)),
    st.sampled_from([(0.1, 0.9), (0.3, 0.5), (0.5, 0.5), (0.6, 0.99)]),
)
def test_every_window_above_the_threshold_overlaps_a_region(
    cells: np.ndarray, thresholds: tuple[float, float]
) -> None:
    regions = _find(Grid("cell_logits", 32, cells), *thresholds)
    covered = np.zeros((7 * 32, 9 * 32), np.uint8)
    for region in regions:
        for outer, *_ in region.outline:
            left, top = min(outer)[0], min(y for _, y in outer)
            right, bottom = max(outer)[0], max(y for _, y in outer)
            covered[top:bottom, left:right] = 1
    for row, column in np.argwhere(score_windows(cells, 2) >= thresholds[0]):
        assert covered[row * 32 : row * 32 + 64, column * 32 : column * 32 + 64].any()
