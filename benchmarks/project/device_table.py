"""The table of what was measured in emulated userlands of a Raspberry Pi."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.project.markdown_table import make_table, read_results

_MODELS = ("default", "small")
_BOARDS = {
    "cortex-a7": "Pi 2, 32 bits",
    "cortex-a53": "Pi 3",
    "cortex-a72": "Pi 4",
    "cortex-a76": "Pi 5",
}
_RUNTIMES = ("LiteRT", "tflite-runtime")


def tabulate_device(results: Path) -> str:
    """Return a row for each userland and processor.

    Args:
        results: folder with the JSON files.
    """
    report = read_results(results, "device.json")
    rows = [
        _row(name.partition(".")[0], cpu, report[name])
        for cpu in _BOARDS
        for name in sorted(report)
        if name.endswith(f".{cpu}")
    ]
    head = ("userland", "processor of", "runtime", "packages", "on disk, MB")
    more = ("RSS while scoring, MB", "largest difference of a cell, steps", "of a tile, steps")
    return make_table((*head, *more), rows)


def _row(userland: str, cpu: str, figures: Mapping[str, Any]) -> list[str]:
    (runtime,) = (name for name in _RUNTIMES if f"{name}.default.cell_steps" in figures)
    steps = (
        " / ".join(f"{figures[f'{runtime}.{model}.{what}_steps']:.1f}" for model in _MODELS)
        for what in ("cell", "tile")
    )
    if "disk_mb" not in figures:
        install = ["-", "-", "-"]
    else:
        peaks = " / ".join(f"{figures[f'{model}.peak_mb']:.0f}" for model in _MODELS)
        install = [str(len(figures["packages"])), f"{figures['disk_mb']:.0f}", peaks]
    return [userland, _BOARDS[cpu], runtime, *install, *steps]
