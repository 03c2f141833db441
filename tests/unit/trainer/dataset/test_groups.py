"""Pictures of unknown photo get groups by appearance; what shows one spot stays together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge.evaluation.dataset import Sample
from trainer.dataset.appearance_clusters import FEATURE_COUNT
from trainer.dataset.groups import assign_groups, link_copies
from trainer.dataset.near_duplicates import NearDuplicate
from trainer.dataset.survey import DatasetSurvey


def _survey(groups: list[str], digests: list[str] | None = None) -> DatasetSurvey:
    """Return a survey of pictures whose appearances are random."""
    count = len(groups)
    samples = [Sample(Path(f"{place}.jpg"), "crack", group) for place, group in enumerate(groups)]
    return DatasetSurvey(
        samples,
        [],
        [(64, 64)] * count,
        digests or [str(place) for place in range(count)],
        np.zeros((count, 64, 64), np.uint8),
        np.random.default_rng(0).random((count, FEATURE_COUNT), np.float32),
    )


def test_known_photos_stay_the_groups() -> None:
    checked = _survey(["site/1", "site/1", "site/2"])
    assert assign_groups(checked, [], seed=0) == (checked.samples, [])


def test_every_picture_of_unknown_photo_gets_a_group_of_its_source() -> None:
    checked = _survey(["a/"] * 50 + ["b/"] * 50 + ["a/7"])
    grouped, links = assign_groups(checked, [], seed=0)
    assert [s.path for s in grouped] == [s.path for s in checked.samples]
    assert [s.source for s in grouped] == [s.source for s in checked.samples]
    assert all(s.has_photo for s in grouped)
    assert grouped[-1].group == "a/7"
    assert len({s.group for s in grouped if s.source == "b"}) > 1
    assert not links
    assert assign_groups(checked, [], seed=0)[0] == grouped


def test_copies_and_near_duplicates_of_one_source_share_a_group() -> None:
    digests = [str(place) for place in range(60)]
    digests[40] = digests[3]
    checked = _survey(["a/"] * 60, digests)
    near = [NearDuplicate(10, 59, 0.9), NearDuplicate(40, 50, 0.8)]
    grouped, links = assign_groups(checked, near, seed=0)
    assert grouped[3].group == grouped[40].group == grouped[50].group
    assert grouped[10].group == grouped[59].group
    assert not links


def test_groups_that_share_a_spot_are_linked_across_photos_and_sources() -> None:
    checked = _survey(["a/1", "a/2", "b/", "a/2"], ["x", "y", "x", "z"])
    grouped, links = assign_groups(
        checked, [NearDuplicate(0, 1, 0.9), NearDuplicate(0, 3, 0.5)], seed=0
    )
    assert links == [("a/1", "a/2"), ("a/1", grouped[2].group)]


def test_each_copy_is_linked_with_the_first() -> None:
    assert link_copies(_survey(["a/"] * 5, ["x", "y", "x", "x", "y"])) == [(0, 2), (0, 3), (1, 4)]
