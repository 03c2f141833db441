"""The state of a training: of one epoch, whenever it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.files.errors import InputError
from trainer.dataset.prepare import DatasetFacts
from trainer.fit.checkpoint import Checkpoint, TrainingState, read_state

SETTINGS = {"seed": 1, "batch_size": 32}


class FakeModel:
    """A model that saves a word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def save_weights(self, path: Path, overwrite: bool) -> None:
        path.write_text(self.word)

    def get_weights(self) -> str:
        return self.word

    def set_weights(self, word: str) -> None:
        self.word = word

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FakeModel:
        return cls("empty")


def test_the_state_comes_back(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, TrainingState(dict(SETTINGS)))
    checkpoint.state.epoch = 3
    checkpoint.state.dataset = DatasetFacts(["a.jpg: broken"], 224)
    checkpoint.state.history.append({"stage": "head", "epoch": 3, "val_loss": 0.5})
    checkpoint.write_epoch(FakeModel("third"), is_best=True)
    assert read_state(tmp_path, SETTINGS) == checkpoint.state


def test_files_of_older_epochs_go_and_the_best_stays(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, TrainingState(dict(SETTINGS)))
    for epoch, is_best in ((1, True), (2, True), (3, False)):
        checkpoint.state.epoch = epoch
        checkpoint.write_epoch(FakeModel(f"epoch {epoch}"), is_best=is_best)
    state = read_state(tmp_path, SETTINGS)
    assert state is not None
    assert state.weights is not None
    assert state.best is not None
    assert checkpoint.path_of(state.weights).read_text() == "epoch 3"
    assert checkpoint.path_of(state.best).read_text() == "epoch 2"
    assert len(list(tmp_path.iterdir())) == 3


def test_a_kill_before_the_state_is_replaced_leaves_the_epoch_before(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, TrainingState(dict(SETTINGS)))
    checkpoint.state.epoch = 1
    checkpoint.write_epoch(FakeModel("epoch 1"), is_best=True)
    checkpoint.state.epoch = 2

    class Dying(FakeModel):
        def save_weights(self, path: Path, overwrite: bool) -> None:
            path.write_text("half")
            raise OSError("no power")

    with pytest.raises(OSError, match="no power"):
        checkpoint.write_epoch(Dying("epoch 2"), is_best=False)
    state = read_state(tmp_path, SETTINGS)
    assert state is not None
    assert state.epoch == 1
    assert state.weights is not None
    assert checkpoint.path_of(state.weights).read_text() == "epoch 1"


def test_a_new_stage_begins_with_the_weights_of_the_last(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, TrainingState(dict(SETTINGS), epoch=4, best_loss=0.1))
    checkpoint.write_stage(FakeModel("end of the first"))
    state = read_state(tmp_path, SETTINGS)
    assert state is not None
    assert (state.stage, state.epoch, state.best_loss, state.weights) == (1, 0, None, None)
    assert state.best is not None
    assert checkpoint.path_of(state.best).read_text() == "end of the first"


def test_the_beginning_is_a_state_without_weights(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "new", TrainingState(dict(SETTINGS)))
    checkpoint.write_beginning()
    state = read_state(tmp_path / "new", SETTINGS)
    assert state == TrainingState(dict(SETTINGS))


def test_no_state_is_no_error(tmp_path: Path) -> None:
    assert read_state(tmp_path / "absent", SETTINGS) is None


def test_other_settings_are_named(tmp_path: Path) -> None:
    Checkpoint(tmp_path, TrainingState(dict(SETTINGS))).write_epoch(FakeModel("x"), is_best=True)
    with pytest.raises(InputError, match="seed 1, now 2"):
        read_state(tmp_path, SETTINGS | {"seed": 2})


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "5", "null", json.dumps({"what": 1}), json.dumps({"settings": 5})]
)
def test_a_damaged_state_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(InputError, match=r"state\.json"):
        read_state(tmp_path, SETTINGS)
