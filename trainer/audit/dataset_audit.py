"""Whether the figures of a training on a data set can be believed: copies, groups, leaks."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from edge.evaluation.dataset import read_dataset
from edge.files.progress import Progress
from trainer.audit.audit_warnings import list_warnings
from trainer.audit.counts import (
    ExactDuplicates,
    count_groups,
    count_labels,
    count_near_duplicates,
    count_sizes,
    count_sources,
)
from trainer.audit.leaks import find_leaks
from trainer.audit.result import DatasetAudit
from trainer.audit.sample_pairs import PairFinder, SamplePair
from trainer.dataset.disjoint_sets import merge_linked
from trainer.dataset.groups import link_copies
from trainer.dataset.near_duplicates import NearDuplicate
from trainer.dataset.survey import DatasetSurvey, survey_pictures


def audit_dataset(
    data: Sequence[Path], *, progress: Progress, group_regex: str | None = None
) -> DatasetAudit:
    """Look at every picture of class folders or manifests, and at what they have in common.

    Args:
        data: class folders or manifest CSVs.
        progress: takes how far it has come.
        group_regex: names the source photo of a picture, see ``read_dataset``.

    Raises:
        DataError: the data cannot be read, or none of its pictures.
    """
    listed = read_dataset(data, group_regex=group_regex)
    survey = survey_pictures(listed, progress, with_appearance=False)
    return audit_survey(survey, survey.find_near_duplicates(progress))


def audit_survey(survey: DatasetSurvey, near: Sequence[NearDuplicate]) -> DatasetAudit:
    """Audit pictures that have been read.

    Args:
        survey: of the pictures.
        near: the near-duplicates among them, by place.
    """
    samples = survey.samples
    finder = PairFinder(survey, near)
    conflicts = finder.find_unlike(lambda sample: sample.label)
    near_conflicts = sum(not pair.is_copy for pair in conflicts)
    leaks, leak_pairs = None, []
    if any(sample.split for sample in samples):
        leak_pairs = finder.find_unlike(lambda sample: sample.split)
        links = link_copies(survey) + [(pair.first, pair.second) for pair in near]
        leaks = find_leaks(samples, merge_linked(len(samples), links), finder.copies, leak_pairs)
    found = DatasetAudit(
        pictures=len(samples),
        classes=count_labels(samples),
        sources=count_sources(samples),
        sizes=count_sizes(survey.sizes_wh),
        unreadable=survey.unreadable,
        groups=count_groups(samples),
        exact_duplicates=ExactDuplicates(
            groups=len(finder.copies),
            surplus=sum(len(same) - 1 for same in finder.copies),
            conflicting=len(conflicts) - near_conflicts,
        ),
        near_duplicates=count_near_duplicates(near, conflicting=near_conflicts),
        copies=finder.copies,
        near=[
            SamplePair(samples[pair.first], samples[pair.second], pair.correlation) for pair in near
        ],
        conflicts=conflicts,
        leak_pairs=leak_pairs,
        leaks=leaks,
    )
    return dataclasses.replace(found, warnings=list_warnings(found))
