"""Can the figures of a training on this data be believed: copies, look-alikes, groups, leaks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from edge.evaluation.dataset import SPLITS, Sample, read_dataset
from edge.files.progress import Progress
from edge.model.labels import CRACK, LABELS
from trainer.findings import list_findings
from trainer.grouping import is_by_look, link_copies
from trainer.likeness import NearPair, join_linked
from trainer.survey import Survey, find_near_duplicates, survey


@dataclass(frozen=True)
class Pair:
    """Two pictures of one spot; copies of one file correlate fully."""

    first: Sample
    second: Sample
    correlation: float = 1.0
    is_copy: bool = False


@dataclass(frozen=True)
class Audit:
    """What was found, and the pairs that are worth showing.

    Attributes:
        facts: for JSON.
        conflicts: pairs of one spot with different labels, copies first.
        leaks: pairs of one spot in different splits, copies first.
        near: all near-duplicates, the best correlated first.
    """

    facts: dict[str, Any]
    conflicts: list[Pair]
    leaks: list[Pair]
    near: list[Pair]


def audit(data: Sequence[Path], *, progress: Progress, group_regex: str | None = None) -> Audit:
    """Look at every picture of class folders or manifests, and at what they have in common.

    Args:
        data: class folders or manifest CSVs.
        progress: told how far it has come.
        group_regex: names the source photo of a picture, see ``read_dataset``.

    Raises:
        DataError: the data cannot be read, or none of its pictures.
    """
    listed = read_dataset(data, group_regex=group_regex)
    checked = survey(listed, progress, with_looks=False)
    return examine(checked, find_near_duplicates(checked, progress))


def examine(checked: Survey, near: Sequence[NearPair]) -> Audit:
    """Gather what the survey of the pictures and their near-duplicates say.

    Args:
        checked: the pictures.
        near: by place, see ``find_near_duplicates``.
    """
    samples = checked.samples
    contents = _Contents(checked)
    pairs = [Pair(samples[one.first], samples[one.second], one.correlation) for one in near]
    conflicts = contents.find_pairs(near, lambda sample: sample.label)
    near_conflicts = sum(not pair.is_copy for pair in conflicts)
    spots = _find_spots(checked, near)
    facts: dict[str, Any] = {
        "pictures": len(samples),
        "classes": _count_labels(samples),
        "sources": _count_sources(samples),
        "sizes": [
            {"width": width, "height": height, "pictures": count}
            for (width, height), count in Counter(checked.sizes_wh).most_common()
        ],
        "unreadable": checked.unreadable,
        "groups": _count_groups(samples),
        "exact_duplicates": {
            "groups": len(contents.copies),
            "surplus": sum(len(copies) - 1 for copies in contents.copies),
            "conflicting": len(conflicts) - near_conflicts,
        },
        "near_duplicates": {
            "pairs": len(pairs),
            "conflicting": near_conflicts,
            **_count_clusters(near),
        },
    }
    leaks: list[Pair] = []
    if any(sample.split for sample in samples):
        leaks = contents.find_pairs(near, lambda sample: sample.split)
        facts["leaks"] = _count_leaks(contents, spots, leaks)
    facts["findings"] = list_findings(facts)
    facts["exact_duplicate_files"] = [
        [_tell(sample) for sample in copies] for copies in contents.copies
    ]
    facts["near_duplicate_pairs"] = [_tell_pair(pair) for pair in pairs]
    facts["conflicting_near_pairs"] = [_tell_pair(pair) for pair in conflicts if not pair.is_copy]
    return Audit(facts, conflicts, leaks, pairs)


class _Contents:
    """The samples by the content of their files."""

    def __init__(self, checked: Survey) -> None:
        self.samples = checked.samples
        self._members: dict[str, list[Sample]] = defaultdict(list)
        self._digests = checked.digests
        for digest, sample in zip(checked.digests, checked.samples, strict=True):
            self._members[digest].append(sample)
        self.copies = [copies for copies in self._members.values() if len(copies) > 1]

    def find_pairs(self, near: Iterable[NearPair], key: Callable[[Sample], str]) -> list[Pair]:
        """Return a pair for each content, and each two near ones, whose keys differ.

        Samples whose key is empty count as having none. A near picture stands for its copies too.
        """
        found = [
            Pair(*unlike, is_copy=True)
            for copies in self.copies
            if (unlike := _find_unlike(copies, copies, key))
        ]
        for one in near:
            firsts, seconds = (
                self._members[self._digests[place]] for place in (one.first, one.second)
            )
            if unlike := _find_unlike(firsts, seconds, key):
                found.append(Pair(*unlike, one.correlation))
        return found


def _find_unlike(
    firsts: Iterable[Sample], seconds: Iterable[Sample], key: Callable[[Sample], str]
) -> tuple[Sample, Sample] | None:
    """Return a sample of each side, of different keys; the first ones that there are."""
    one_of, other_of = (
        {key(sample): sample for sample in reversed(list(side)) if key(sample)}
        for side in (firsts, seconds)
    )
    unlike = ((one_of[a], other_of[b]) for a in one_of for b in other_of if a != b)
    return next(unlike, None)


def _find_spots(checked: Survey, near: Iterable[NearPair]) -> list[int]:
    """Return for each sample the number of the spot that it shows."""
    links = link_copies(checked) + [(pair.first, pair.second) for pair in near]
    return join_linked(len(checked.samples), links)


def _count_labels(samples: Iterable[Sample]) -> dict[str, int]:
    counts = Counter(sample.label for sample in samples)
    return {label: counts[label] for label in LABELS}


def _count_sources(samples: Iterable[Sample]) -> dict[str, dict[str, Any]]:
    of_source: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        of_source[sample.source].append(sample)
    told: dict[str, dict[str, Any]] = {}
    for source, members in sorted(of_source.items()):
        counts = _count_labels(members)
        photos = {sample.group for sample in members if _knows_photo(sample)}
        told[source] = {
            **counts,
            "crack_share": round(counts[CRACK] / len(members), 4),
            "photos": len(photos),
            "without_photo": sum(not _knows_photo(sample) for sample in members),
        }
    return told


def _knows_photo(sample: Sample) -> bool:
    """Tell whether the group is a photo, and not one that was made up by look."""
    return sample.has_photo and not is_by_look(sample.group)


def _count_groups(samples: Sequence[Sample]) -> dict[str, Any]:
    sizes = Counter(sample.group for sample in samples if sample.has_photo)
    return {
        "count": len(sizes),
        "by_look": sum(map(is_by_look, sizes)),
        "largest": max(sizes.values(), default=0),
        "median": median(sizes.values()) if sizes else 0,
        "without_photo": sum(not _knows_photo(sample) for sample in samples),
    }


def _count_clusters(near: Sequence[NearPair]) -> dict[str, int]:
    """Count what the pairs join; few pairs may stand for a large cluster of pictures."""
    places = sorted({place for pair in near for place in (pair.first, pair.second)})
    index = {place: number for number, place in enumerate(places)}
    links = [(index[pair.first], index[pair.second]) for pair in near]
    sizes = Counter(join_linked(len(places), links))
    return {
        "pictures": len(places),
        "clusters": len(sizes),
        "largest_cluster": max(sizes.values(), default=0),
    }


def _count_leaks(
    contents: _Contents, spots: Sequence[int], leaks: Sequence[Pair]
) -> dict[str, Any]:
    samples = contents.samples
    splits_of: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        if sample.has_photo and sample.split:
            splits_of[sample.group][sample.split] += 1
    divided = {group: dict(counts) for group, counts in splits_of.items() if len(counts) > 1}
    copies = [group for group in contents.copies if len({s.split for s in group if s.split}) > 1]
    near = [pair for pair in leaks if not pair.is_copy]
    return {
        "groups": len(divided),
        "copies": len(copies),
        "near_pairs": len(near),
        "known_from_train": _count_known(samples, spots),
        "divided_groups": [
            {"group": group, "splits": counts} for group, counts in sorted(divided.items())
        ],
        "divided_copies": [[_tell(sample) for sample in group] for group in copies],
        "divided_near_pairs": [_tell_pair(pair) for pair in near],
    }


def _count_known(samples: Sequence[Sample], spots: Sequence[int]) -> dict[str, dict[str, int]]:
    """Count the pictures of val and test whose spot or photo is in train too."""
    train = SPLITS[0]
    train_spots = {spot for spot, s in zip(spots, samples, strict=True) if s.split == train}
    train_groups = {s.group for s in samples if s.split == train and s.has_photo}
    told = {}
    for split in SPLITS[1:]:
        places = [place for place, sample in enumerate(samples) if sample.split == split]
        same_spot = [spots[place] in train_spots for place in places]
        same_group = [samples[place].group in train_groups for place in places]
        told[split] = {
            "pictures": len(places),
            "same_spot": sum(same_spot),
            "same_group": sum(same_group),
        }
    return told


def _tell(sample: Sample) -> dict[str, str]:
    told = {"path": str(sample.path), "label": sample.label}
    return told | ({"split": sample.split} if sample.split else {})


def _tell_pair(pair: Pair) -> dict[str, Any]:
    return {
        "correlation": pair.correlation,
        "first": _tell(pair.first),
        "second": _tell(pair.second),
    }
