"""The scores of one frame."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from edge.files.errors import ModelError
from edge.live.scoring.frame_scorer import FrameScorer, View
from edge.live.scoring.roi import CENTER, parse_roi
from tests.unit.fakes import DarknessScorer, draw_wall, make_card

VIEWS = get_args(View)
# Two windows of 64 px high, four wide; one dark spot in the third window of the lower row.
SIZE_WH = (256, 128)
DARK = (136, 72, 184, 120)


class CountingScorer(DarknessScorer):
    """Remembers what it was asked to score."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []

    def scores(self, tiles):  # type: ignore[no-untyped-def]
        self.shapes.append(tiles.shape)
        return super().scores(tiles)


@pytest.mark.parametrize("view", VIEWS)
def test_a_dark_spot_is_found_where_it_is(view: View) -> None:
    frame_scorer = FrameScorer(DarknessScorer(), view=view)
    scores = frame_scorer.score(draw_wall(SIZE_WH, DARK))
    assert scores.score > 0.9
    regions = frame_scorer.find_regions(scores, 0.9)
    assert len(regions) == 1
    left, top, right, bottom = regions[0].xyxy
    assert left <= DARK[0]
    assert top <= DARK[1]
    assert DARK[2] <= right <= DARK[2] + 64
    assert bottom == 128


@pytest.mark.parametrize("view", VIEWS)
def test_a_bright_wall_scores_low_in_every_view(view: View) -> None:
    frame_scorer = FrameScorer(DarknessScorer(), view=view)
    scores = frame_scorer.score(draw_wall(SIZE_WH))
    assert scores.score < 0.1
    assert not frame_scorer.find_regions(scores, 0.9)


def test_the_center_is_one_window_in_the_middle() -> None:
    scorer = CountingScorer()
    frame_scorer = FrameScorer(scorer, view="tile", roi=CENTER)
    scores = frame_scorer.score(draw_wall(SIZE_WH, (96, 32, 160, 96)))
    assert scores.box == (96, 32, 160, 96)
    assert scorer.shapes == [(1, 64, 64, 3)]
    assert scores.score > 0.99
    assert frame_scorer.score(draw_wall(SIZE_WH, DARK)).score < 0.5


def test_a_scale_makes_the_window_in_the_middle_larger() -> None:
    scores = FrameScorer(DarknessScorer(), view="tile", roi=CENTER, scale=0.5).score(
        draw_wall((512, 256))
    )
    assert scores.box == (192, 64, 320, 192)


def test_only_the_region_of_interest_is_looked_at() -> None:
    frame_scorer = FrameScorer(DarknessScorer(), roi=parse_roi("128,64,256,128"))
    scores = frame_scorer.score(draw_wall(SIZE_WH, DARK, (0, 0, 64, 64)))
    assert scores.box == (128, 64, 256, 128)
    (region,) = frame_scorer.find_regions(scores, 0.9)
    assert region.xyxy == (128, 64, 192, 128)
    for ring in region.outline[0]:
        assert all(128 <= x <= 192 and 64 <= y <= 128 for x, y in ring)
    assert frame_scorer.score(draw_wall(SIZE_WH, (0, 0, 64, 64))).score < 0.1


@pytest.mark.parametrize("view", VIEWS)
def test_a_frame_smaller_than_a_window_is_mirrored(view: View) -> None:
    frame_scorer = FrameScorer(DarknessScorer(), view=view)
    assert frame_scorer.score(np.zeros((20, 30, 3), np.uint8)).score > 0.99


def test_frames_may_change_their_size() -> None:
    frame_scorer = FrameScorer(DarknessScorer())
    sizes = [(256, 128), (100, 300), (64, 64)]
    assert [frame_scorer.score(draw_wall(size)).box for size in sizes] == [
        (0, 0, *size) for size in sizes
    ]


def test_a_model_without_cells_has_no_dense_view() -> None:
    scorer = DarknessScorer(make_card(output="tile_logit"))
    with pytest.raises(ModelError, match="no dense view"):
        FrameScorer(scorer, view="dense")
    assert FrameScorer(scorer, view="tile").score(draw_wall(SIZE_WH, DARK)).score > 0.9
