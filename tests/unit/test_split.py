"""Samples are divided, groups never."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.dataset import LABELS, SPLITS, Sample
from edge.errors import DataError
from trainer.split import split_by_group


def _samples(counts: list[tuple[int, int]], source: str = "site", split: str = "") -> list[Sample]:
    """Return samples of groups, each with so many pictures without and with a crack."""
    return [
        Sample(Path(f"{source}-{group}-{label}-{number}.jpg"), label, f"{source}/{group}", split)
        for group, per_label in enumerate(counts)
        for label, count in zip(LABELS, per_label, strict=True)
        for number in range(count)
    ]


_PAIR = st.tuples(st.integers(1, 9), st.integers(1, 9))
_MIXED = st.lists(_PAIR, min_size=3, max_size=25)
_SEED = st.integers(0, 2**32)


@given(_MIXED, _MIXED, _SEED)
def test_no_group_is_divided_and_no_picture_lost(
    first: list[tuple[int, int]], second: list[tuple[int, int]], seed: int
) -> None:
    samples = _samples(first) + _samples(second, "other")
    divided = split_by_group(samples, seed=seed)
    assert [s.path for s in divided] == [s.path for s in samples]
    assert [(s.label, s.group) for s in divided] == [(s.label, s.group) for s in samples]
    splits = defaultdict(set)
    for sample in divided:
        splits[sample.group].add(sample.split)
    assert all(len(of_group) == 1 for of_group in splits.values())


@given(_MIXED, _SEED)
def test_three_groups_are_enough_for_both_labels_in_every_split(
    counts: list[tuple[int, int]], seed: int
) -> None:
    divided = split_by_group(_samples(counts), seed=seed)
    assert {(s.split, s.label) for s in divided} == {(s, name) for s in SPLITS for name in LABELS}


@given(st.integers(3, 40), st.integers(3, 40), _SEED)
def test_single_pictures_are_divided_too(clear: int, cracked: int, seed: int) -> None:
    divided = split_by_group(_samples([(1, 0)] * clear + [(0, 1)] * cracked), seed=seed)
    assert {(s.split, s.label) for s in divided} == {(s, name) for s in SPLITS for name in LABELS}


def test_the_shares_are_kept_within_a_few_pictures() -> None:
    divided = split_by_group(_samples([(1, 1)] * 200) + _samples([(2, 1)] * 100, "b"), seed=3)
    for source, total in (("site", 400), ("b", 300)):
        counts = {
            split: sum(s.split == split and s.source == source for s in divided) / total
            for split in SPLITS
        }
        assert counts == pytest.approx({"train": 0.75, "val": 0.1, "test": 0.15}, abs=0.02)


def test_the_seed_decides() -> None:
    samples = _samples([(1, 1)] * 30)
    assert split_by_group(samples, seed=1) == split_by_group(samples, seed=1)
    assert split_by_group(samples, seed=1) != split_by_group(samples, seed=2)


def test_the_order_of_the_samples_does_not_matter() -> None:
    samples = _samples([(1, 2)] * 12)
    forward, backward = split_by_group(samples, seed=4), split_by_group(samples[::-1], seed=4)
    assert forward == backward[::-1]


def test_another_source_leaves_the_splits_of_the_first_alone() -> None:
    samples, more = _samples([(1, 2)] * 12), _samples([(2, 2)] * 9, "more")
    together = split_by_group(more + samples, seed=4)
    assert [s for s in together if s.source == "site"] == split_by_group(samples, seed=4)


def test_splits_given_are_kept() -> None:
    given = [s for split in SPLITS for s in _samples([(1, 1)] * 3, f"given-{split}", split)]
    divided = split_by_group(given + _samples([(1, 1)] * 5), seed=0)
    assert divided[: len(given)] == given
    assert all(sample.split for sample in divided)


def test_a_group_takes_the_split_that_one_of_its_pictures_has() -> None:
    known = _samples([(1, 0)], "site", "val")
    divided = split_by_group(known + _samples([(0, 2)] + [(1, 1)] * 6), seed=0)
    assert {s.split for s in divided if s.group == "site/0"} == {"val"}


def test_a_group_in_two_splits_is_refused() -> None:
    samples = [Sample(Path(n), "crack", "site/7", split) for n, split in zip("ab", SPLITS)]  # noqa: B905
    with pytest.raises(DataError, match=r"'site/7'.*'train'.*'val'"):
        split_by_group(samples, seed=0)


@pytest.mark.parametrize(
    ("counts", "complaint"),
    [
        ([(5, 5)], "'val' has no picture labelled no_crack or crack"),
        ([(5, 5)] * 2, "'test' has no picture labelled no_crack or crack"),
        ([(5, 0)] * 9, "'train' has no picture labelled crack"),
        ([(0, 1)] * 9 + [(1, 0)], "labelled no_crack"),
    ],
)
def test_too_few_groups_are_refused(counts: list[tuple[int, int]], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        split_by_group(_samples(counts), seed=0)
