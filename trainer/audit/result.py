"""What an audit found; as a dictionary it is ``audit.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edge.evaluation.dataset import Sample
from trainer.audit.counts import (
    ExactDuplicates,
    GroupCounts,
    NearDuplicates,
    SizeCount,
    SourceCounts,
)
from trainer.audit.leaks import Leaks
from trainer.audit.sample_pairs import SamplePair, describe_sample


@dataclass(frozen=True)
class DatasetAudit:
    """What was found in a data set.

    Attributes:
        pictures: that can be read.
        classes: pictures of each label.
        sources: counts of each source.
        sizes: of the pictures, the commonest first.
        unreadable: one line for each of the other files.
        groups: counts of the groups.
        exact_duplicates: counts of the copies.
        near_duplicates: counts of the pictures of one spot.
        copies: the samples of each content that is stored more than once.
        near: all near-duplicates, the best correlated first.
        conflicts: pairs of one spot with different labels, copies first.
        leak_pairs: pairs of one spot in different splits, copies first.
        leaks: what stands in several splits; None where no sample has a split.
        warnings: what speaks against figures measured on the data, the gravest first.
    """

    pictures: int
    classes: Mapping[str, int]
    sources: Mapping[str, SourceCounts]
    sizes: Sequence[SizeCount]
    unreadable: Sequence[str]
    groups: GroupCounts
    exact_duplicates: ExactDuplicates
    near_duplicates: NearDuplicates
    copies: Sequence[Sequence[Sample]] = ()
    near: Sequence[SamplePair] = ()
    conflicts: Sequence[SamplePair] = ()
    leak_pairs: Sequence[SamplePair] = ()
    leaks: Leaks | None = None
    warnings: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what ``audit.json`` holds."""
        return {
            "pictures": self.pictures,
            "classes": dict(self.classes),
            "sources": {source: asdict(counts) for source, counts in self.sources.items()},
            "sizes": [asdict(size) for size in self.sizes],
            "unreadable": list(self.unreadable),
            "groups": asdict(self.groups),
            "exact_duplicates": asdict(self.exact_duplicates),
            "near_duplicates": asdict(self.near_duplicates),
            **({"leaks": self.leaks.to_dict()} if self.leaks else {}),
            "findings": list(self.warnings),
            "exact_duplicate_files": [list(map(describe_sample, same)) for same in self.copies],
            "near_duplicate_pairs": [pair.to_dict() for pair in self.near],
            "conflicting_near_pairs": [
                pair.to_dict() for pair in self.conflicts if not pair.is_copy
            ],
        }
