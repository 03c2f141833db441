"""The gates of a conversion: how far a file may decide differently from its parent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from converters.choices import MAX_RECALL_DROP, MIN_AGREEMENT
from converters.verification.comparison import Comparison
from converters.verification.sentences import describe_verdicts

# Shares of whole numbers of pictures: a limit that is met exactly is met.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class VerificationGates:
    """Limits for the difference between a converted file and its parent.

    Attributes:
        min_agreement: lowest share of equal verdicts; 0 lets all pass.
        max_recall_drop: largest loss of recall against the parent; 1 lets all pass.
    """

    min_agreement: float = MIN_AGREEMENT
    max_recall_drop: float = MAX_RECALL_DROP

    def missed(self, comparison: Comparison) -> tuple[str, ...]:
        """Say which gates a comparison misses, each in a line."""
        complaints = []
        agreement = comparison.agreement
        if agreement < self.min_agreement - _ROUNDING:
            complaints.append(
                f"agreement {agreement:.4f} ({describe_verdicts(comparison)}) is below "
                f"{self.min_agreement:g} (--min-agreement)"
            )
        before, after = comparison.parent.recall, comparison.model.recall
        # Pictures of both labels are required, so there is a recall.
        assert before is not None
        assert after is not None
        if before - after > self.max_recall_drop + _ROUNDING:
            complaints.append(
                f"recall fell from {before:.4f} to {after:.4f}, by more than "
                f"{self.max_recall_drop:g} (--max-recall-drop)"
            )
        return tuple(complaints)

    def only(self, names: Collection[str]) -> VerificationGates:
        """Return these gates with all but the named ones switched off."""
        return VerificationGates(
            self.min_agreement if "min_agreement" in names else 0.0,
            self.max_recall_drop if "max_recall_drop" in names else 1.0,
        )
