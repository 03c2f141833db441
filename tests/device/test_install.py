"""What a device installs: little, from ready wheels, without TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from edge.files.timing import measure_interleaved
from tests.device.installed import find_needed, size_on_disk_mb, tags_of_wheel
from tests.device.memory import count_emulator_kb, read_memory

Measured = Callable[[str, object], None]

_MOST_ON_DISK_MB = 350
_MOST_MEMORY_MB = 150
_ROUNDS = 3
# Scores, says so, and waits to be measured.
_SCORE = """
import json, sys
from edge.model.classifier import open_classifier
from edge.model.self_test import draw_self_test_tiles
classifier = open_classifier(sys.argv[1])
classifier.scores(draw_self_test_tiles(classifier.card.input_px))
print(json.dumps(sorted({"tensorflow", "keras", "onnx", "tf2onnx"} & set(sys.modules))), flush=True)
input()
"""
_TIME = "import time\nbegun = time.perf_counter()\n{}\nprint(time.perf_counter() - begun)"
_BARE = "import numpy, cv2"
_OURS = "import edge.model.classifier, {}"


def test_a_device_gets_few_packages_and_no_tensorflow(measured: Measured) -> None:
    needed = find_needed("crack-edge")
    sizes = {name: size_on_disk_mb(distribution) for name, distribution in needed.items()}
    measured("packages", {name: needed[name].version for name in sorted(needed)})
    measured("disk_mb", round(sum(sizes.values()), 1))
    assert {"numpy", "opencv-python-headless", "click"} < set(needed)
    assert not {"tensorflow", "keras", "onnx", "tf2onnx", "opencv-python"} & set(needed)
    assert sum(sizes.values()) <= _MOST_ON_DISK_MB


def test_no_package_was_compiled_here() -> None:
    # pip names what it compiles itself by the machine alone, such as cp311-cp311-linux_aarch64.
    needed = find_needed("crack-edge")
    # In a checkout crack-edge itself came from no wheel.
    tags = {name: tags_of_wheel(needed[name]) for name in needed if name != "crack-edge"}
    assert all(tags.values()), tags
    compiled = {name: own for name, own in tags.items() if any("-linux_" in tag for tag in own)}
    assert not compiled


@pytest.mark.parametrize("model", ["default", "small"])
def test_a_process_that_scores_takes_little_memory(model: str, measured: Measured) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _SCORE, model],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        heavy = json.loads(process.stdout.readline())
        memory = read_memory(process.pid)
        process.communicate("\n")
    measured(f"{model}.peak_mb", round(memory.own_mb, 1))
    measured(f"{model}.emulator_mb", round(memory.emulator_mb, 1))
    assert heavy == []
    assert 10 < memory.own_mb <= _MOST_MEMORY_MB


def test_what_is_an_emulators_is_told_from_what_is_the_programs() -> None:
    kinds = (
        ("r-xp", "/usr/bin/qemu-aarch64", 1),
        ("rwxp", "", 10),
        ("rw-p", "[heap]", 100),
        ("rw-p", "", 1000),
        ("r-xp", "/usr/bin/python3.11", 10000),
    )
    lines = [
        f"7f00-7f01 {rights} 00000000 fe:00 1  {name}\nSize: 9 kB\nRss: {size} kB\n"
        for rights, name, size in kinds
    ]
    assert count_emulator_kb("".join(lines)) == 111
    assert count_emulator_kb("".join(lines[1:])) == 0


def time_code(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return float(done.stdout)


def test_the_import_is_mostly_that_of_numpy_and_opencv(measured: Measured) -> None:
    needed = find_needed("crack-edge")
    litert = "ai-edge-litert" in needed
    runtime = "ai_edge_litert.interpreter" if litert else "tflite_runtime.interpreter"
    codes = {"bare": _BARE, "ours": _OURS.format(runtime)}
    times = measure_interleaved(
        {name: lambda code=code: time_code(_TIME.format(code)) for name, code in codes.items()},
        rounds=_ROUNDS,
        warm_up=1,
    )
    ratio = float(np.median(times["ours"] / times["bare"]))
    measured("import_ratio", round(ratio, 2))
    # No bar on a time: it says that both were measured.
    assert np.isfinite(ratio)
    assert ratio > 0
