"""The curves over all thresholds: whole, thin enough to draw, in agreement with the figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.evaluation.metrics import auc, average_precision, compute_metrics
from trainer.report.curve_points import MAX_POINTS, precision_recall_points, roc_points

_SCORE = st.integers(0, 8).map(lambda eighths: eighths / 8) | st.floats(0, 1, width=32)
_BOTH_LABELS = st.lists(st.tuples(_SCORE, st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: len({truth for _, truth in rows}) == 2
)
_CURVES = (roc_points, precision_recall_points)


def area_below(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the area by trapezoids; numpy renamed its own function."""
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))


@given(_BOTH_LABELS)
def test_the_area_below_the_roc_curve_is_the_auc(rows: list[tuple[float, bool]]) -> None:
    scores, truths = zip(*rows, strict=True)
    alarms, recall, _ = roc_points(scores, truths).T
    assert area_below(alarms, recall) == pytest.approx(auc(scores, truths))


@given(_BOTH_LABELS)
def test_the_roc_curve_rises_from_corner_to_corner(rows: list[tuple[float, bool]]) -> None:
    points = roc_points(*zip(*rows, strict=True))
    assert points[0].tolist() == [0, 0, np.inf]
    assert points[-1, :2].tolist() == [1, 1]
    assert (np.diff(points[:, :2], axis=0) >= 0).all()
    assert (np.diff(points[1:, 2]) < 0).all()


@given(_BOTH_LABELS)
def test_each_point_is_what_its_threshold_gives(rows: list[tuple[float, bool]]) -> None:
    scores, truths = zip(*rows, strict=True)
    for recall, precision, threshold in precision_recall_points(scores, truths):
        found = compute_metrics(scores, truths, threshold)
        assert (found.recall, found.precision) == pytest.approx((recall, precision))
    for alarms, recall, threshold in roc_points(scores, truths)[1:]:
        found = compute_metrics(scores, truths, threshold)
        sound = found.confusion["fp"] + found.confusion["tn"]
        assert (found.confusion["fp"] / sound, found.recall) == pytest.approx((alarms, recall))


@given(_BOTH_LABELS)
def test_the_steps_of_the_precision_make_its_average(rows: list[tuple[float, bool]]) -> None:
    scores, truths = zip(*rows, strict=True)
    recall, precision, _ = precision_recall_points(scores, truths).T
    steps = np.diff(recall, prepend=0) * precision
    assert steps.sum() == pytest.approx(average_precision(scores, truths))


@pytest.mark.parametrize("count", [1_000, 20_000])
@pytest.mark.parametrize("trace", _CURVES)
def test_a_long_curve_is_thinned_and_keeps_its_ends(
    trace: Callable[..., NDArray[np.float64]], count: int
) -> None:
    rng = np.random.default_rng(count)
    truths = rng.random(count) < 0.3
    scores = rng.normal(2.0 * truths, 1)
    points, whole = trace(scores, truths), trace(scores, truths, limit=10 * count)
    assert MAX_POINTS / 4 < len(points) <= MAX_POINTS < len(whole)
    assert points[0].tolist() == whole[0].tolist()
    assert points[-1].tolist() == whole[-1].tolist()
    thick, thin = area_below(*whole.T[:2]), area_below(*points.T[:2])
    assert thin == pytest.approx(thick, abs=0.005)


@pytest.mark.parametrize("trace", _CURVES)
@pytest.mark.parametrize("truth", [True, False])
def test_a_curve_needs_both_labels(trace: Callable[..., Any], truth: bool) -> None:
    with pytest.raises(ValueError, match="needs cracks"):
        trace([0.1, 0.9], [truth, truth])
