"""Pairs of pictures that show one spot but do not agree, by label or by split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from edge.evaluation.dataset import Sample
from trainer.dataset.near_duplicates import NearDuplicate
from trainer.dataset.survey import DatasetSurvey


@dataclass(frozen=True)
class SamplePair:
    """Two pictures of one spot; copies of one file correlate fully."""

    first: Sample
    second: Sample
    correlation: float = 1.0
    is_copy: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what ``audit.json`` says of it."""
        return {
            "correlation": self.correlation,
            "first": describe_sample(self.first),
            "second": describe_sample(self.second),
        }


def describe_sample(sample: Sample) -> dict[str, str]:
    """Return what ``audit.json`` says of a picture."""
    facts = {"path": str(sample.path), "label": sample.label}
    return facts | ({"split": sample.split} if sample.split else {})


class PairFinder:
    """Finds pairs among the samples of a survey.

    Attributes:
        copies: the samples of each content that is stored more than once.
    """

    def __init__(self, survey: DatasetSurvey, near: Iterable[NearDuplicate]) -> None:
        members: dict[str, list[Sample]] = defaultdict(list)
        for digest, sample in zip(survey.digests, survey.samples, strict=True):
            members[digest].append(sample)
        self.copies = [copies for copies in members.values() if len(copies) > 1]
        # A near picture stands for its copies too.
        self._near = [
            (members[survey.digests[one.first]], members[survey.digests[one.second]], one)
            for one in near
        ]

    def find_unlike(self, key: Callable[[Sample], str]) -> list[SamplePair]:
        """Return a pair for each content, and each two near ones, whose keys differ.

        Copies come first. Samples whose key is empty count as having none.
        """
        found = [
            SamplePair(*unlike, is_copy=True)
            for copies in self.copies
            if (unlike := _choose_unlike(copies, copies, key))
        ]
        for firsts, seconds, one in self._near:
            if unlike := _choose_unlike(firsts, seconds, key):
                found.append(SamplePair(*unlike, one.correlation))
        return found


def _choose_unlike(
    firsts: Iterable[Sample], seconds: Iterable[Sample], key: Callable[[Sample], str]
) -> tuple[Sample, Sample] | None:
    """Return a sample of each side, of different keys; the first ones that there are."""
    one_of, other_of = (
        {key(sample): sample for sample in reversed(list(side)) if key(sample)}
        for side in (firsts, seconds)
    )
    unlike = ((one_of[a], other_of[b]) for a in one_of for b in other_of if a != b)
    return next(unlike, None)
