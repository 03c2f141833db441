"""Divide samples into train, val and test, never through a group."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from edge.evaluation.dataset import SPLITS, Sample
from edge.files.errors import DataError
from edge.files.formatting import count_of
from edge.model.labels import LABELS
from trainer.dataset.disjoint_sets import merge_linked

# What is kept together: the pictures of a group, nothing, or batches of a random order.
GROUP = "group"
RANDOM = "random"
BATCHES = "batches"

# What to do where pictures of a label are missing.
LAYOUT = "one folder for each, such as DATA/crack/*.jpg and DATA/no_crack/*.jpg"

SHARES: Mapping[str, float] = {"train": 0.75, "val": 0.1, "test": 0.15}


def split_by_group(
    samples: Sequence[Sample],
    *,
    seed: int,
    shares: Mapping[str, float] = SHARES,
    linked: Sequence[tuple[str, str]] = (),
) -> list[Sample]:
    """Give every sample a split; all samples of a group (a source photo) get the same.

    Samples that have a split already keep it. Each source is divided on its own, so that every
    split sees every source: its groups, in random order, go where the most pictures of their
    labels are still missing.

    Args:
        samples: with groups.
        seed: of the random order.
        shares: the part of each source's pictures that each split should get; sums to 1.
        linked: pairs of groups that must go the same way, because they show the same.

    Returns:
        The same samples in the same order, with splits.

    Raises:
        DataError: a group would be divided, or a split is left without one of the labels.
    """
    unit_of = _join_groups(samples, linked)
    given = _splits_given(samples)
    split_of_unit: dict[str, str] = {}
    for group, split in given.items():
        split_of_unit.setdefault(unit_of[group], split)
    units: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        units[unit_of[sample.group]].append(sample)
    sources: dict[str, dict[str, list[Sample]]] = defaultdict(dict)
    for unit, members in units.items():
        if unit not in split_of_unit:
            sources[unit.rpartition("/")[0]][unit] = members
    for source, open_units in sorted(sources.items()):
        # The source's name shifts the seed: adding a data set leaves the others' splits alone.
        rng = np.random.default_rng([seed, *source.encode(errors="surrogateescape")])
        split_of_unit.update(_divide(open_units, shares, rng))
    divided = [
        dataclasses.replace(s, split=given.get(s.group) or split_of_unit[unit_of[s.group]])
        for s in samples
    ]
    groups = count_of(len({sample.group for sample in samples}), "group")
    _require_labels(divided, f" in {groups} (of one photo, or alike) that must stay whole")
    return divided


def split_at_random(
    samples: Sequence[Sample],
    *,
    seed: int,
    shares: Mapping[str, float] = SHARES,
    batch_size: int = 1,
) -> list[Sample]:
    """Give every sample a split regardless of photos, as most published figures were made.

    Neighbours of the training pictures stand in the test split, so that the figures say little of
    other photos. Splits that samples have already are not kept.

    Args:
        samples: of any groups.
        seed: of the order.
        shares: the part of the pictures that each split should get; sums to 1.
        batch_size: so many pictures of the random order go to one split together.
    """
    batches = -(-len(samples) // batch_size)
    ends = np.rint(np.cumsum(list(shares.values())) * batches)
    order = np.random.default_rng(seed).permutation(len(samples))
    divided = list(samples)
    for place, number in enumerate(order):
        split = list(shares)[int(np.searchsorted(ends, place // batch_size, side="right"))]
        divided[number] = dataclasses.replace(samples[number], split=split)
    _require_labels(divided, f" in batches of {batch_size}" if batch_size > 1 else "")
    return divided


def require_divisible(samples: Sequence[Sample], where: str, *, by_group: bool) -> None:
    """Stop before any picture is read where the file names alone show that no split can be made.

    Args:
        samples: with the groups that their names give them.
        where: they are, for the error.
        by_group: whether the pictures of a photo must stay together.

    Raises:
        DataError: one of the labels is missing, or has too few pictures or photos for the splits.
    """
    counts = {label: sum(sample.label == label for sample in samples) for label in LABELS}
    if not all(counts.values()):
        raise DataError(
            f"{where}: all {len(samples):,} pictures are labelled {samples[0].label}; a training "
            f"needs pictures of both labels: {LAYOUT}"
        )
    if any(sample.split for sample in samples):
        return
    if min(counts.values()) < len(SPLITS):
        found = " and ".join(f"{count:,} {label}" for label, count in counts.items())
        raise DataError(
            f"{where}: too few pictures ({found}): train, val and test each need both labels, so "
            f"there must be at least {len(SPLITS)} of each, and some hundred for a useful model"
        )
    if by_group and all(sample.has_photo for sample in samples):
        for label in LABELS:
            _require_photos([sample for sample in samples if sample.label == label], where)


def _require_photos(samples: Sequence[Sample], where: str) -> None:
    photos = sorted({sample.group.rpartition("/")[2] for sample in samples})
    if len({sample.group for sample in samples}) >= len(SPLITS):
        return
    raise DataError(
        f"{where}: by their names (PHOTO-N.jpg), all {len(samples):,} {samples[0].label} pictures "
        f"come from {count_of(len(photos), 'photo')} ({', '.join(map(repr, photos))}), and the "
        f"pictures of a photo stay in one split; {len(SPLITS)} photos are needed. If the names "
        "mean something else, add --group-regex '^$' (the photos are not known) or an expression "
        "that finds the photo's name"
    )


def _join_groups(samples: Sequence[Sample], linked: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return for each group the first of those that it is linked to."""
    names = sorted({sample.group for sample in samples})
    place = {name: i for i, name in enumerate(names)}
    joined = merge_linked(len(names), [(place[a], place[b]) for a, b in linked])
    return {name: names[first] for name, first in zip(names, joined, strict=True)}


def _splits_given(samples: Sequence[Sample]) -> dict[str, str]:
    given: dict[str, str] = {}
    for sample in samples:
        if sample.split and given.setdefault(sample.group, sample.split) != sample.split:
            raise DataError(
                f"the manifest has pictures of the group {sample.group!r} in two splits, "
                f"{given[sample.group]} and {sample.split}; pictures of one photo must stay "
                "together"
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


def _require_labels(samples: Sequence[Sample], kept_together: str) -> None:
    for split in SPLITS:
        present = {sample.label for sample in samples if sample.split == split}
        absent = [label for label in LABELS if label not in present]
        if absent:
            raise DataError(
                f"the {split} split gets no picture labelled {' or '.join(absent)}: "
                f"{count_of(len(samples), 'picture')}{kept_together} cannot be divided so that "
                "train, val and test each have both labels; add pictures of more photos, or choose "
                "the splits in a manifest's split column"
            )
