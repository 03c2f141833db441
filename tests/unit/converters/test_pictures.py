"""Which pictures serve for what."""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.pictures import (
    PictureRoles,
    choose_pictures,
    describe_pictures,
    read_calibration,
)
from edge.evaluation.dataset import Sample
from edge.files.errors import DataError
from edge.photo.codec import write_photo
from tests.unit.fakes import Remembering, draw_wall


def _samples(*, cracks: int, others: int, split: str = "", source: str = "wall") -> list[Sample]:
    labels = ["crack"] * cracks + ["no_crack"] * others
    return [
        Sample(Path(f"/{source}/{split}{i}.jpg"), label, f"{source}/{i}", split)
        for i, label in enumerate(labels)
    ]


def _choose(samples: list[Sample], calibration: int = 10) -> PictureRoles:
    return choose_pictures(samples, calibration=calibration, seed=0)


def test_each_split_has_its_use() -> None:
    samples = [
        sample
        for split in ("train", "val", "test")
        for sample in _samples(cracks=8, others=20, split=split)
    ]
    found = _choose(samples)
    assert {s.split for s in found.calibration} == {"train"}
    assert {(s.split, s.label) for s in found.matching} == {("val", "crack")}
    assert len(found.matching) == 8
    assert found.verification == [s for s in samples if s.split == "test"]


def test_calibration_takes_equally_many_of_every_source_and_label() -> None:
    samples = _samples(cracks=5, others=90) + _samples(cracks=60, others=40, source="deck")
    found = _choose(samples, calibration=16).calibration
    assert sorted((s.source, s.label) for s in found)[::4] == [
        ("deck", "crack"),
        ("deck", "no_crack"),
        ("wall", "crack"),
        ("wall", "no_crack"),
    ]


def test_without_a_val_split_training_cracks_that_do_not_calibrate_match() -> None:
    samples = [
        *_samples(cracks=30, others=30, split="train"),
        *_samples(cracks=5, others=5, split="test"),
    ]
    found = _choose(samples)
    assert found.matching
    assert {(s.split, s.label) for s in found.matching} == {("train", "crack")}
    assert not set(found.matching) & set(found.calibration)


def test_without_splits_no_picture_serves_twice_and_all_serve() -> None:
    samples = _samples(cracks=60, others=70)
    found = _choose(samples)
    parts = [found.calibration, found.matching, found.verification]
    assert sum(map(len, parts)) == len(samples)
    assert {sample for part in parts for sample in part} == set(samples)
    assert len(found.matching) == 11  # a fifth of the 55 cracks left


def test_a_small_set_serves_for_all() -> None:
    samples = _samples(cracks=3, others=3)
    found = _choose(samples, calibration=256)
    assert set(found.calibration) == set(found.verification) == set(samples)
    assert {s.label for s in found.matching} == {"crack"}


@pytest.mark.parametrize("split", ["train", "test"])
def test_splits_without_pictures_for_a_use_are_refused(split: str) -> None:
    with pytest.raises(DataError, match="split"):
        _choose(_samples(cracks=4, others=4, split=split))


def test_the_same_seed_chooses_the_same_pictures() -> None:
    samples = _samples(cracks=60, others=70)
    one, same, other = (choose_pictures(samples, calibration=9, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.calibration != other.calibration


def test_unreadable_calibration_pictures_are_left_out_and_named(tmp_path: Path) -> None:
    samples = [Sample(tmp_path / name, "crack", "wall/") for name in ("a.png", "gone.png")]
    write_photo(samples[0].path, draw_wall((64, 64)))
    calibration = read_calibration(samples, 64, Remembering())
    assert calibration.tiles.shape == (1, 64, 64, 3)
    assert "gone.png" in calibration.unreadable[0]
    with pytest.raises(DataError, match="none of the 1 calibration pictures"):
        read_calibration(samples[1:], 64, Remembering())


def test_photos_are_counted_where_they_are_known() -> None:
    samples = [Sample(Path(f"{i}.jpg"), "crack", group) for i, group in enumerate("aab")]
    samples = [Sample(s.path, s.label, f"wall/{s.group}") for s in samples]
    unknown = [Sample(Path(f"u{i}.jpg"), "no_crack", "deck/") for i in range(2)]
    told = describe_pictures([*samples, *unknown], ["one is broken"])
    assert (told.pictures, told.cracks, told.photos) == (5, 3, 4)
    assert told.sources == ["deck", "wall"]
    assert told.unreadable == ["one is broken"]
