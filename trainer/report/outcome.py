"""How good a trained model is, in a few sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.files.formatting import count_of, format_figure
from trainer.report.facts import ReportFacts

# Below this each picture weighs more than one in a hundred.
FEW_PICTURES = 100


def describe_outcome(facts: ReportFacts) -> list[str]:
    """Say what the model found on the test split, how far to trust that, and what is wrong with it.

    Returns:
        Sentences, the figures first; each may stand in a line of its own.
    """
    figures = facts.figures
    counts = figures["confusion"]
    cracks, others = counts["tp"] + counts["fn"], counts["tn"] + counts["fp"]
    told = [
        f"On the {figures['n']:,} pictures of the test split, which took no part in the training, "
        f"the model finds {counts['tp']:,} of {count_of(cracks, 'crack')} (recall "
        f"{format_figure(figures['recall'])}) and raises {count_of(counts['fp'], 'false alarm')} "
        f"on {count_of(others, 'picture')} without a crack, at its threshold of "
        f"{figures['threshold']:.4f}.",
        facts.split_rule,
    ]
    if count_rarer_label(figures) < FEW_PICTURES:
        told.append(
            f"With fewer than {FEW_PICTURES} test pictures of a label, these figures are rough."
        )
    if 2 * counts["fp"] > others:
        told.append(
            "It calls most pictures without a crack cracked: train for more --epochs or on more "
            "pictures, and look at the false alarms in the report."
        )
    return told


def count_rarer_label(figures: Mapping[str, Any]) -> int:
    """Return how many pictures the label with fewer of them has."""
    counts = figures["confusion"]
    return int(min(counts["tn"] + counts["fp"], counts["tp"] + counts["fn"]))
