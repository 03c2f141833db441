"""From folders to splits, and the sentence that says what the figures can be taken for."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.evaluation.dataset import SPLITS, Sample
from edge.files.errors import DataError
from tests.drawn_dataset import write_class_folders
from tests.unit.fakes import Remembering
from trainer.dataset.prepare import SplitPlan, describe_split, prepare_dataset
from trainer.dataset.split import GROUP, RANDOM

PLAN = SplitPlan()


def _samples(source: str, known: int, unknown: int) -> list[Sample]:
    groups = [f"{source}/{n}" for n in range(known)] + [
        f"{source}/look-{n}" for n in range(unknown)
    ]
    return [Sample(Path(f"{group}.jpg"), "crack", group, "test") for group in groups]


def test_pictures_of_a_photo_stay_together_and_broken_ones_are_listed(tmp_path: Path) -> None:
    paths = write_class_folders(tmp_path / "data", count=40, size_px=48, seed=1)
    paths[0].write_bytes(b"no picture")
    dataset = prepare_dataset([tmp_path / "data"], PLAN, Remembering())
    splits: dict[str, set[str]] = {}
    for sample in dataset.samples:
        splits.setdefault(sample.group, set()).add(sample.split)
    assert all(len(of_group) == 1 for of_group in splits.values())
    assert set().union(*splits.values()) == set(SPLITS)
    assert [paths[0].name in line for line in dataset.facts.unreadable] == [True]
    assert dataset.facts.median_side_px == 48


def test_an_expression_finds_the_photo(tmp_path: Path) -> None:
    paths = write_class_folders(tmp_path / "data", count=40, size_px=48, seed=1)
    assert len({path.stem.split("-")[0] for path in paths}) == 10
    dataset = prepare_dataset(
        [tmp_path / "data"], PLAN, Remembering(), group_regex=r"/00([01]\d)-\d+\.jpg$"
    )
    assert {sample.group for sample in dataset.samples} == {
        f"data/{number:02d}" for number in range(1, 11)
    }


def test_an_expression_that_is_none_is_named(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "data", count=4, size_px=48, seed=1)
    with pytest.raises(DataError, match=r"group-regex '\['"):
        prepare_dataset([tmp_path / "data"], PLAN, Remembering(), group_regex="[")


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (
            ["crack/a.jpg", "crack/b.jpg"],
            r"all 2 pictures are labelled crack; .*no_crack/\*\.jpg",
        ),
        (
            ["crack/a.jpg", "crack/b.jpg", "crack/c.jpg", "no_crack/d.jpg"],
            r"too few pictures \(1 no_crack and 3 crack\)",
        ),
        (
            [f"{label}/image-{n}.jpg" for label in ("crack", "no_crack") for n in range(9)],
            r"by their names .* from 1 photo \('image'\).*--group-regex '\^\$'",
        ),
    ],
)
def test_names_that_show_that_no_split_can_be_made_stop_before_a_picture_is_read(
    tmp_path: Path, names: list[str], complaint: str
) -> None:
    for name in names:
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()  # reading it would complain of something else
    with pytest.raises(DataError, match=f"data: {complaint}"):
        prepare_dataset([tmp_path / "data"], PLAN, Remembering())


def test_a_few_pictures_of_unknown_photo_do_not_make_a_source_one_of_looks() -> None:
    text = describe_split(_samples("known", 90, 3) + _samples("unknown", 0, 50), GROUP)
    assert "by photo (known)" in text
    assert "for 3 pictures the photo is not known" in text
    assert "by appearance (unknown)" in text


def test_a_random_split_is_called_one() -> None:
    text = describe_split(_samples("known", 9, 0), RANDOM)
    assert text.startswith("Split at random")
    assert "by photo" not in text
