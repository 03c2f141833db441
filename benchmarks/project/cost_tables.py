"""The README's tables of what the project's own code costs, and how sharp its comparisons are."""

from __future__ import annotations

from pathlib import Path

from benchmarks.project.markdown_table import make_table, read_results

_WAYS = {
    "by_compare": "`compare`",
    "by_against": "`--against`",
    "by_max_p90_ms": "`--max-p90-ms`",
    "by_min_auc": "`--min-auc`",
}


def tabulate_invoke_cost(results: Path) -> str:
    """Tell what our own code adds to a bare invoke."""
    report = read_results(results, "invoke-cost.json")
    rows = []
    for name, ratio in report["ratios"].items():
        interval = "-" if ratio["low"] is None else f"{ratio['low']:.3f} to {ratio['high']:.3f}"
        rows.append([name, f"{ratio['median']:.3f}", interval, f"{report['bars'][name]}"])
    return make_table(("time to a bare invoke", "median ratio", "95 % interval", "bar"), rows)


def tabulate_start_time(results: Path) -> str:
    """Tell how long commands and a first score take, to importing TensorFlow."""
    report = read_results(results, "start-time.json")
    rows = [
        [
            f"`{name}`" if "--" in name else name,
            f"{ratio['median']:.3f}",
            f"{ratio['p10']:.3f} to {ratio['p90']:.3f}",
            f"{report['bars'][name]}",
        ]
        for name, ratio in report["ratios"].items()
    ]
    head = ("start, to that of `import tensorflow`", "median ratio", "middle 80 %", "bar")
    return make_table(head, rows)


def tabulate_alarms(results: Path) -> str:
    """Tell how often a comparison was alarmed, with reason and without."""
    report = read_results(results, "alarms.json")
    rows = []
    for key, words in (
        ("equal", "the same file again"),
        ("slowed", "a file with {change:.0%} more latency"),
        ("worse", "files with noise on their weights"),
    ):
        if not (found := report[key]):
            continue
        change = found["changes"].get("undisturbed_ms", {"median": 1.0})["median"] - 1
        for way, alarm in found["alarms"].items():
            low, high = alarm["interval"]
            share = f"{low:.2f} to {high:.2f}"
            row = [_WAYS[way], f"{alarm['count']} of {found['comparisons']}", share]
            rows.append([words.format(change=change), *row])
    return make_table(("compared", "alarm by", "alarms", "95 % interval of the share"), rows)
