"""The score that was verified on a workstation is the score on this machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge.model.backends import LITERT, list_backends
from edge.model.classifier import open_classifier
from edge.model.tflite_file import find_model
from tests.device.tiles import MODELS, MOST_STEPS_ELSEWHERE, give_scores, read_promise

# Integer arithmetic gives the same bits everywhere; the promise is rounded to six digits.
_EXACT_STEPS = 1e-3


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
        by_cell, by_tile = given.steps_from(promised)
        measured(f"{backend}.{name}.cell_steps", round(by_cell, 3))
        measured(f"{backend}.{name}.tile_steps", round(by_tile, 3))
        assert by_tile <= MOST_STEPS_ELSEWHERE
        assert by_cell <= _EXACT_STEPS or backend != LITERT
