"""What a person is asked to label: where the model doubts, spread over photos, a few controls."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.detect.triage import Thresholds
from edge.detect.window_grid import WindowGrid
from edge.review.uncertainty_sampling import (
    Why,
    Window,
    choose_windows,
    count_kept,
    list_candidates,
)

THRESHOLDS = Thresholds(0.3, 0.9)


def lay(scores: NDArray[np.float32]) -> WindowGrid:
    """Lay windows of 100 px side by side, so that none lies on another."""
    tops, lefts = (np.arange(count, dtype=np.int64) * 100 for count in scores.shape)
    return WindowGrid(scores, tops, lefts, 100)


def list_of(scores: list[list[float]], **changes: int) -> list[Window]:
    values = np.array(scores, np.float32)
    size_wh = values.shape[1] * 100, values.shape[0] * 100
    options = {"most": 50, "seed": 0} | changes
    return list_candidates(
        "a.jpg",
        [lay(values)],
        size_wh,
        THRESHOLDS,
        most=options["most"],
        rng=np.random.default_rng(options["seed"]),
    )


def make_windows(photo: str, why: Why, *scores: float) -> list[Window]:
    return [
        Window(photo, (n * 100, 0, n * 100 + 100, 100), score, why)
        for n, score in enumerate(scores)
    ]


def choose(candidates: list[Window], count: int, *, photos: int, seed: int = 0) -> list[Window]:
    rng = np.random.default_rng(seed)
    return choose_windows(candidates, count=count, photos=photos, most=999, rng=rng)


def test_windows_are_sorted_by_the_thresholds() -> None:
    found = list_of([[0.5, 0.25, 0.05, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.999]])
    kinds = {round(one.score, 3): set[str]() for one in found}
    for one in found:
        kinds[round(one.score, 3)].add(one.why)
    assert kinds[0.5] == {"to review"}
    assert kinds[0.25] == {"just below"}
    assert kinds[0.999] == {"control crack"}
    assert "control clear" in kinds[0.02]


def test_a_score_at_a_threshold_is_above_it() -> None:
    # Halves are the same in float32.
    values = np.array([[0.5]], np.float32)
    (only,) = list_candidates(
        "a.jpg",
        [lay(values)],
        (100, 100),
        Thresholds(0.5, 0.9),
        most=9,
        rng=np.random.default_rng(0),
    )
    assert only.why == "to review"


def test_the_flank_of_a_crack_is_not_in_doubt() -> None:
    scores = np.array([[0.99, 0.6, 0.2, 0.1, 0.6]], np.float32)
    windows = WindowGrid(scores, np.array([0]), np.arange(5) * 30, 100)
    found = list_candidates(
        "a.jpg", [windows], (220, 100), THRESHOLDS, most=9, rng=np.random.default_rng(0)
    )
    review = [one.xyxy[0] for one in found if one.why == "to review"]
    assert review == [120]


def test_the_most_doubtful_come_first() -> None:
    found = list_of([[0.35, 0.8, 0.5, 0.29, 0.1]], most=1)
    assert [round(one.score, 2) for one in found if one.why == "to review"] == [0.5]
    assert [round(one.score, 2) for one in found if one.why == "just below"] == [0.29]


def test_controls_depend_on_the_seed_only() -> None:
    scores = [[0.01 + n / 1e4 for n in range(30)]]
    draws = [
        [one.xyxy for one in list_of(scores, most=1, seed=seed) if one.why == "control clear"]
        for seed in (1, 1, 2, 3, 4)
    ]
    assert draws[0] == draws[1]
    assert len({str(draw) for draw in draws}) > 1


def test_scores_without_any_doubt_are_no_error() -> None:
    found = list_of([[0.0, 1.0, 1.0, 0.0]])
    assert {one.why for one in found} == {"just below", "control crack", "control clear"}


def test_a_few_windows_are_controls() -> None:
    candidates = [
        *make_windows("a.jpg", "to review", *[0.5] * 100),
        *make_windows("b.jpg", "just below", *[0.2] * 100),
        *make_windows("c.jpg", "control crack", *[0.99] * 100),
        *make_windows("d.jpg", "control clear", *[0.01] * 100),
    ]
    counts = Counter(one.why for one in choose(candidates, 60, photos=4))
    assert counts == {"to review": 30, "just below": 24, "control crack": 3, "control clear": 3}


def test_what_one_kind_lacks_another_gives() -> None:
    candidates = make_windows("a.jpg", "just below", *[0.2] * 100)
    assert len(choose(candidates, 60, photos=1)) == 60
    candidates = make_windows("a.jpg", "to review", *[0.4] * 100)
    assert len(choose(candidates, 60, photos=1)) == 60


def test_no_photo_gives_all() -> None:
    candidates = [
        *make_windows("a.jpg", "to review", *[0.5] * 100),
        *(one for n in range(9) for one in make_windows(f"{n}.jpg", "to review", *[0.7] * 9)),
    ]
    counts = Counter(one.photo for one in choose(candidates, 50, photos=10))
    assert counts["a.jpg"] == 10
    assert sum(counts.values()) == 50


def test_a_photo_gives_more_where_others_have_nothing() -> None:
    candidates = make_windows("a.jpg", "to review", *[0.5] * 100)
    assert len(choose(candidates, 50, photos=10)) == 40


def test_no_two_tiles_show_the_same_at_two_scales() -> None:
    small = Window("a.jpg", (0, 0, 100, 100), 0.5, "to review")
    large = Window("a.jpg", (0, 0, 200, 200), 0.55, "to review")
    beside = Window("a.jpg", (60, 0, 160, 100), 0.6, "to review")
    elsewhere = Window("b.jpg", (0, 0, 200, 200), 0.6, "to review")
    assert choose([small, large, beside, elsewhere], 9, photos=2) == [small, beside, elsewhere]


@pytest.mark.parametrize(("count", "photos"), [(200, 1), (200, 6), (200, 2000), (1, 5)])
def test_enough_is_kept_of_each_photo_and_not_too_much(count: int, photos: int) -> None:
    kept = count_kept(count, photos)
    assert kept <= count
    assert kept * photos >= count
    assert kept <= max(8, 8 * count / photos + 4)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    photos=st.integers(1, 5),
    count=st.integers(1, 60),
)
def test_a_choice_holds_what_was_promised(seed: int, photos: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    candidates = [
        one
        for n in range(photos)
        for one in list_candidates(
            f"{n}.jpg",
            [lay(rng.random((5, 6), np.float32))],
            (600, 500),
            THRESHOLDS,
            most=count_kept(count, photos),
            rng=rng,
        )
    ]
    chosen = choose(candidates, count, photos=photos, seed=seed)
    assert len(chosen) <= count
    assert len({(one.photo, one.xyxy) for one in chosen}) == len(chosen)
    assert set(chosen) <= set(candidates)
    assert chosen == choose(list(reversed(candidates)), count, photos=photos, seed=seed) or any(
        one.why.startswith("control") for one in chosen
    )
    places = [(one.photo, one.xyxy[1], one.xyxy[0]) for one in chosen]
    assert places == sorted(places)
