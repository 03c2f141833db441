"""Intervals of figures, compared with literal resamples and against known distributions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evaluation.bootstrap import (
    FIGURES,
    MIN_UNITS,
    Bootstrap,
    Interval,
    Resamples,
    find_interval,
    find_units,
)
from edge.evaluation.dataset import Sample
from edge.evaluation.metrics import compute_metrics

_ROW = st.tuples(
    st.integers(0, 8).map(lambda eighths: eighths / 8), st.booleans(), st.integers(0, 5)
)


def _alone(count: int, *, seed: int = 0) -> Resamples:
    return Resamples(np.arange(count), Bootstrap(seed=seed))


@given(st.lists(_ROW, min_size=6, max_size=40), st.integers(0, 8))
def test_a_resample_gives_the_figures_of_its_pictures(
    rows: list[tuple[float, bool, int]], eighths: int
) -> None:
    scores, truths, photos = (np.array(column) for column in zip(*rows, strict=True))
    units = np.unique(photos, return_inverse=True)[1]
    resamples = Resamples(units, Bootstrap(resamples=5, seed=3))
    found = resamples.figures(scores, truths, eighths / 8)
    for place, counts in enumerate(resamples.counts):
        drawn = np.repeat(np.arange(len(rows)), counts[units])
        expected = compute_metrics(scores[drawn], truths[drawn], eighths / 8).to_dict()
        for name in FIGURES:
            value = None if np.isnan(found[name][place]) else found[name][place]
            assert value == (None if expected[name] is None else pytest.approx(expected[name]))


def test_whole_units_are_drawn_as_many_as_there_are() -> None:
    resamples = _alone(40)
    assert resamples.counts.shape == (1000, 40)
    assert set(resamples.counts.sum(axis=1)) == {40}


def test_the_interval_of_a_share_is_that_of_the_binomial_distribution() -> None:
    hits = np.arange(400) < 360
    interval = find_interval(_alone(400).mean(hits))
    assert interval is not None
    width = 2 * 1.96 * np.sqrt(0.9 * 0.1 / 400)
    assert interval.high - interval.low == pytest.approx(width, rel=0.15)
    assert interval.low < 0.9 < interval.high


def test_copies_of_a_picture_in_one_photo_make_nothing_surer() -> None:
    rng = np.random.default_rng(1)
    scores, truths = rng.random(60), rng.random(60) < 0.5
    once = _alone(60).figures(scores, truths, 0.5)
    copied = Resamples(np.repeat(np.arange(60), 3), Bootstrap())
    thrice = copied.figures(np.repeat(scores, 3), np.repeat(truths, 3), 0.5)
    for name in FIGURES:
        np.testing.assert_allclose(once[name], thrice[name])


def test_models_are_compared_on_the_same_resamples() -> None:
    rng = np.random.default_rng(2)
    scores, truths = rng.random(200), rng.random(200) < 0.5
    resamples = _alone(200)
    before, after = (resamples.figures(scores, truths, 0.5) for _ in range(2))
    assert all((before[name] == after[name]).all() for name in FIGURES)


def test_another_seed_draws_others() -> None:
    assert (_alone(50, seed=1).counts != _alone(50, seed=2).counts).any()
    assert (_alone(50, seed=1).counts == _alone(50, seed=1).counts).all()


def test_resamples_without_a_value_are_left_out_and_counted() -> None:
    truths = np.arange(8) == 0
    recall = _alone(8).figures(np.linspace(0.9, 0.1, 8), truths, 0.5)["recall"]
    interval = find_interval(recall)
    # The one crack is missing from a resample with a chance of (7 / 8) ** 8 = 0.34.
    assert interval is not None
    assert 250 < interval.left_out < 450
    assert (interval.low, interval.high) == (1, 1)


def test_a_figure_that_never_has_a_value_has_no_interval() -> None:
    assert find_interval(np.full(9, np.nan)) is None


def test_an_interval_holds_the_middle_of_the_values() -> None:
    assert find_interval(np.linspace(0, 1, 1001)) == Interval(
        pytest.approx(0.025), pytest.approx(0.975), 0
    )


def test_a_handful_of_units_is_not_enough() -> None:
    assert not _alone(MIN_UNITS - 1).suffice
    assert _alone(MIN_UNITS).suffice


def test_pictures_of_one_photo_are_one_unit_and_others_stand_alone() -> None:
    groups = ["wall/7", "wall/7", "deck/7", "wall/", "wall/"]
    samples = [Sample(Path(f"{i}.jpg"), "crack", group) for i, group in enumerate(groups)]
    units = find_units(samples)
    assert units[0] == units[1]
    assert len(set(units[1:])) == 4


def test_chunks_in_memory_change_nothing() -> None:
    rng = np.random.default_rng(4)
    count = 9000  # more than memory takes at a time
    scores, truths = rng.random(count), rng.random(count) < 0.5
    resamples = Resamples(np.arange(count), Bootstrap(resamples=500))
    found = resamples.figures(scores, truths, 0.5)["recall"]
    last = resamples.counts[-1]
    assert len(found) == 500
    assert found[-1] == pytest.approx(last[truths & (scores >= 0.5)].sum() / last[truths].sum())
