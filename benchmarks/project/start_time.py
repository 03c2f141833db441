"""How fast commands start and a device scores first, compared with importing TensorFlow."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine_facts import describe_machine
from benchmarks.project.time_ratio import ratio_of
from benchmarks.run.cold_start import ColdStart, start_cold
from edge.files.errors import EnvironmentLacksError
from edge.files.timing import measure_interleaved
from edge.model.backends import open_backend
from edge.model.tflite_file import find_model

HELP = "crack-edge --help"
FIRST_SCORE = "import of edge, opening and the first score"
TENSORFLOW = "import tensorflow"
# Each at most this share of importing TensorFlow.
LIMITS = {HELP: 0.15, FIRST_SCORE: 0.35}
RSS_LIMIT_MB = 150

_TIMEOUT_S = 300.0


def measure_start_time(model: str | Path = "default", *, rounds: int = 7) -> dict[str, Any]:
    """Start fresh processes, interleaved, after one round that warms up the disk.

    Args:
        model: a model file or a shipped model, for the first score and the memory.
        rounds: how often each is started.

    Returns:
        What ``compare_starts`` returns, and ``model``, ``backend``, ``machine``. Without TensorFlow
        there are no ratios.

    Raises:
        ModelError: no such model.
        EnvironmentLacksError: no runtime for it, or a process failed.
    """
    path = find_model(model)
    backend = open_backend(path)
    commands = {HELP: [sys.executable, "-m", "crack_edge", "--help"]}
    if importlib.util.find_spec("tensorflow") is not None:
        commands[TENSORFLOW] = [sys.executable, "-c", "import tensorflow"]
    found = compare_starts(
        commands, lambda: start_cold(path, backend.name, backend.card), rounds=rounds
    )
    return found | {"model": str(model), "backend": backend.name, "machine": describe_machine()}


def compare_starts(
    commands: Mapping[str, Sequence[str]],
    start: Callable[[], ColdStart],
    *,
    rounds: int,
    time_command: Callable[[Sequence[str]], float] | None = None,
) -> dict[str, Any]:
    """Start a device's process and commands side by side and compare them with TensorFlow.

    Args:
        commands: by name, each run to its end.
        start: a device's process, until its first score.
        rounds: how often each is started.
        time_command: runs a command and returns seconds; ``time_process`` if None.

    Returns:
        ``seconds`` (medians) and ``ratios`` by name, ``limits``, ``rss_tile_mb`` (the largest peak
        after tiles; None where the system does not say) and ``rss_limit_mb``.
    """
    timed = time_command or time_process
    starts: list[ColdStart] = []

    def score_first() -> float:
        starts.append(start())
        return starts[-1].total_ms / 1e3

    def make(command: Sequence[str]) -> Callable[[], float]:
        return lambda: timed(command)

    competitors = {name: make(command) for name, command in commands.items()}
    seconds = measure_interleaved(
        {**competitors, FIRST_SCORE: score_first}, rounds=rounds, warm_up=1
    )
    others = [name for name in LIMITS if name in seconds and TENSORFLOW in seconds]
    peaks = [one.rss_tile_mb for one in starts if one.rss_tile_mb is not None]
    return {
        "what": f"fresh processes; ratios to that of {TENSORFLOW} within each round",
        "rounds": rounds,
        "seconds": {name: round(float(np.median(values)), 3) for name, values in seconds.items()},
        "ratios": {name: asdict(ratio_of(seconds[name], seconds[TENSORFLOW])) for name in others},
        "limits": LIMITS,
        "rss_tile_mb": round(max(peaks), 1) if peaks else None,
        "rss_limit_mb": RSS_LIMIT_MB,
    }


def time_process(command: Sequence[str]) -> float:
    """Run a command to its end and return the seconds that it took.

    Raises:
        EnvironmentLacksError: it failed or hung; holds the last line that it wrote to stderr.
    """
    begun = time.monotonic()
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EnvironmentLacksError(f"{command[-1]} did not end in {_TIMEOUT_S:.0f} s") from error
    seconds = time.monotonic() - begun
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise EnvironmentLacksError(
            f"{command[-1]} ended with exit code {done.returncode}: {''.join(last)}"
        )
    return seconds
