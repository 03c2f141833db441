"""Divide samples into train, val and test, never through a group."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from edge.dataset import LABELS, SPLITS, Sample
from edge.errors import DataError

SHARES: Mapping[str, float] = {"train": 0.75, "val": 0.1, "test": 0.15}


def split_by_group(
    samples: Sequence[Sample], *, seed: int, shares: Mapping[str, float] = SHARES
) -> list[Sample]:
    """Give every sample a split; all samples of a group (a source photo) get the same.

    Samples that have a split already keep it. Each source is divided on its own, so that every
    split sees every source: its groups, in random order, go where the most pictures of their
    labels are still missing.

    Args:
        samples: with groups.
        seed: of the random order.
        shares: the part of each source's pictures that each split should get; sums to 1.

    Returns:
        The same samples in the same order, with splits.

    Raises:
        DataError: a group would be divided, or a split is left without one of the labels.
    """
    split_of_group = _splits_given(samples)
    sources: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        sources[sample.source][sample.group].append(sample)
    for source, groups in sorted(sources.items()):
        open_groups = {
            name: members for name, members in groups.items() if name not in split_of_group
        }
        # The source's name shifts the seed: adding a data set leaves the others' splits alone.
        rng = np.random.default_rng([seed, *source.encode(errors="surrogateescape")])
        split_of_group.update(_divide(open_groups, shares, rng))
    divided = [dataclasses.replace(s, split=split_of_group[s.group]) for s in samples]
    _require_labels(divided)
    return divided


def _splits_given(samples: Sequence[Sample]) -> dict[str, str]:
    given: dict[str, str] = {}
    for sample in samples:
        if sample.split and given.setdefault(sample.group, sample.split) != sample.split:
            raise DataError(
                f"group {sample.group!r} stands in the splits {given[sample.group]!r} and "
                f"{sample.split!r} of the manifest; pictures of one photo must stay together"
            )
    return given


def _divide(
    groups: Mapping[str, Sequence[Sample]], shares: Mapping[str, float], rng: np.random.Generator
) -> dict[str, str]:
    members = [sample for group in groups.values() for sample in group]
    total = np.array([sum(s.label == label for s in members) for label in LABELS], float)
    missing = {split: share * total for split, share in shares.items()}
    chosen: dict[str, str] = {}
    names = sorted(groups)
    for place in rng.permutation(len(names)):
        group = groups[names[place]]
        count = np.array([sum(s.label == label for s in group) for label in LABELS], float)
        # Relative to the share: a small split asks as loudly as a large one.
        split = max(shares, key=lambda name: float(missing[name] @ count) / shares[name])
        missing[split] = missing[split] - count
        chosen[names[place]] = split
    return chosen


def _require_labels(samples: Sequence[Sample]) -> None:
    for split in SPLITS:
        present = {sample.label for sample in samples if sample.split == split}
        absent = [label for label in LABELS if label not in present]
        if absent:
            raise DataError(
                f"split {split!r} has no picture labelled {' or '.join(absent)}: {len(samples)} "
                f"pictures in {len({s.group for s in samples})} groups cannot be divided; "
                "add pictures of more photos or give the splits in a manifest"
            )
