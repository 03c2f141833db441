"""The score that was verified on a workstation is the score on this machine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edge.backends import LITERT, list_backends
from edge.classifier import open_classifier
from edge.modelfile import find_model
from tests.device.tiles import MODELS, give_scores, read_promise

# Integer arithmetic gives the same bits everywhere; the promise is rounded to six digits.
_EXACT_STEPS = 1e-3
_STEPS_ELSEWHERE = 2


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_model_passes_its_self_test(name: str) -> None:
    assert open_classifier(name).card.self_test is not None


@pytest.mark.parametrize("name", MODELS)
def test_the_scores_are_those_of_the_workstation(
    name: str, measured: Callable[[str, object], None]
) -> None:
    promised = read_promise(name)
    for backend in list_backends(find_model(name)):
        given, _ = give_scores(name, backend=backend)
        assert given.model_sha256 == promised.model_sha256, "write the promise again"
        assert given.step == promised.step > 0
        assert given.cells.shape == promised.cells.shape
        by_cell = float(np.abs(given.cells - promised.cells).max() / promised.step)
        by_tile = float(np.abs(given.tile_logits - promised.tile_logits).max() / promised.step)
        measured(f"{backend}.{name}.cell_steps", round(by_cell, 3))
        measured(f"{backend}.{name}.tile_steps", round(by_tile, 3))
        assert by_tile <= _STEPS_ELSEWHERE
        assert by_cell <= _EXACT_STEPS or backend != LITERT
