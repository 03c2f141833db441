"""The tables of what the project's own code costs."""

from __future__ import annotations

from pathlib import Path

from benchmarks.project.markdown_table import make_table, read_results


def tabulate_invoke_cost(results: Path) -> str:
    """Return what our own code adds to a bare invoke."""
    report = read_results(results, "invoke-cost.json")
    rows = []
    for name, ratio in report["ratios"].items():
        interval = "-" if ratio["low"] is None else f"{ratio['low']:.3f} to {ratio['high']:.3f}"
        rows.append([name, f"{ratio['median']:.3f}", interval, f"{report['limits'][name]}"])
    return make_table(("time to a bare invoke", "median ratio", "95 % interval", "limit"), rows)


def tabulate_start_time(results: Path) -> str:
    """Return how long commands and a first score take, as ratios to importing TensorFlow."""
    report = read_results(results, "start-time.json")
    rows = [
        [
            f"`{name}`" if "--" in name else name,
            f"{ratio['median']:.3f}",
            f"{ratio['p10']:.3f} to {ratio['p90']:.3f}",
            f"{report['limits'][name]}",
        ]
        for name, ratio in report["ratios"].items()
    ]
    head = ("start, to that of `import tensorflow`", "median ratio", "middle 80 %", "limit")
    return make_table(head, rows)
