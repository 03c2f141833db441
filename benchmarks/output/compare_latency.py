"""Latencies of two runs: how many times as long, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.output.compare_change import Finding, find_ratio
from benchmarks.output.compare_match import Pair
from benchmarks.stats.cluster_bootstrap import LogQuantile, find_log_floor
from benchmarks.stats.turns import turns_of

# Judged: what a latency is where nothing disturbs it.
FLOOR = "undisturbed_ms"
# Shown: these are as much the machine's as the file's.
FIGURES = ("p50_ms", "p90_ms")
VERDICTS = ("faster", "slower")


def find_latencies(
    pairs: Sequence[Pair], *, has_yardstick: bool, min_difference: float, seed: int
) -> tuple[list[Finding], list[str]]:
    """Compare rows of latencies: verdicts on what they are where nothing disturbs them.

    Args:
        pairs: rows that belong together.
        has_yardstick: whether both runs timed the same yardstick; else latencies are compared as
            they are.
        min_difference: share of a latency under which no difference is of use.
        seed: of the bootstrap.

    Returns:
        Findings, and why some pairs have none.
    """
    findings, obstacles = [], []
    for pair in pairs:
        if list(pair.base["shape_hw"]) != list(pair.new["shape_hw"]):
            shapes = ["x".join(map(str, row["shape_hw"])) for row in (pair.base, pair.new)]
            obstacles.append(f"{pair.row}: not compared, pieces of {shapes[0]} and {shapes[1]} px")
            continue
        turns = turns_of(pair.base), turns_of(pair.new)
        base, new = (find_log_floor(side, by_yardstick=has_yardstick, seed=seed) for side in turns)
        if base.error is None or new.error is None:
            obstacles.append(f"{pair.row}: no verdict, it takes at least two sittings in each run")
        error, df = _error_of_difference(base, new)
        # In ms of the base's machine.
        as_it_is = find_log_floor(turns[0], by_yardstick=False, seed=seed).value
        findings.append(
            Finding(
                part="latency",
                row=pair.row,
                figure=FLOOR,
                base=math.exp(as_it_is),
                new=math.exp(as_it_is + new.value - base.value),
                is_ratio=True,
                distance=new.value - base.value,
                error=error,
                df=df,
                words=VERDICTS,
                smallest=math.log1p(min_difference),
            )
        )
        for figure in FIGURES:
            values = (side[figure]["value"] for side in (pair.base, pair.new))
            findings += find_ratio("latency", pair.row, figure, *values)
    return findings, obstacles


def _error_of_difference(base: LogQuantile, new: LogQuantile) -> tuple[float | None, float]:
    """Return the standard error and the degrees of freedom of Welch (1947) and Satterthwaite."""
    if base.error is None or new.error is None:
        return None, 0.0
    parts = (base.error**2, new.error**2)
    whole = sum(parts)
    if not whole:
        return 0.0, float(base.df + new.df)
    df = whole**2 / (parts[0] ** 2 / base.df + parts[1] ** 2 / new.df)
    return math.sqrt(whole), df
