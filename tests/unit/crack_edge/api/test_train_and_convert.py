"""What ``train`` and ``convert`` refuse at the call, before anything is read or loaded."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

import crack_edge as ce
from crack_edge.commands.convert import convert_command

NAN = float("nan")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"calibration": 0}, "calibration is 0; expected 1 or more"),
        ({"min_agreement": 7}, "min_agreement is 7; expected a value from 0 to 1"),
        ({"min_agreement": NAN}, "min_agreement is nan"),
        ({"max_recall_drop": -0.1}, "max_recall_drop is -0.1"),
        ({"threshold": 5}, "threshold is 5; expected a value between 0 and 1"),
        ({"threshold": 1}, "threshold is 1; expected a value between 0 and 1"),
        ({"preprocessing": "-2..2"}, "preprocessing is '-2..2'; expected one of -1..1, 0..1"),
        ({"formats": []}, "formats is empty; expected one or more of tflite-float32, "),
        ({"formats": "tflite"}, "formats holds 'tflite'; expected one or more of tflite-float32, "),
        ({"formats": ["tflite-int8", "a", "b"]}, "formats holds 'a', 'b'; expected"),
    ],
)
def test_values_that_convert_cannot_take_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ce.convert("missing", "out", **arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"epochs": 0}, "epochs is 0; expected 1 or more"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"patience": 0}, "patience is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"window_px": 9000}, "window_px is 9000; expected a value from 32 to 4096"),
    ],
)
def test_values_that_train_cannot_take_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ce.train("missing", "out", **arguments)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (ce.convert, ("calibration", "min_agreement", "max_recall_drop", "threshold")),
        (ce.convert, ("formats", "labels", "name")),
        (ce.train, ("alpha", "input_px", "window_px", "epochs", "finetune_epochs", "seed")),
        (ce.train, ("context_epochs", "learning_rate", "patience", "batch_size")),
        (ce.train, ("notes", "name", "group_regex")),
    ],
)
def test_values_of_a_wrong_type_are_refused_by_the_name_of_their_argument(
    call: Any, names: tuple[str, ...], tmp_path: Path
) -> None:
    for module in ("matplotlib", "tensorboard", "jinja2"):
        pytest.importorskip(module)
    for name in names:
        with pytest.raises(TypeError, match=rf"\b{name}\b.* of type bytes; expected"):
            call(tmp_path, tmp_path / "out", **{name: b"x"})


def test_the_defaults_are_those_of_the_command() -> None:
    of_function = inspect.signature(ce.convert).parameters
    of_command = {option.name: option.default for option in convert_command.params}
    for name in ("calibration", "min_agreement", "max_recall_drop"):
        assert of_function[name].default == of_command[name]
