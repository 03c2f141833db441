"""What an audit counts; the names of the attributes are the keys of ``audit.json``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from edge.evaluation.dataset import Sample
from edge.model.labels import CRACK, LABELS, NO_CRACK
from trainer.dataset.disjoint_sets import merge_linked
from trainer.dataset.groups import is_appearance_cluster
from trainer.dataset.near_duplicates import NearDuplicate


@dataclass(frozen=True)
class SourceCounts:
    """The pictures of a source.

    Attributes:
        no_crack: pictures with this label.
        crack: pictures with this label.
        crack_share: of the cracks, 0 to 1.
        photos: that its pictures are known to be from.
        without_photo: pictures of which the photo is not known.
    """

    no_crack: int
    crack: int
    crack_share: float
    photos: int
    without_photo: int

    def count_label(self, label: str) -> int:
        """Return the number of pictures with a label."""
        return self.crack if label == CRACK else self.no_crack


@dataclass(frozen=True)
class SizeCount:
    """How many pictures have a size in px."""

    width: int
    height: int
    pictures: int


@dataclass(frozen=True)
class GroupCounts:
    """Groups that must stay together, and how many pictures they have.

    Attributes:
        count: groups.
        by_look: those that are clusters of like pictures and no photos.
        largest: pictures in the largest.
        median: pictures in the median one.
        without_photo: pictures of which the photo is not known.
    """

    count: int
    by_look: int
    largest: int
    median: float
    without_photo: int


@dataclass(frozen=True)
class ExactDuplicates:
    """Files with the same content.

    Attributes:
        groups: contents that are stored more than once.
        surplus: files beyond the first of each.
        conflicting: contents stored under both labels.
    """

    groups: int
    surplus: int
    conflicting: int


@dataclass(frozen=True)
class NearDuplicates:
    """Pictures of one spot that are not the same file.

    Attributes:
        pairs: of such pictures.
        conflicting: pairs with different labels.
        pictures: in any pair; few pairs may stand for a large cluster of pictures.
        clusters: spots shown by several pictures.
        largest_cluster: most pictures of one spot.
    """

    pairs: int
    conflicting: int
    pictures: int
    clusters: int
    largest_cluster: int


@dataclass(frozen=True)
class TrainOverlap:
    """The pictures of a split, and those of them that train knows already.

    Attributes:
        pictures: in the split.
        same_spot: that show a spot that train has too.
        same_group: of a group that train has too.
    """

    pictures: int
    same_spot: int
    same_group: int


@dataclass(frozen=True)
class DividedGroup:
    """A group that stands in several splits, with its pictures in each."""

    group: str
    splits: Mapping[str, int]


def count_labels(samples: Iterable[Sample]) -> dict[str, int]:
    """Count the pictures of each label."""
    counts = Counter(sample.label for sample in samples)
    return {label: counts[label] for label in LABELS}


def count_sources(samples: Iterable[Sample]) -> dict[str, SourceCounts]:
    """Count the pictures of each source."""
    of_source: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        of_source[sample.source].append(sample)
    found = {}
    for source, members in sorted(of_source.items()):
        labels = count_labels(members)
        found[source] = SourceCounts(
            no_crack=labels[NO_CRACK],
            crack=labels[CRACK],
            crack_share=round(labels[CRACK] / len(members), 4),
            photos=len({sample.group for sample in members if _has_known_photo(sample)}),
            without_photo=sum(not _has_known_photo(sample) for sample in members),
        )
    return found


def _has_known_photo(sample: Sample) -> bool:
    return sample.has_photo and not is_appearance_cluster(sample.group)


def count_sizes(sizes_wh: Iterable[tuple[int, int]]) -> list[SizeCount]:
    """Count the pictures of each size, the commonest first."""
    return [SizeCount(*size_wh, count) for size_wh, count in Counter(sizes_wh).most_common()]


def count_groups(samples: Sequence[Sample]) -> GroupCounts:
    """Count groups and what they hold."""
    sizes = Counter(sample.group for sample in samples if sample.has_photo)
    return GroupCounts(
        count=len(sizes),
        by_look=sum(map(is_appearance_cluster, sizes)),
        largest=max(sizes.values(), default=0),
        median=median(sizes.values()) if sizes else 0,
        without_photo=sum(not _has_known_photo(sample) for sample in samples),
    )


def count_near_duplicates(near: Sequence[NearDuplicate], *, conflicting: int) -> NearDuplicates:
    """Count pairs and the clusters that they make."""
    places = sorted({place for pair in near for place in (pair.first, pair.second)})
    index = {place: number for number, place in enumerate(places)}
    links = [(index[pair.first], index[pair.second]) for pair in near]
    sizes = Counter(merge_linked(len(places), links))
    return NearDuplicates(
        pairs=len(near),
        conflicting=conflicting,
        pictures=len(places),
        clusters=len(sizes),
        largest_cluster=max(sizes.values(), default=0),
    )
