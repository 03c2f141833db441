"""``crack-edge train``: its options."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crack_edge.commands.train import train_command
from edge.model.card import MAX_PX, MIN_PX
from trainer.fit.recipes import MAX_RATE, RECIPES

_IN_A_FRESH_PROCESS = """
import sys
from crack_edge.__main__ import main
try:
    main(["train", *sys.argv[1:]])
except SystemExit as end:
    print(end.code, *sorted({"tensorflow", "keras"} & set(sys.modules)))
"""


def test_the_command_offers_every_recipe() -> None:
    (option,) = [option for option in train_command.params if option.name == "recipe"]
    assert tuple(option.type.choices) == tuple(RECIPES)


def test_the_highest_learning_rate_is_that_of_the_trainer() -> None:
    (option,) = [option for option in train_command.params if option.name == "learning_rate"]
    assert option.type.max == MAX_RATE


def test_the_sides_of_a_window_are_those_of_the_card() -> None:
    (option,) = [option for option in train_command.params if option.name == "window_px"]
    assert (option.type.min, option.type.max) == (MIN_PX, MAX_PX)


@pytest.mark.parametrize(
    ("pictures", "out", "more", "complaint"),
    [
        ((), "out", (), "data"),
        (("crack/a.jpg", "crack/b.jpg"), "out", (), "labelled crack"),
        (("crack/a.jpg", "no_crack/b.jpg"), "out", (), "too few pictures"),
        (("crack/a.jpg", "no_crack/b.jpg"), "data/crack/a.jpg/out", (), "cannot be written"),
        (("crack/a.jpg", "no_crack/b.jpg"), "out", ("--weights", "absent.keras"), "absent.keras"),
        (("crack/a.jpg", "no_crack/b.jpg"), "out", ("--name", "../x"), "--name"),
        (("crack/a.jpg", "no_crack/b.jpg"), "out", ("--seed", str(2**40)), "--seed"),
    ],
)
def test_a_mistake_is_told_before_tensorflow_is_loaded(
    pictures: tuple[str, ...], out: str, more: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    for module in ("matplotlib", "tensorboard", "jinja2"):
        pytest.importorskip(module)
    for name in pictures:
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    words = [str(tmp_path / "data"), "--out", str(tmp_path / out), *more]
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_FRESH_PROCESS, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "2\n"
    (line,) = done.stderr.splitlines()
    assert complaint in line
    assert not (tmp_path / "out").exists()
