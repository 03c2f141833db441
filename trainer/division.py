"""From labelled pictures to samples with splits, and in words what the division means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.evaluation.dataset import Sample, read_dataset
from edge.files.progress import Progress
from trainer.grouping import group_by_look, is_by_look
from trainer.recipes import RECIPES, TrainSettings
from trainer.split import BATCHES, GROUP, split_at_random, split_by_group
from trainer.survey import find_near_duplicates, survey


@dataclass(frozen=True)
class Division:
    """Samples with splits.

    Attributes:
        samples: those that can be read.
        unreadable: one line for each of the others.
        median_side_px: of the shorter sides of the pictures.
    """

    samples: list[Sample]
    unreadable: list[str]
    median_side_px: int


def divide(
    data: Sequence[Path],
    settings: TrainSettings,
    progress: Progress,
    *,
    group_regex: str | None = None,
) -> Division:
    """Read labelled pictures and give each a split, as the settings say.

    Raises:
        DataError: the data cannot be used or divided.
    """
    seen = survey(read_dataset(data, group_regex=group_regex), progress)
    shares = RECIPES[settings.recipe].shares
    near = find_near_duplicates(seen, progress)
    samples, linked = group_by_look(seen, near, seed=settings.seed)
    if settings.split == GROUP:
        samples = split_by_group(samples, seed=settings.seed, shares=shares, linked=linked)
    else:
        size = settings.batch_size if settings.split == BATCHES else 1
        samples = split_at_random(samples, seed=settings.seed, shares=shares, batch_size=size)
    return Division(samples, seen.unreadable, seen.median_side_px)


def describe_split(samples: Sequence[Sample], settings: TrainSettings) -> str:
    """Say in words how the test split was made, and what its figures can be taken for."""
    if settings.split != GROUP:
        unit = "batches of pictures" if settings.split == BATCHES else "single pictures"
        return (
            f"At random, by {unit}: pictures of one photo stand in train and in test. These "
            "figures can be compared with published ones that were made so; they say little of "
            "photos that the model has not seen."
        )
    in_all = Counter(sample.source for sample in samples)
    unknown = Counter(sample.source for sample in samples if is_by_look(sample.group))
    by_look = {source for source in in_all if 2 * unknown[source] > in_all[source]}
    by_photo = set(in_all) - by_look
    strays = sum(unknown[source] for source in by_photo)
    parts = []
    if by_photo:
        parts.append(
            f"By photo ({', '.join(sorted(by_photo))}): all pictures of a photo stand in one "
            "split, so the figures hold for photos that the model has not seen"
            + (f"; of {strays} of these pictures the photo is not known." if strays else ".")
        )
    if by_look:
        parts.append(
            f"By look ({', '.join(sorted(by_look))}): the photos are not known, so pictures were "
            "clustered by colour and texture, and clusters are never divided. That keeps most "
            "neighbours together, not all: read these figures as an upper bound."
        )
    parts.append("Copies and near-duplicates never stand on both sides.")
    return " ".join(parts)
