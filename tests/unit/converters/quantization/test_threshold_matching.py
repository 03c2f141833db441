"""The threshold of a quantized file: as many cracks as the parent, also where it was not set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.quantization.threshold_matching import match_threshold
from edge.model.logits import logit, sigmoid

_LOGITS = st.lists(st.floats(-8, 8), min_size=1, max_size=40).map(np.array)
_LOGIT = st.floats(-4, 4)


def _probability(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


@given(_LOGITS, _LOGIT)
def test_a_file_that_scores_like_its_parent_keeps_its_threshold(
    logits: np.ndarray, threshold: float
) -> None:
    scores = sigmoid(logits)
    found = match_threshold(scores, scores, _probability(threshold))
    assert logit(found) == pytest.approx(threshold, abs=1e-6)


@given(_LOGITS, _LOGIT, st.floats(-3, 3))
def test_a_shift_of_all_logits_shifts_the_threshold(
    logits: np.ndarray, threshold: float, shift: float
) -> None:
    logits = np.append(logits, threshold)  # far from all cracks any threshold is as good
    before, after = (1 / (1 + np.exp(-values)) for values in (logits, logits + shift))
    found = match_threshold(before, after, _probability(threshold))
    assert logit(found) == pytest.approx(threshold + shift, abs=1e-4)


@given(_LOGITS, _LOGITS, _LOGIT)
def test_the_threshold_can_stand_in_a_card(
    before: np.ndarray, after: np.ndarray, threshold: float
) -> None:
    count = min(len(before), len(after))
    found = match_threshold(
        sigmoid(before[:count]), sigmoid(after[:count]), _probability(threshold)
    )
    assert 0 < found < 1


@given(_LOGITS, _LOGIT, st.data())
def test_higher_scores_never_lower_the_threshold(
    logits: np.ndarray, threshold: float, data: st.DataObject
) -> None:
    raised = logits + data.draw(
        st.lists(st.floats(0, 2), min_size=len(logits), max_size=len(logits)).map(np.array)
    )
    parent = _probability(threshold)
    low = match_threshold(sigmoid(logits), sigmoid(logits), parent)
    high = match_threshold(sigmoid(logits), sigmoid(raised), parent)
    assert high >= low - 1e-9


@pytest.mark.parametrize("shift", [-0.4, 0.0, 0.4])
@pytest.mark.parametrize("seed", range(5))
def test_on_other_pictures_the_recall_is_the_parents_too(shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = rng.normal(2.0, 2.0, 4000)
    after = before * 1.05 + shift + rng.normal(0, 0.3, 4000)
    parent = _probability(-1.0)
    seen, other = slice(0, 2000), slice(2000, None)
    found = match_threshold(sigmoid(before[seen]), sigmoid(after[seen]), parent)
    recalls = [np.mean(before[other] >= -1.0), np.mean(after[other] >= logit(found))]
    assert recalls[1] == pytest.approx(recalls[0], abs=0.01)


def test_certain_scores_do_no_harm() -> None:
    found = match_threshold([0.0, 1.0, 1.0], [0.0, 1.0, 1.0], 0.5)
    assert 0.01 < found < 0.99


def test_without_a_crack_there_is_nothing_to_match() -> None:
    with pytest.raises(ValueError, match="cracks"):
        match_threshold([], [], 0.5)
