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

from tests.device.tiles import MODELS, MOST_STEPS_ELSEWHERE, Given, read_promise
from tests.userland.installation import PYTHON, make_environment, pip_install
from tests.userland.root import DISTRIBUTIONS, find_cache, make_root
from tests.userland.userland import PI_2, Userland

pytestmark = [pytest.mark.device, pytest.mark.soak]

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
        make_environment(userland, "--system-site-packages")
        yield userland


def test_the_registry_has_no_wheels_for_all_of_it(
    armhf: Userland, wheel: Path, pip_wheel: Path
) -> None:
    # Once it has, this fails: then the README can promise more.
    said = pip_install(armhf, pip_wheel.name, f"/shared/{wheel.name}", check=False)
    assert "No matching distribution found for numpy" in said


def test_tflite_runtime_gives_the_scores_of_the_workstation_to_two_steps(
    armhf: Userland, wheel: Path, pip_wheel: Path, measured: Callable[[str, object], None]
) -> None:
    pip_install(armhf, pip_wheel.name, "tflite-runtime", "click")
    pip_install(armhf, pip_wheel.name, "--no-deps", f"/shared/{wheel.name}")
    figures: dict[str, float] = {}
    for name in MODELS:
        done = armhf.run(str(PYTHON), "-c", _GIVE, name, environ={"PYTHONPATH": "/shared/checkout"})
        told = json.loads(done.stdout)
        backend = told["backend"]
        assert backend == "tflite-runtime"
        given = Given(told["model_sha256"], told["step"], np.array(told["cells"]))
        by_cell, by_tile = given.steps_from(read_promise(name))
        figures[f"{backend}.{name}.cell_steps"] = round(by_cell, 3)
        figures[f"{backend}.{name}.tile_steps"] = round(by_tile, 3)
        assert by_tile <= MOST_STEPS_ELSEWHERE
    measured(f"armhf.{PI_2}", figures)
