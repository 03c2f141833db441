"""A cascade: the large model looks where the small one is not sure; what that loses is measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.detect.cascade import (
    choose_unsure_from,
    describe_cascade,
    describe_in_words,
    scan_cascade,
)
from edge.detect.pieces import lay_out
from edge.files.errors import InputError
from edge.photo.source import LoadedPhoto
from tests.unit.fakes import DarknessScorer, draw_wall, make_card

WINDOW = 2
SIZE_WH = (96 * 32, 64 * 32)


class _Blind(DarknessScorer):
    """Gives every cell the same logit."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self._logit = logit

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        for cells in super().cell_logits(pieces):
            yield np.full_like(cells, self._logit)


class _Counting(DarknessScorer):
    """Counts the cells that it scores."""

    cells = 0

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        for cells in super().cell_logits(pieces):
            self.cells += cells.size
            yield cells


def _scan(
    small: DarknessScorer, large: DarknessScorer, *dark: tuple[int, int, int, int], seed: int = 0
) -> tuple[np.ndarray, dict[str, float]]:
    source = LoadedPhoto(draw_wall(SIZE_WH, *dark))
    return scan_cascade(
        small,
        large,
        lay_out(source, make_card()),
        window_cells=WINDOW,
        unsure_from=0.25,
        threshold=0.5,
        max_cells=500,
        seed=seed,
    )


DARK = (640, 640, 768, 768)


def test_the_large_model_decides_where_the_small_one_is_not_sure() -> None:
    large = _Counting()
    cells, counts = _scan(DarknessScorer(), large, DARK)
    alone, _ = _scan(_Blind(9), DarknessScorer(), DARK)
    assert np.array_equal(cells, alone)
    assert counts["large_cells"] == large.cells < counts["cells"] / 2


def test_a_small_model_that_is_never_sure_leaves_all_to_the_large_one() -> None:
    cells, counts = _scan(_Blind(9), _Blind(-3))
    assert np.all(cells == -3)
    assert counts["large_cells"] >= counts["cells"]
    assert counts["skipped_windows"] == counts["audited_windows"] == 0
    assert describe_cascade(counts)["lost_recall"] is None


def test_what_a_blind_small_model_misses_is_found_out_by_looking_at_some_of_it() -> None:
    everywhere = (0, 0, *SIZE_WH)
    cells, counts = _scan(_Blind(-9), DarknessScorer(), everywhere)
    assert (cells > 0).any()
    assert counts["audited_windows"] == counts["missed_windows"] > 0
    found = describe_cascade(counts)
    assert found["lost_recall"] is not None
    assert found["lost_recall"] > 0.8


def test_on_average_the_measured_loss_is_the_true_one() -> None:
    dark = [(x, y, x + 256, y + 256) for x in (0, 1024, 2048) for y in (0, 1024)]
    small = _Blind(-9)
    whole, _ = _scan(_Blind(9), DarknessScorer(), *dark)
    losses = []
    for seed in range(120):
        cells, counts = _scan(small, DarknessScorer(), *dark, seed=seed)
        assert cells.shape == whole.shape
        missed = counts["missed_windows"] / counts["audited_windows"] * counts["skipped_windows"]
        losses.append(missed + counts["found_windows"])
    truth = _scan(_Blind(9), DarknessScorer(), *dark)[1]["found_windows"]
    assert np.mean(losses) == pytest.approx(truth, rel=0.25)


def test_time_is_held_against_the_pace_of_the_large_model_here() -> None:
    counts = {
        "cells": 1000,
        "large_cells": 250,
        "found_windows": 90,
        "skipped_windows": 400,
        "audited_windows": 40,
        "missed_windows": 1,
        "small_s": 3.0,
        "large_s": 2.5,
    }
    found = describe_cascade(counts)
    assert found["looked_share"] == 0.25
    assert found["lost_recall"] == pytest.approx(10 / 100)
    assert found["time_ratio"] == pytest.approx(5.5 / 10)
    assert describe_in_words(found) == (
        "the large model looked at 25.0% of the cells; share of its own findings that were "
        "missed: 10.0%, estimated from 40 windows; time: 55.0% of the large model alone"
    )


def test_the_small_model_is_unsure_from_half_the_threshold_unless_told() -> None:
    assert choose_unsure_from(0.3) == 0.15
    assert choose_unsure_from(0.3, 0.2) == 0.2
    with pytest.raises(InputError, match=r"0\.4 is above the threshold"):
        choose_unsure_from(0.3, 0.4)
