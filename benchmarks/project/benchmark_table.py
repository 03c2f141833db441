"""The table of model files side by side."""

from __future__ import annotations

from pathlib import Path

from benchmarks.output.figures import summarise
from benchmarks.output.formatting import Cell, spell, spell_estimate
from benchmarks.output.results_file import read_results
from benchmarks.output.summary import explain_disturbance
from benchmarks.project.markdown_table import make_table
from edge.files.errors import InputError

NAME = "benchmark.json"


def tabulate_benchmark(results: Path) -> str:
    """Return a row on each file: how fast, small and accurate it is.

    Raises:
        InputError: the run was disturbed: its times are not quoted.
    """
    found = read_results(results / NAME)
    if disturbance := explain_disturbance(found):
        raise InputError(f"{results / NAME}: {disturbance}; measure again")
    rows = []
    for row in summarise(found):
        tile, dense = row.views["tile"], row.views["dense"]
        figures = tile.accuracy.figures if tile.accuracy else {}
        cells = [
            Cell(f"`{row.file}`"),
            Cell(row.backend),
            spell(row.size_mb),
            spell_estimate(tile.one_thread.p50_ms if tile.one_thread else None),
            spell_estimate(tile.fastest.p50_ms if tile.fastest else None),
            spell(dense.fastest.mpx_per_s if dense.fastest else None, decimals=0),
            spell(row.cold_start_ms.value if row.cold_start_ms else None),
            spell(row.rss_mb, decimals=0),
            *(spell_estimate(figures.get(name), decimals=3) for name in ("recall", "f1", "auc")),
        ]
        rows.append([str(cell) for cell in cells])
    head = ("file", "backend", "MB", "tile, ms, 1 thread", "fastest", "dense, Mpx/s")
    return make_table((*head, "start, ms", "peak RSS, MB", "recall", "F1", "AUC"), rows)
