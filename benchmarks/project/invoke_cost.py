"""What our own code adds to a model's bare invoke: in the benchmark, and in the classifier."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine_facts import describe_machine
from benchmarks.project.time_ratio import ratio_of
from benchmarks.run.backends import open_subject
from benchmarks.run.pieces import draw_piece
from benchmarks.run.worker import time_calls
from benchmarks.stats.estimates import estimate_median
from edge.files.errors import EnvironmentLacksError
from edge.files.native_output import silence
from edge.files.timing import measure_interleaved
from edge.model.backends import LITERT
from edge.model.classifier import Classifier
from edge.model.tflite_file import find_model, read_tflite

BARE = "bare invoke"
MEASURED = "the benchmark's invoke"
SCORES = "Classifier.scores, per tile"
# Each at most this many times a bare invoke.
LIMITS = {MEASURED: 1.02, SCORES: 1.03}

# An interpreter's place in memory makes it 1 or 2 % faster or slower until it is opened anew.
SESSIONS = 12
_WARM_UP = 3
_CALLS = 24

# Opens all competitors anew: each returns what one call of it takes, ms.
OpenSession = Callable[[int], Mapping[str, Callable[[], float]]]


def measure_invoke_cost(
    model: str | Path = "default", *, rounds: int = 7, sessions: int = SESSIONS
) -> dict[str, Any]:
    """Time a tile on one thread by the benchmark, in a bare loop and in ``Classifier.scores``.

    The bare loop is that of TFLite's ``benchmark_model``: the input is set once, only ``invoke``
    is timed, here of LiteRT's own Python interpreter.

    Args:
        model: a ``.tflite`` file or a shipped model.
        rounds: turns of each in a session.
        sessions: how often all are opened anew.

    Returns:
        ``ratios`` to the bare invoke with an interval of the median, ``limits``, ``latency_ms``,
        ``machine``.

    Raises:
        ModelError: no such model, or not a TFLite file.
        EnvironmentLacksError: LiteRT is not installed.
    """
    path = find_model(model)
    side = read_tflite(path).card.input_px
    open_session = partial(_open_session, path, (side, side))
    found = compare_with_reference(BARE, open_session, rounds=rounds, sessions=sessions)
    return {
        "what": f"one tile, one thread, {LITERT}; ratios to a bare invoke within each round",
        "model": str(model),
        "tile_px": side,
        "calls_per_round": _CALLS,
        **found,
        "limits": LIMITS,
        "machine": describe_machine(),
    }


def compare_with_reference(
    reference: str, open_session: OpenSession, *, rounds: int, sessions: int
) -> dict[str, Any]:
    """Measure competitors in sessions and compare each with one of them, round by round.

    Args:
        reference: name of that one.
        open_session: opens all anew, given the session's number.
        rounds: turns of each in a session.
        sessions: how often all are opened.

    Returns:
        ``sessions``, ``rounds``, ``ratios`` and ``latency_ms`` (medians), by name. A ratio's
        interval is that of the median of sessions, for rounds of one session share their places in
        memory.
    """
    parts: dict[str, list[NDArray[np.float64]]] = {}
    for number in range(sessions):
        competitors = open_session(number)
        figures = measure_interleaved(competitors, rounds=rounds, warm_up=_WARM_UP, seed=number)
        for name, values in figures.items():
            parts.setdefault(name, []).append(values)
    bare = parts.pop(reference)
    ratios = {}
    for name, own in parts.items():
        ends = estimate_median([np.median(a / b) for a, b in zip(own, bare, strict=True)])
        ratio = asdict(ratio_of(np.concatenate(own), np.concatenate(bare)))
        ratios[name] = ratio | {"low": ends.low, "high": ends.high}
    medians = {
        name: round(float(np.median(v)), 4) for name, v in {reference: bare, **parts}.items()
    }
    return {"sessions": sessions, "rounds": rounds, "ratios": ratios, "latency_ms": medians}


def _open_session(
    path: Path, shape_hw: tuple[int, int], number: int
) -> dict[str, Callable[[], float]]:
    runner = open_subject(path, LITERT).open_runner(shape_hw)
    tiles = np.stack([draw_piece(shape_hw, number + n) for n in range(_CALLS)])
    invoke = _open_bare(path, tiles[0])
    classifier = Classifier(open_subject(path, LITERT))

    def measured() -> float:
        return math.fsum(time_calls(lambda: runner(tiles[0]), _CALLS)) / _CALLS

    def bare() -> float:
        return math.fsum(time_calls(invoke, _CALLS)) / _CALLS

    def scores() -> float:
        classifier.scores(tiles[:1])
        begun = time.perf_counter_ns()
        classifier.scores(tiles)
        return (time.perf_counter_ns() - begun) / 1e6 / _CALLS

    return {BARE: bare, MEASURED: measured, SCORES: scores}


def _open_bare(path: Path, tile: NDArray[np.uint8]) -> Callable[[], object]:
    """Open LiteRT's interpreter on a tile and return its ``invoke``."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise EnvironmentLacksError(
            "LiteRT is not installed: pip install ai-edge-litert"
        ) from error
    with silence():
        interpreter = Interpreter(model_content=read_tflite(path).model, num_threads=1)
        entry = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(entry, [1, *tile.shape])
        interpreter.allocate_tensors()
        interpreter.set_tensor(entry, tile[None])
        interpreter.invoke()
    return cast(Callable[[], object], interpreter.invoke)
