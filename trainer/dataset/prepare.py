"""From labelled pictures to samples with splits, and in words what the splits mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edge.evaluation.dataset import Sample, read_dataset
from edge.files.formatting import count_of
from edge.files.progress import Progress
from trainer.dataset.groups import assign_groups, is_appearance_cluster
from trainer.dataset.split import (
    BATCHES,
    GROUP,
    SHARES,
    require_divisible,
    split_at_random,
    split_by_group,
)
from trainer.dataset.survey import survey_pictures


@dataclass(frozen=True)
class SplitPlan:
    """How a data set is divided.

    Attributes:
        by: ``group``, ``random`` or ``batches``.
        shares: of the pictures for each split.
        batch_size: pictures that go to one split together, by batches.
        seed: of the clusters and of the random order.
    """

    by: str = GROUP
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    batch_size: int = 1
    seed: int = 0


@dataclass(frozen=True)
class DatasetFacts:
    """What a manifest does not say of a data set.

    Attributes:
        unreadable: one line for each picture that was left out.
        median_side_px: of the shorter sides of the pictures.
    """

    unreadable: list[str]
    median_side_px: int


@dataclass(frozen=True)
class PreparedDataset:
    """The samples that can be read, each with its split."""

    samples: list[Sample]
    facts: DatasetFacts


def prepare_dataset(
    data: Sequence[Path],
    plan: SplitPlan,
    progress: Progress,
    *,
    group_regex: str | None = None,
) -> PreparedDataset:
    """Read labelled pictures and give each a group and a split.

    Raises:
        DataError: the data cannot be used or divided.
    """
    listed = read_dataset(data, group_regex=group_regex)
    require_divisible(listed, ", ".join(map(str, data)), by_group=plan.by == GROUP)
    survey = survey_pictures(listed, progress)
    near = survey.find_near_duplicates(progress)
    samples, linked = assign_groups(survey, near, seed=plan.seed)
    if plan.by == GROUP:
        samples = split_by_group(samples, seed=plan.seed, shares=plan.shares, linked=linked)
    else:
        size = plan.batch_size if plan.by == BATCHES else 1
        samples = split_at_random(samples, seed=plan.seed, shares=plan.shares, batch_size=size)
    return PreparedDataset(samples, DatasetFacts(survey.unreadable, survey.median_side_px))


def describe_split(samples: Sequence[Sample], split_by: str) -> str:
    """Say in words how the test split was made, and what its figures can be taken for."""
    if split_by != GROUP:
        unit = "batches of pictures" if split_by == BATCHES else "single pictures"
        return (
            f"Split at random, by {unit}: pictures of one photo are in train and in test. These "
            "figures compare with published ones that were made the same way; on photos that the "
            "model has not seen, expect worse."
        )
    in_all = Counter(sample.source for sample in samples)
    unknown = Counter(sample.source for sample in samples if is_appearance_cluster(sample.group))
    by_appearance = {source for source in in_all if 2 * unknown[source] > in_all[source]}
    by_photo = set(in_all) - by_appearance
    strays = sum(unknown[source] for source in by_photo)
    parts = []
    if by_photo:
        parts.append(
            f"Split by photo ({', '.join(sorted(by_photo))}): all pictures of a photo are in one "
            "split, so these figures are for photos that the model has not seen"
            + (
                f"; for {count_of(strays, 'picture')} the photo is not known, and those that look "
                "alike stay together."
                if strays
                else "."
            )
        )
    if by_appearance:
        parts.append(
            f"Split by appearance ({', '.join(sorted(by_appearance))}): the photos are not known, "
            "so pictures of similar colour and texture stay in one split. That keeps most pictures "
            "of a photo together, but not all: on new photos, expect somewhat worse figures."
        )
    parts.append("Copies and near-duplicates are always in the same split.")
    return " ".join(parts)
