"""The gates that a converted file must pass to get its name."""

from __future__ import annotations

from dataclasses import dataclass

from converters.verification.comparison import Comparison

MIN_AGREEMENT = 0.99
MAX_RECALL_DROP = 0.005
# Shares of whole numbers of pictures: a limit that is met exactly is met.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class VerificationGates:
    """Limits that a converted file must keep.

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
                f"agreement {agreement:.4f} ({comparison.flips} of {comparison.n} verdicts "
                f"changed) is below --min-agreement {self.min_agreement:g}"
            )
        before, after = comparison.parent.recall, comparison.model.recall
        # Pictures of both labels are required, so there is a recall.
        assert before is not None
        assert after is not None
        if before - after > self.max_recall_drop + _ROUNDING:
            complaints.append(
                f"recall falls from {before:.4f} to {after:.4f}, by more than "
                f"--max-recall-drop {self.max_recall_drop:g}"
            )
        return tuple(complaints)
