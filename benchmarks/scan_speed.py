"""The dense scan against tiles without overlap and against the bare invokes of its pixels."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import describe_machine
from benchmarks.timing import ratio_of, time_interleaved
from edge.backends import Runner, open_backend
from edge.classifier import open_classifier
from edge.concrete import draw_concrete
from edge.modelfile import find_model
from edge.scan import ScanSettings, scan_photo

# 16.5 Mpx, as large as the whole photos of SDNET2018.
PHOTO_WH = (4608, 3584)


def measure_scan_speed(model: str | Path = "default", *, rounds: int = 7) -> dict[str, Any]:
    """Time scans of one decoded photo in memory, all with one thread per core.

    Returns:
        ``ratios`` to tiles without overlap and to the bare invokes of the photo's pixels (pieces
        of one tile's size, no halo, nothing read or stitched), ``seconds`` (medians, of this
        machine only) and ``machine``.
    """
    workers = os.cpu_count() or 1
    photo = draw_concrete(PHOTO_WH, seed=1).photo
    classifier = open_classifier(model, workers=workers)
    threshold = classifier.card.threshold

    def scan(**words: Any) -> Callable[[], object]:
        settings = ScanSettings(threshold=threshold, **words)
        return lambda: scan_photo(classifier, photo, settings)

    seconds = time_interleaved(
        {
            "dense": scan(),
            "tiles": scan(mode="tiles"),
            "tiles at 50 % overlap": scan(mode="tiles", overlap=0.5),
            "bare invokes": _bare_invokes(find_model(model), photo, workers),
        },
        rounds=rounds,
    )
    return {
        "what": "one photo in memory, scored and its regions found; ratios of times per round",
        "photo_wh": PHOTO_WH,
        "rounds": rounds,
        "workers": workers,
        "ratios": {
            f"dense to {name}": asdict(ratio_of(seconds["dense"], seconds[name]))
            for name in seconds
            if name != "dense"
        },
        "seconds": {name: round(float(np.median(values)), 3) for name, values in seconds.items()},
        "machine": describe_machine(),
    }


def _bare_invokes(path: Path, photo: NDArray[np.uint8], workers: int) -> Callable[[], object]:
    """Return a call that runs the model as often as the photo's px need, on all cores."""
    backend = open_backend(path)
    side = backend.card.input_px
    runners = [backend.open_runner((side, side)) for _ in range(workers)]
    tile = np.ascontiguousarray(photo[:side, :side])
    count = round(photo.shape[0] * photo.shape[1] / side**2 / workers)
    pool = ThreadPoolExecutor(workers)

    def invoke(runner: Runner) -> None:
        for _ in range(count):
            runner(tile)

    return lambda: list(pool.map(invoke, runners))
