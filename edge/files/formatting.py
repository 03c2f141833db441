"""Settings, counts and figures in words, for reports and messages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def format_value(value: Any) -> str:
    """Return a setting as a line of text; mappings and lists in it are spelled out."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {format_value(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(format_value(inner) for inner in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def format_figure(value: float | None) -> str:
    """Return a figure with three decimals, a dash where it is undefined."""
    return "–" if value is None else f"{value:.3f}"


def format_score(score: float) -> str:
    """Return a score with two decimals, rounded down.

    One just below a threshold does not look as if it reached it.
    """
    return f"{math.floor(score * 100 + 1e-6) / 100:.2f}"


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """Return a count with what is counted, in the plural where it is not one.

    Args:
        number: the count.
        noun: what is counted, in the singular.
        plural: of the noun, where it is not the noun with an s.
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
