"""One cold start: the first use of a model in a fresh process, stage by stage.

Started by ``benchmarks.run.cold_start``. What this file imports counts, so it imports only what a
device's process does.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Tiles that are scored before the memory is read.
_TILES = 8


def main(begun_ns: int) -> None:
    """Start as ``sys.argv[1]`` says (JSON), and print as JSON what it took, on the last line.

    Args:
        begun_ns: of ``time.monotonic_ns``, when the first line of this process ran.
    """
    words = json.loads(sys.argv[1])
    path = Path(words["path"])
    answer = {"begun_ns": begun_ns} | start(
        path,
        words["backend"],
        module=words["module"],
        dense_hw=words["dense_hw"],
        begun_ns=begun_ns,
    )
    # Libraries write to stdout too, and not all of them end their lines.
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
    sys.stdout.flush()


def start(
    path: Path,
    backend: str,
    *,
    module: str | None,
    dense_hw: Sequence[int] | None,
    begun_ns: int,
) -> dict[str, Any]:
    """Import, open and score.

    Args:
        path: of the model.
        backend: name of the runtime that opens it.
        module: of the runtime; if None, its import counts as opening.
        dense_hw: size of a piece of the dense view that is scored too, px.
        begun_ns: when the process began to run Python.

    Returns:
        ``import_ms``, ``open_ms``, ``first_score_ms``, ``rss_tile_mb`` and ``rss_dense_mb``; or
        only ``error``, what was wrong with the model or this machine, and ``lacks``: this machine.
    """
    import numpy as np

    from benchmarks.run.backends import open_tested
    from benchmarks.run.memory import find_peak_mb
    from edge.files.errors import CrackEdgeError, EnvironmentLacksError

    # Where it is missing, what opens the model says so and how to get it.
    if module is not None and importlib.util.find_spec(module.partition(".")[0]):
        importlib.import_module(module)
    imported_ns = time.monotonic_ns()
    try:
        classifier = open_tested(path, backend)
    except CrackEdgeError as error:
        return {"error": str(error), "lacks": isinstance(error, EnvironmentLacksError)}
    opened_ns = time.monotonic_ns()
    side = classifier.card.input_px
    tile = np.full((1, side, side, 3), 128, np.uint8)
    tile[:, :, side // 2 :] = 90
    scoring_ns = time.monotonic_ns()
    classifier.scores(tile)
    scored_ns = time.monotonic_ns()
    classifier.scores(np.repeat(tile, _TILES, axis=0))
    rss_tile_mb, rss_dense_mb = find_peak_mb(), None
    if dense_hw is not None:
        list(classifier.cell_logits([np.full((*dense_hw, 3), 128, np.uint8)]))
        rss_dense_mb = find_peak_mb()
    return {
        "import_ms": (imported_ns - begun_ns) / 1e6,
        "open_ms": (opened_ns - imported_ns) / 1e6,
        "first_score_ms": (scored_ns - scoring_ns) / 1e6,
        "rss_tile_mb": rss_tile_mb,
        "rss_dense_mb": rss_dense_mb,
    }
