"""Latencies of two runs: how many times as long, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.output.compare_change import Finding
from benchmarks.output.compare_match import Pair
from benchmarks.stats.cluster_bootstrap import LogQuantile, find_log_quantiles
from benchmarks.stats.turns import Turn, turns_of

FIGURES = {"p50_ms": 0.5, "p90_ms": 0.9}
VERDICTS = ("faster", "slower")


def find_latencies(
    pairs: Sequence[Pair], *, yardstick_ms: float | None, min_difference: float, seed: int
) -> tuple[list[Finding], list[str]]:
    """Compare rows of latencies.

    Args:
        pairs: rows that belong together.
        yardstick_ms: of the base; each latency is divided by the yardstick of its round, times
            this. None: latencies are compared as they are.
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
        sides = [_quantiles(row, yardstick_ms, seed) for row in (pair.base, pair.new)]
        if any(side[0].error is None for side in sides):
            obstacles.append(f"{pair.row}: no verdict, it takes at least two sittings in each run")
        for figure, base, new in zip(FIGURES, *sides, strict=True):
            error, df = _error_of_difference(base, new)
            findings.append(
                Finding(
                    part="latency",
                    row=pair.row,
                    figure=figure,
                    base=math.exp(base.value),
                    new=math.exp(new.value),
                    is_ratio=True,
                    distance=new.value - base.value,
                    error=error,
                    df=df,
                    words=VERDICTS,
                    smallest=math.log1p(min_difference),
                )
            )
    return findings, obstacles


def _quantiles(row: Mapping[str, Any], yardstick_ms: float | None, seed: int) -> list[LogQuantile]:
    turns = turns_of(row)
    if yardstick_ms is not None:
        turns = [_scale(turn, yardstick_ms) for turn in turns]
    return find_log_quantiles(turns, list(FIGURES.values()), seed=seed)


def _scale(turn: Turn, yardstick_ms: float) -> Turn:
    if not turn.yardstick_ms:
        raise ValueError("results with a yardstick must have its latency in every turn")
    return Turn(turn.sitting, turn.ms / turn.yardstick_ms * yardstick_ms, turn.yardstick_ms)


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
