"""Samples are divided, groups never."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.evaluation.dataset import SPLITS, Sample
from edge.files.errors import DataError
from edge.model.labels import LABELS
from trainer.dataset.split import SHARES, split_at_random, split_by_group


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
    with pytest.raises(DataError, match=r"'site/7'.* train and val"):
        split_by_group(samples, seed=0)


@pytest.mark.parametrize(
    ("counts", "complaint"),
    [
        ([(5, 5)], "the val split gets no picture labelled no_crack or crack"),
        ([(5, 5)] * 2, "the test split gets no picture labelled no_crack or crack"),
        ([(5, 0)] * 9, "the train split gets no picture labelled crack"),
        ([(0, 1)] * 9 + [(1, 0)], "labelled no_crack"),
    ],
)
def test_too_few_groups_are_refused(counts: list[tuple[int, int]], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        split_by_group(_samples(counts), seed=0)


@given(_MIXED, st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=12), _SEED)
def test_linked_groups_are_not_divided(
    counts: list[tuple[int, int]], links: list[tuple[int, int]], seed: int
) -> None:
    # Links run inside the first source and over to the second; the third keeps every split filled.
    first, second = _samples(counts), _samples(counts, "other")
    linked = [
        (f"site/{a % len(counts)}", f"{name}/{b % len(counts)}")
        for (a, b), name in zip(links, ["site", "other"] * len(links), strict=False)
    ]
    samples = first + second + _samples([(1, 1)] * 3, "rest")
    divided = split_by_group(samples, seed=seed, linked=linked)
    assert [s.path for s in divided] == [s.path for s in samples]
    split_of = {sample.group: sample.split for sample in divided}
    assert all(split_of[a] == split_of[b] for a, b in linked)
    assert all(split_of[sample.group] == sample.split for sample in divided)


def test_a_link_reaches_a_split_that_was_given() -> None:
    known = _samples([(1, 1)], "known", "test")
    divided = split_by_group(
        known + _samples([(1, 1)] * 9),
        seed=0,
        linked=[("site/4", "site/7"), ("site/7", "known/0")],
    )
    assert {s.split for s in divided if s.group in ("site/4", "site/7")} == {"test"}


@given(st.integers(150, 300), _SEED)
def test_a_random_split_keeps_the_shares_and_loses_nothing(groups: int, seed: int) -> None:
    samples = _samples([(1, 1)] * groups)
    divided = split_at_random(samples, seed=seed)
    assert [(s.path, s.label, s.group) for s in divided] == [
        (s.path, s.label, s.group) for s in samples
    ]
    for split, share in SHARES.items():
        assert abs(sum(s.split == split for s in divided) - share * len(samples)) <= 1


def test_a_random_split_divides_groups_and_follows_its_seed() -> None:
    samples = _samples([(10, 10)] * 5)
    divided = split_at_random(samples, seed=1)
    assert all(len({s.split for s in divided if s.group == f"site/{i}"}) > 1 for i in range(5))
    assert divided == split_at_random(samples, seed=1) != split_at_random(samples, seed=2)


def test_a_random_split_makes_splits_anew() -> None:
    samples = _samples([(1, 1)] * 100, split="train")
    assert {s.split for s in split_at_random(samples, seed=0)} == set(SPLITS)


@given(st.integers(2, 12), _SEED)
def test_batches_of_a_random_split_stay_whole(batch_size: int, seed: int) -> None:
    samples = _samples([(1, 1)] * 100 * batch_size)  # 200 batches
    divided = split_at_random(samples, seed=seed, batch_size=batch_size)
    counts = {split: sum(s.split == split for s in divided) for split in SPLITS}
    assert counts == {name: share * len(samples) for name, share in SHARES.items()}
    assert all(count % batch_size == 0 for count in counts.values())


def test_a_last_batch_that_is_not_full_is_kept() -> None:
    samples = _samples([(1, 1)] * 50)
    divided = split_at_random(samples, seed=3, batch_size=7)  # 14 batches and 2 pictures
    counts = [sum(s.split == split for s in divided) for split in SPLITS]
    assert sum(counts) == 100
    assert [count % 7 for count in counts] == [0, 0, 2]


def test_a_random_split_without_a_label_is_refused() -> None:
    with pytest.raises(DataError, match="the train split gets no picture labelled crack"):
        split_at_random(_samples([(1, 0)] * 50), seed=0)
    with pytest.raises(DataError, match="the val split gets no picture"):
        split_at_random(_samples([(1, 1)] * 2), seed=0, batch_size=4)
