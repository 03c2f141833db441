"""Leaks: what stands on both sides of the splits of a manifest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edge.evaluation.dataset import SPLITS, Sample
from trainer.audit.counts import DividedGroup, TrainOverlap
from trainer.audit.sample_pairs import SamplePair, describe_sample


@dataclass(frozen=True)
class Leaks:
    """What stands in more than one split.

    Attributes:
        known_from_train: for val and test, how much of them train knows already.
        groups: that are divided.
        copies: the samples of each content that is divided.
        near: divided pairs of near-duplicates.
    """

    known_from_train: Mapping[str, TrainOverlap]
    groups: Sequence[DividedGroup]
    copies: Sequence[Sequence[Sample]]
    near: Sequence[SamplePair]

    def to_dict(self) -> dict[str, Any]:
        """Return what ``audit.json`` says of them."""
        return {
            "groups": len(self.groups),
            "copies": len(self.copies),
            "near_pairs": len(self.near),
            "known_from_train": {
                split: asdict(one) for split, one in self.known_from_train.items()
            },
            "divided_groups": [asdict(group) for group in self.groups],
            "divided_copies": [list(map(describe_sample, copies)) for copies in self.copies],
            "divided_near_pairs": [pair.to_dict() for pair in self.near],
        }


def find_leaks(
    samples: Sequence[Sample],
    spots: Sequence[int],
    copies: Sequence[Sequence[Sample]],
    pairs: Sequence[SamplePair],
) -> Leaks:
    """Find what stands on both sides.

    Args:
        samples: with splits; those without one are left aside.
        spots: for each sample, the number of the spot that it shows.
        copies: the samples of each content that is stored more than once.
        pairs: of one spot in different splits.
    """
    splits_of: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        if sample.has_photo and sample.split:
            splits_of[sample.group][sample.split] += 1
    return Leaks(
        known_from_train=_count_overlaps(samples, spots),
        groups=[
            DividedGroup(group, dict(counts))
            for group, counts in sorted(splits_of.items())
            if len(counts) > 1
        ],
        copies=[same for same in copies if len({s.split for s in same if s.split}) > 1],
        near=[pair for pair in pairs if not pair.is_copy],
    )


def _count_overlaps(samples: Sequence[Sample], spots: Sequence[int]) -> dict[str, TrainOverlap]:
    train = SPLITS[0]
    train_spots = {spot for spot, s in zip(spots, samples, strict=True) if s.split == train}
    train_groups = {s.group for s in samples if s.split == train and s.has_photo}
    overlaps = {}
    for split in SPLITS[1:]:
        places = [place for place, sample in enumerate(samples) if sample.split == split]
        overlaps[split] = TrainOverlap(
            pictures=len(places),
            same_spot=sum(spots[place] in train_spots for place in places),
            same_group=sum(samples[place].group in train_groups for place in places),
        )
    return overlaps
