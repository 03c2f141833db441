"""What a comparison says in sentences, for cards, certificates and the screen."""

from __future__ import annotations

from converters.verification.comparison import Comparison
from edge.evaluation.bootstrap import FIGURES, LEVEL, MIN_UNITS, Interval

_LEVEL = f"{100 * LEVEL:g} %"
FIGURE_NAMES = {"recall": "recall", "precision": "precision", "f1": "F1", "auc": "AUC"}
# Smaller changes are not seen in the figures as they are printed.
_SEEN = 0.0005


def describe_verdicts(comparison: Comparison) -> str:
    """Say how many verdicts changed, and how many of those became wrong."""
    n, flips, wrong = comparison.n, comparison.flips, comparison.flips_to_wrong
    if not flips:
        return f"none of the {n} verdicts changed"
    return f"{flips} of {n} verdicts changed, {wrong} of them to wrong"


def describe_figures(comparison: Comparison) -> str:
    """Say which figures changed by more than their intervals leave open."""
    changes = {name: comparison.difference[name] or 0.0 for name in FIGURES}
    seen = [name for name, change in changes.items() if abs(change) >= _SEEN]
    if not seen:
        return "recall, precision, F1 and AUC are unchanged"
    intervals = {name: comparison.intervals.difference[name] for name in seen}
    if comparison.intervals.units < MIN_UNITS or None in intervals.values():
        return "too few photos to tell whether recall, precision, F1 or AUC changed"
    moved = [
        f"{FIGURE_NAMES[name]} {'fell' if changes[name] < 0 else 'rose'} by "
        f"{abs(changes[name]):.3f} ({_describe_ends(interval)})"
        for name, interval in intervals.items()
        if interval and not interval.low <= 0 <= interval.high
    ]
    if moved:
        return ", ".join(moved)
    return f"recall, precision, F1 and AUC stay within their {_LEVEL} intervals"


def _describe_ends(interval: Interval) -> str:
    low, high = sorted((abs(interval.low), abs(interval.high)))
    return f"{_LEVEL} interval {low:.3f} to {high:.3f}"
