"""What a training keeps of itself after every epoch, so that it can go on after a kill.

``state.json`` names the weights that belong to it and is replaced last, in one step; whenever the
power goes, it and the files that it names are of the same epoch.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.files.atomic_write import write_json
from edge.files.errors import InputError
from trainer.dataset.prepare import DatasetFacts

CHECKPOINT_NAME = "checkpoint"
_STATE_NAME = "state.json"
_SUFFIX = ".weights.h5"  # the suffix by which Keras knows its own format


@dataclass
class TrainingState:
    """Where a training stands.

    Attributes:
        settings: of the training; another one must not go on from here.
        stage: number of the present stage.
        epoch: finished epochs of it.
        history: a row for each finished epoch.
        best_loss: lowest loss on val of the present stage.
        weights: file with model and optimizer after the last epoch, none at a stage's start.
        best: file with the weights of the best epoch of the stage.
        seconds: spent on training steps, without validation.
        pictures: gone through in that time.
        dataset: what is known of the data beside the manifest; None before it is divided.
    """

    settings: dict[str, Any]
    stage: int = 0
    epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    best_loss: float | None = None
    weights: str | None = None
    best: str | None = None
    seconds: float = 0.0
    pictures: int = 0
    dataset: DatasetFacts | None = None


class Checkpoint:
    """The folder in which a training keeps its state.

    Args:
        folder: made when something is written first.
        state: a new one, or as it was read.
    """

    def __init__(self, folder: Path, state: TrainingState) -> None:
        self._folder = folder
        self.state = state

    def path_of(self, name: str) -> Path:
        """Return the path of a file that the state names."""
        return self._folder / name

    def write_beginning(self) -> None:
        """Keep the state before there are any weights: the training can begin anew from it."""
        self._commit()

    def write_epoch(self, model: Any, *, is_best: bool) -> None:
        """Keep model and optimizer after an epoch, and the weights alone if they are the best."""
        state = self.state
        mark = f"{state.stage}-{state.epoch:04d}"
        state.weights = self._save(model, f"last-{mark}{_SUFFIX}")
        if is_best:
            state.best = self._save_bare(model, f"best-{mark}{_SUFFIX}")
        self._commit()

    def write_stage(self, model: Any) -> None:
        """Keep the model at the end of a stage, with the state of the next stage's beginning."""
        state = self.state
        state.stage, state.epoch, state.best_loss, state.weights = state.stage + 1, 0, None, None
        self.write_start(model)

    def write_start(self, model: Any) -> None:
        """Keep the weights that a stage begins with: they stay where no epoch is better."""
        self.state.best = self._save_bare(model, f"start-{self.state.stage}{_SUFFIX}")
        self._commit()

    def _save(self, model: Any, name: str) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        model.save_weights(self._folder / name, overwrite=True)
        return name

    def _save_bare(self, model: Any, name: str) -> str:
        """Save without the optimizer: a model that was never compiled holds none."""
        bare = type(model).from_config(model.get_config())
        bare.set_weights(model.get_weights())
        return self._save(bare, name)

    def _commit(self) -> None:
        write_json(self._folder / _STATE_NAME, dataclasses.asdict(self.state))
        named = {_STATE_NAME, self.state.weights, self.state.best}
        for path in self._folder.iterdir():
            if path.name not in named:
                path.unlink()

    def remove(self) -> None:
        """Remove the folder: the training is finished."""
        shutil.rmtree(self._folder, ignore_errors=True)


def holds_state(folder: Path) -> bool:
    """Tell whether a stopped training can be continued from a checkpoint's folder."""
    return (folder / _STATE_NAME).is_file()


def read_state(folder: Path, settings: dict[str, Any]) -> TrainingState | None:
    """Read the state of a stopped training; None if it had none yet.

    Args:
        folder: of the checkpoint.
        settings: of the training that wants to go on.

    Raises:
        InputError: damaged, or of a training with other settings.
    """
    if not holds_state(folder):
        return None
    path = folder / _STATE_NAME
    try:
        state = _parse_state(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path}: the state of the stopped training cannot be read ({error}); start again "
            "with --force"
        ) from error
    changed = [key for key in settings if state.settings.get(key) != settings[key]]
    if changed:
        raise InputError(
            f"{folder.parent}: the stopped training had other settings: "
            + ", ".join(f"{key} {state.settings.get(key)}, now {settings[key]}" for key in changed)
            + "; repeat its command with --resume, or start again with --force"
        )
    return state


def _parse_state(saved: Any) -> TrainingState:
    if not isinstance(saved, dict) or not isinstance(saved.get("settings"), dict):
        raise ValueError("not the state of a training")
    dataset = saved.pop("dataset", None)
    return TrainingState(**saved, dataset=DatasetFacts(**dataset) if dataset else None)
