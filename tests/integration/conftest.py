"""One tiny training and its conversion, shared by all integration tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import pytest
from click.testing import CliRunner

from crack_edge.__main__ import main
from tests.drawn_dataset import write_class_folders

TILE_PX = 64
# Enough for 64 px tiles; the same wherever files are compared with those of `converted`.
FEW_TILES = ("--calibration", "64")
# So small a model loses more to int8 than one that is worth deploying may.
LOW_GATES = ("--min-agreement", "0.85", "--max-recall-drop", "0.2")


@dataclass(frozen=True)
class Run:
    """What one call of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the JSON object on stdout."""
        return json.loads(self.out)


def crack_edge(*words: object) -> Run:
    """Call the command line in this process."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Run(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Let models that tests build begin with the same weights in every run."""
    keras.utils.set_random_seed(1)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw a data set, one of its pictures truncated."""
    folder = tmp_path_factory.mktemp("data") / "drawn"
    paths = write_class_folders(folder, count=200, size_px=TILE_PX, seed=1)
    paths[0].write_bytes(paths[0].read_bytes()[:500])
    return folder


@pytest.fixture(scope="session")
def trained(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train the smallest backbone on it, from nothing."""
    out = tmp_path_factory.mktemp("runs") / "tiny"
    words = "--weights none --alpha 0.35 --epochs 14 --finetune-epochs 3 --seed 1"
    run = crack_edge(
        "train", drawn, "--out", out, "--input-px", TILE_PX, *words.split(), "--note", "drawn"
    )
    assert run.code == 0, run.err
    return out


@pytest.fixture(scope="session")
def converted(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Convert the tiny model to all formats."""
    out = tmp_path_factory.mktemp("converted")
    run = crack_edge("convert", trained, "--out", out, "--to", "all", *FEW_TILES, *LOW_GATES)
    assert run.code == 0, run.err
    return out
