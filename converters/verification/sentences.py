"""What a comparison says in sentences, for cards, certificates and the screen."""

from __future__ import annotations

from converters.verification.comparison import Comparison
from edge.evaluation.bootstrap import FIGURES, LEVEL, MIN_UNITS

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
    if all(abs(change) < _SEEN for change in changes.values()):
        return "recall, precision, F1 and AUC are unchanged"
    if comparison.intervals.units < MIN_UNITS:
        return (
            f"fewer than {MIN_UNITS} independent photos: too few to tell whether recall, "
            "precision, F1 or AUC changed"
        )
    moved = []
    for name, change in changes.items():
        interval = comparison.intervals.difference[name]
        if interval is None or abs(change) < _SEEN or interval.low <= 0 <= interval.high:
            continue
        verb = "fell" if change < 0 else "rose"
        ends = sorted((abs(interval.low), abs(interval.high)))
        moved.append(
            f"{FIGURE_NAMES[name]} {verb} by {abs(change):.3f} ({_LEVEL} interval "
            f"{ends[0]:.3f} to {ends[1]:.3f})"
        )
    if moved:
        return ", ".join(moved)
    return f"recall, precision, F1 and AUC stay within their {_LEVEL} intervals"
