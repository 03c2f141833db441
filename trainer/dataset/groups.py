"""Groups of pictures that must stay in one split: by source photo, or by appearance if unknown."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence

from edge.evaluation.dataset import Sample
from trainer.dataset.appearance_clusters import cluster_appearances
from trainer.dataset.disjoint_sets import merge_linked
from trainer.dataset.near_duplicates import NearDuplicate
from trainer.dataset.survey import DatasetSurvey

# Few large clusters keep more of a photo together than many small ones, but leave less choice.
_CLUSTER_SIZE = 100
_MIN_CLUSTERS = 20
CLUSTER_PREFIX = "look-"


def is_appearance_cluster(group: str) -> bool:
    """Tell whether a group is a cluster of like pictures, and not a photo that someone named."""
    return group.rpartition("/")[2].startswith(CLUSTER_PREFIX)


def link_copies(survey: DatasetSurvey) -> list[tuple[int, int]]:
    """Return pairs of places of files with the same content: each copy with the first."""
    return [(copies[0], place) for copies in survey.find_copies() for place in copies[1:]]


def assign_groups(
    survey: DatasetSurvey, near: Iterable[NearDuplicate], *, seed: int
) -> tuple[list[Sample], list[tuple[str, str]]]:
    """Give every picture a group.

    Where the photo is known, it is the group. The other pictures of each source are clustered by
    appearance; near-duplicates of a picture go where it goes.

    Args:
        survey: of the pictures.
        near: the near-duplicates among them, by place.
        seed: of the clustering.

    Returns:
        The samples with groups, in the same order, and the pairs of different groups that share
        a spot: they must not be divided either.
    """
    links = link_copies(survey) + [(pair.first, pair.second) for pair in near]
    without_photo: dict[str, list[int]] = defaultdict(list)
    for place, sample in enumerate(survey.samples):
        if not sample.has_photo:
            without_photo[sample.source].append(place)
    grouped = list(survey.samples)
    for source, places in without_photo.items():
        numbers = _assign_clusters(survey, places, links, seed=seed)
        for place, number in zip(places, numbers, strict=True):
            group = f"{source}/{CLUSTER_PREFIX}{number:03d}"
            grouped[place] = dataclasses.replace(grouped[place], group=group)
    pairs = {
        (grouped[first].group, grouped[second].group)
        for first, second in links
        if grouped[first].group != grouped[second].group
    }
    return grouped, sorted(pairs)


def _assign_clusters(
    survey: DatasetSurvey, places: Sequence[int], links: Iterable[tuple[int, int]], *, seed: int
) -> list[int]:
    index = {place: i for i, place in enumerate(places)}
    inside = [(index[a], index[b]) for a, b in links if a in index and b in index]
    first_of = merge_linked(len(places), inside)
    count = min(len(places), max(_MIN_CLUSTERS, len(places) // _CLUSTER_SIZE))
    numbers = cluster_appearances(survey.appearances[list(places)], count, seed=seed)
    return [int(numbers[first]) for first in first_of]
