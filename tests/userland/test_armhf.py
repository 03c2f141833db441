"""A 32-bit userland: tflite-runtime, for which LiteRT has no wheel.

numpy and OpenCV have no wheels for 32-bit ARM in the common registry, so they are Debian's, older
than those that crack-edge asks for: what is proven is the runtime.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.device.tiles import MODELS, Given, read_promise
from tests.userland.installation import PYTHON
from tests.userland.root import DISTRIBUTIONS, find_cache, make_root
from tests.userland.userland import PI_2, Userland

pytestmark = [pytest.mark.device, pytest.mark.soak]

_STEPS_ELSEWHERE = 2
_GIVE = """
import json, sys
from tests.device.tiles import give_scores
given, backend = give_scores(sys.argv[1])
facts = {"model_sha256": given.model_sha256, "step": given.step, "cells": given.cells.tolist()}
print(json.dumps({"backend": backend, **facts}))
"""


@pytest.fixture(scope="module")
def armhf(
    emulated: None, wheel: Path, pip_wheel: Path, checkout: Path, pytestconfig: pytest.Config
) -> Iterator[Userland]:
    asked = pytestconfig.getoption("--userland")
    if asked and "armhf" not in asked:
        pytest.skip("another userland was asked for")
    root = make_root(DISTRIBUTIONS["armhf"], find_cache())
    with Userland(root, network=True, cpu=PI_2) as userland:
        for path in (wheel, pip_wheel):
            shutil.copy(path, userland.shared)
        shutil.copytree(checkout, userland.shared / "checkout")
        new = ("python3", "-m", "venv", "--without-pip", "--system-site-packages")
        userland.run(*new, str(PYTHON.parents[1]))
        yield userland


def pip_install(userland: Userland, pip_wheel: Path, *words: str, check: bool = True) -> str:
    pip = (str(PYTHON), f"/shared/{pip_wheel.name}/pip", "install", "--quiet", "--no-cache-dir")
    return userland.run(*pip, "--only-binary=:all:", *words, check=check).stderr


def test_the_registry_has_no_wheels_for_all_of_it(
    armhf: Userland, wheel: Path, pip_wheel: Path
) -> None:
    # Once it has, this fails: then the README can promise more.
    said = pip_install(armhf, pip_wheel, f"/shared/{wheel.name}", check=False)
    assert "No matching distribution found for numpy" in said


def test_tflite_runtime_gives_the_scores_of_the_workstation_to_two_steps(
    armhf: Userland, wheel: Path, pip_wheel: Path, measured: Callable[[str, object], None]
) -> None:
    pip_install(armhf, pip_wheel, "tflite-runtime", "click")
    pip_install(armhf, pip_wheel, "--no-deps", f"/shared/{wheel.name}")
    figures: dict[str, float] = {}
    for name in MODELS:
        done = armhf.run(str(PYTHON), "-c", _GIVE, name, environ={"PYTHONPATH": "/shared/checkout"})
        told, promised = json.loads(done.stdout), read_promise(name)
        given = Given(told["model_sha256"], told["step"], np.array(told["cells"]))
        assert told["backend"] == "tflite-runtime"
        assert (given.model_sha256, given.step) == (promised.model_sha256, promised.step)
        for what, mine, theirs in (
            ("cell", given.cells, promised.cells),
            ("tile", given.tile_logits, promised.tile_logits),
        ):
            steps = float(np.abs(mine - theirs).max() / promised.step)
            figures[f"{told['backend']}.{name}.{what}_steps"] = round(steps, 3)
        # Of a tile, which decides; the last one measured.
        assert steps <= _STEPS_ELSEWHERE
    measured(f"armhf.{PI_2}", figures)
