"""The classifier: scores from cells, order kept, interpreters opened once per size."""

from __future__ import annotations

import dataclasses
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

from edge.files.errors import ModelError, SelfTestError
from edge.model.backends import Backend
from edge.model.card import Card, SelfTest
from edge.model.classifier import (
    _MAX_OPEN_PX,
    Classifier,
    check_classifier,
    open_classifier,
)
from edge.model.logits import sigmoid
from edge.model.self_test import draw_self_test_tiles
from tests.unit.fakes import FakeBackend, FakeRunner, darkness, make_card


def _grey(level: int, height: int = 64, width: int = 64) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def _noise(count: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)


class _LocalBackend(Backend):
    """Gives plain darkness, after a pause that makes pieces overtake each other."""

    def __init__(self) -> None:
        super().__init__("fake", "1.0", make_card(), lambda _: _run_late)


def _run_late(piece: np.ndarray) -> np.ndarray:
    time.sleep(0.004 if piece[0, 0, 0] % 3 == 0 else 0)
    return darkness(piece)


def test_a_score_is_the_sigmoid_of_the_mean_of_the_cells() -> None:
    tiles = _noise(3)
    scores = Classifier(_LocalBackend()).scores(tiles)
    assert scores.dtype == np.float32
    assert scores == pytest.approx(sigmoid([darkness(tile).mean() for tile in tiles]))
    assert len(set(scores.tolist())) == 3


def test_no_tiles_have_no_scores() -> None:
    assert Classifier(FakeBackend()).scores(_noise(0)).shape == (0,)


@pytest.mark.parametrize("threads", [1, 3])
def test_many_pieces_come_back_in_order(threads: int) -> None:
    levels = list(range(0, 250, 5))
    pieces = (_grey(level, 32, 32 * (1 + level % 2)) for level in levels)
    found = list(Classifier(_LocalBackend(), threads=threads).cell_logits(pieces))
    assert [grid.shape for grid in found] == [(1, 1 + level % 2) for level in levels]
    assert [float(grid[0, 0]) for grid in found] == [(128 - level) / 8 for level in levels]


def test_a_size_is_opened_once() -> None:
    backend = FakeBackend()
    classifier = Classifier(backend)
    for _ in range(3):
        list(classifier.cell_logits([_grey(1), _grey(2, 96, 32), _grey(3)]))
    assert backend.opened == [(64, 64), (96, 32)]


def test_each_worker_opens_a_size_at_most_once() -> None:
    backend = FakeBackend()
    list(Classifier(backend, threads=3).cell_logits([_grey(1)] * 60))
    assert 1 <= len(backend.opened) <= 3


def test_only_the_last_few_sizes_are_kept_open() -> None:
    alive: weakref.WeakKeyDictionary[FakeRunner, int] = weakref.WeakKeyDictionary()

    def open_runner(shape_hw: tuple[int, int]) -> FakeRunner:
        runner = FakeRunner(shape_hw)
        alive[runner] = shape_hw[1]
        return runner

    classifier = Classifier(Backend("fake", "1.0", make_card(), open_runner))
    quarter = _MAX_OPEN_PX // 4 // 64
    for width in range(quarter, quarter + 9 * 32, 32):
        list(classifier.cell_logits([_grey(1, 64, width)]))
        assert sum(64 * open_width for open_width in alive.values()) <= _MAX_OPEN_PX
    assert len(alive) == 3


def test_the_size_that_was_not_used_for_longest_is_closed_first() -> None:
    backend = FakeBackend()
    classifier = Classifier(backend)
    half = _MAX_OPEN_PX // 2 // 64
    for width in (half, half - 32, half, half - 64, half):
        list(classifier.cell_logits([_grey(1, 64, width)]))
    assert [width for _, width in backend.opened] == [half, half - 32, half - 64]


def test_a_piece_that_fails_does_not_take_its_worker_with_it() -> None:
    classifier = Classifier(FakeBackend())
    with pytest.raises(ValueError, match="reshape"):
        list(classifier.cell_logits([_grey(1, 40, 40)]))
    assert len(list(classifier.cell_logits([_grey(1)]))) == 1


def test_card_backend_and_workers_are_told() -> None:
    card = make_card(name="told")
    classifier = Classifier(FakeBackend(card), threads=2)
    assert (classifier.card, classifier.backend, classifier.threads) == (card, "fake", 2)


def _promise() -> Card:
    """Return a card that promises what the fake gives."""
    promised = Classifier(FakeBackend()).mean_logits(draw_self_test_tiles(64))
    return make_card(self_test=SelfTest(7, tuple(promised.tolist()), 0.0, "fake"))


def test_a_model_that_keeps_its_promise_is_opened() -> None:
    check_classifier(Classifier(FakeBackend(_promise())))


def test_a_model_that_sees_swapped_colours_is_refused_and_told_so() -> None:
    swapping = Classifier(FakeBackend(_promise(), swap_colours=True), path=Path("m.tflite"))
    with pytest.raises(SelfTestError, match=r"^m\.tflite: self-test failed on fake 1\.0: .*BGR"):
        check_classifier(swapping)


def test_a_model_that_gives_other_scores_is_refused_with_file_runtime_and_version() -> None:
    card = _promise()
    assert card.self_test is not None
    other = dataclasses.replace(card.self_test, logits=(0.0, 1.0, 2.0, 3.0))
    classifier = Classifier(FakeBackend(dataclasses.replace(card, self_test=other)))
    with pytest.raises(SelfTestError, match=r"^fake: self-test failed on fake 1\.0: off by "):
        check_classifier(classifier)


def test_a_card_without_a_self_test_is_refused() -> None:
    with pytest.raises(SelfTestError, match="no self-test; convert the model again"):
        check_classifier(Classifier(FakeBackend()))


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("m.tflite", b"not a model", "is not a TFLite model"),
        ("m.tflite", b"\0\0\0\0TFL3 bare", "has no model card"),
        ("m.keras", b"", "is a Keras model"),
    ],
)
def test_a_file_that_is_no_model_of_ours_is_not_opened(
    tmp_path: Path, name: str, data: bytes, complaint: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ModelError, match=f"{name}: {complaint}"):
        open_classifier(tmp_path / name)
