"""Size and latency of every format, as ratios to float32 TFLite made from the same parent."""

from __future__ import annotations

import dataclasses
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine_facts import describe_machine
from benchmarks.project.time_ratio import ratio_of, time_interleaved
from edge.evaluation.synthetic import draw_tile
from edge.files.progress import Silent
from edge.model.backends import Runner, open_backend

PARENT = Path(__file__).parents[2] / "models" / "default.keras"
REFERENCE = "tflite-float32"
# Each at most this share of the reference's.
LIMITS = {"tflite-int8": {"latency_ratio": 0.55, "size_ratio": 0.32}}

# Latency does not depend on what calibrates; this is enough for ranges to be found.
_CALIBRATION_TILES = 32
# A format is called so often in a round that its time stands out of the clock's noise; one that
# is slower than this is called once.
_TURN_S = 0.3


def measure_format_speed(model: Path = PARENT, *, rounds: int = 7) -> dict[str, Any]:
    """Convert a float parent to every format and time the files, one thread, one tile.

    The files are not verified: ``crack-edge convert`` does that.

    Args:
        model: a ``.keras`` file with its card beside it.
        rounds: how many times each file has its turn.

    Returns:
        What ``measure_files`` returns, and ``parent`` and ``limits``.
    """
    # Slow to load, and not installed where only scans are measured.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from converters.formats.registry import FORMATS
    from converters.parents.load import load_parent
    from converters.quantization.int8_network import Int8Network

    parent = load_parent(model)
    side = parent.card.input_px
    tiles = _draw_tiles(side)
    int8 = Int8Network(parent, tiles, Silent())
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, kind in FORMATS.items():
            card = dataclasses.replace(parent.card, quantization=kind.quantization)
            paths[name] = Path(folder) / f"{name}{kind.suffix}"
            paths[name].write_bytes(kind.put_card(kind.make(parent, int8), card))
        found = measure_files(paths, tiles[0], rounds=rounds)
        return found | {"parent": model.name, "limits": LIMITS}


def _draw_tiles(side: int) -> NDArray[np.uint8]:
    numbers = range(_CALIBRATION_TILES)
    return np.stack([draw_tile(side, seed=n, crack=n % 2 == 1).photo for n in numbers])


def measure_files(
    paths: Mapping[str, Path], tile: NDArray[np.uint8], *, rounds: int, reference: str = REFERENCE
) -> dict[str, Any]:
    """Time model files side by side, each called as often in a round as it is fast.

    Args:
        paths: of the files, by name of the format.
        tile: uint8 (P, P, 3), RGB, for all of them.
        rounds: how many times each has its turn.
        reference: the name that the others are compared with.

    Returns:
        ``formats``: by name size, latency (median of the rounds, of this machine only), calls in
        a round and both ratios to the reference; ``machine``.
    """
    shape = (tile.shape[0], tile.shape[1])
    backends = {name: open_backend(path) for name, path in paths.items()}
    runners = {name: backend.open_runner(shape) for name, backend in backends.items()}
    calls = {name: _count_calls(runner, tile) for name, runner in runners.items()}
    seconds = time_interleaved(
        {name: _repeat(runner, tile, calls[name]) for name, runner in runners.items()},
        rounds=rounds,
    )
    per_call = {name: values / calls[name] for name, values in seconds.items()}
    sizes = {name: path.stat().st_size for name, path in paths.items()}
    return {
        "what": f"one tile, one thread; ratios to {reference} within each round",
        "tile_px": shape[0],
        "rounds": rounds,
        "formats": {
            name: {
                "backend": backends[name].name,
                "bytes": sizes[name],
                "size_ratio": sizes[name] / sizes[reference],
                "latency_ratio": asdict(ratio_of(per_call[name], per_call[reference])),
                "latency_ms": round(float(np.median(per_call[name])) * 1e3, 3),
                "calls_per_round": calls[name],
            }
            for name in paths
        },
        "machine": describe_machine(),
    }


def _count_calls(runner: Runner, tile: NDArray[np.uint8]) -> int:
    """Say how often a model is called in its turn; warms it up by the way."""
    runner(tile)
    begun = time.perf_counter()
    runner(tile)
    return max(1, round(_TURN_S / (time.perf_counter() - begun)))


def _repeat(runner: Runner, tile: NDArray[np.uint8], calls: int) -> Callable[[], None]:
    def run() -> None:
        for _ in range(calls):
            runner(tile)

    return run
