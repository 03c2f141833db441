"""An audit says what speaks against the figures of a training."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.files.errors import DataError
from edge.files.progress import Silent
from edge.photo.codec import read_photo, write_photo
from tests.drawn_dataset import write_class_folders
from tests.unit.trainer.audit.audits import audit_samples, copy, draw, make_sample
from trainer.audit.dataset_audit import audit_dataset


def _audit(*data: Path, group_regex: str | None = None) -> dict[str, Any]:
    return audit_dataset(data, progress=Silent(), group_regex=group_regex).to_dict()


def test_a_sound_data_set_has_no_findings(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "drawn", count=12, size_px=64, seed=1, photos=10)
    facts = _audit(tmp_path / "drawn")
    assert facts["findings"] == []
    assert facts["pictures"] == 24
    assert facts["classes"] == {"no_crack": 12, "crack": 12}
    assert facts["sizes"] == [{"width": 64, "height": 64, "pictures": 24}]
    assert facts["groups"] == {
        "count": 10,
        "by_look": 0,
        "largest": 4,
        "median": 2.0,
        "without_photo": 0,
    }
    assert facts["exact_duplicates"] == {"groups": 0, "surplus": 0, "conflicting": 0}
    assert facts["near_duplicates"]["pairs"] == 0
    assert "leaks" not in facts


def test_copies_are_counted_by_content_and_not_again_as_near_duplicates(tmp_path: Path) -> None:
    first = draw(tmp_path / "set/crack/a.jpg", 1)
    copy(first, tmp_path / "set/crack/b.jpg")
    copy(first, tmp_path / "set/no_crack/c.jpg")
    second = draw(tmp_path / "set/no_crack/d.jpg", 2)
    copy(second, tmp_path / "set/no_crack/e.jpg")
    facts = _audit(tmp_path / "set")
    assert facts["exact_duplicates"] == {"groups": 2, "surplus": 3, "conflicting": 1}
    found = [{Path(f["path"]).name for f in files} for files in facts["exact_duplicate_files"]]
    assert sorted(found, key=min) == [{"a.jpg", "b.jpg", "c.jpg"}, {"d.jpg", "e.jpg"}]
    assert facts["near_duplicates"]["pairs"] == 0


def test_a_picture_stored_again_is_near_and_its_labels_are_compared(tmp_path: Path) -> None:
    for seed, label in ((1, "crack"), (2, "no_crack"), (3, "crack")):
        path = draw(tmp_path / f"set/crack/{seed}.jpg", seed)
        if seed < 3:
            turned = np.ascontiguousarray(np.rot90(read_photo(path)))
            write_photo(tmp_path / f"set/{label}/{seed}-again.jpg", turned, jpeg_quality=60)
    found = audit_dataset([tmp_path / "set"], progress=Silent())
    near = found.to_dict()["near_duplicates"]
    assert near == {
        "pairs": 2,
        "conflicting": 1,
        "pictures": 4,
        "clusters": 2,
        "largest_cluster": 2,
    }
    (told,) = found.to_dict()["conflicting_near_pairs"]
    ends = {(Path(told[end]["path"]).name, told[end]["label"]) for end in ("first", "second")}
    assert ends == {("2.jpg", "crack"), ("2-again.jpg", "no_crack")}
    assert 0.45 <= told["correlation"] <= 1
    assert [pair.is_copy for pair in found.conflicts] == [False]


def test_files_that_cannot_be_read_have_a_line_each(tmp_path: Path) -> None:
    draw(tmp_path / "set/crack/a.jpg", 1)
    for name in ("b.jpg", "c.png"):
        (tmp_path / "set/crack" / name).write_text("no picture")
    facts = _audit(tmp_path / "set")
    assert [re.search(r"\w\.\w+(?=:)", line)[0] for line in facts["unreadable"]] == [
        "b.jpg",
        "c.png",
    ]
    assert facts["pictures"] == 1


def test_sizes_come_commonest_first(tmp_path: Path) -> None:
    for number, side in enumerate((80, 90, 90, 90, 80, 70)):
        photo = np.full((side, 100, 3), number, np.uint8)
        write_photo(tmp_path / f"set/crack/{number}.png", photo)
    sizes = [(s["width"], s["height"], s["pictures"]) for s in _audit(tmp_path / "set")["sizes"]]
    assert sizes == [(100, 90, 3), (100, 80, 2), (100, 70, 1)]


def test_pictures_of_unknown_photo_are_no_group() -> None:
    samples = [
        make_sample("a", "train"),
        make_sample("b", "test"),
        make_sample("c", "test", group="s/1"),
    ]
    facts = audit_samples(samples, "abc").to_dict()
    assert facts["groups"]["count"] == 1
    assert facts["groups"]["without_photo"] == 2
    assert facts["leaks"]["groups"] == 0
    assert facts["sources"]["s"]["photos"] == 1
    assert any(
        "for 2 pictures the photo is not known (2 in s)" in finding for finding in facts["findings"]
    )


def test_groups_by_appearance_are_groups_but_no_photos() -> None:
    samples = [
        make_sample("a", "train", group="s/look-003"),
        make_sample("b", "val", group="s/look-003"),
    ]
    facts = audit_samples(samples, "ab").to_dict()
    assert facts["groups"] | {"median": 0} == {
        "count": 1,
        "by_look": 1,
        "largest": 2,
        "median": 0,
        "without_photo": 2,
    }
    assert facts["leaks"]["divided_groups"] == [
        {"group": "s/look-003", "splits": {"train": 1, "val": 1}}
    ]


def test_an_expression_names_the_photos(tmp_path: Path) -> None:
    for number in range(4):
        draw(tmp_path / f"set/crack/DSC{number % 2}_{number}.jpg", number)
    assert _audit(tmp_path / "set")["groups"]["without_photo"] == 4
    groups = _audit(tmp_path / "set", group_regex=r"DSC\d")["groups"]
    assert (groups["count"], groups["largest"], groups["without_photo"]) == (2, 2, 0)


def test_a_source_with_one_label_is_named() -> None:
    samples = [make_sample("a", group="wall/1"), make_sample("b", label="no_crack", group="deck/1")]
    findings = " ".join(audit_samples(samples, "ab").to_dict()["findings"])
    assert "wall has no picture labelled no_crack" in findings
    assert "deck has no picture labelled crack" in findings


def test_a_manifest_without_splits_has_no_leaks() -> None:
    assert "leaks" not in audit_samples([make_sample("a"), make_sample("b")], "aa").to_dict()


def test_what_stands_on_both_sides_of_a_split_is_listed() -> None:
    samples = [
        *(make_sample("1", "train", group="s/1"), make_sample("2", "test", group="s/1")),
        *(make_sample("3", "train"), make_sample("4", "val"), make_sample("5", "train")),  # copies
        *(make_sample("6", "train"), make_sample("7", "train")),  # copies in one split
        *(make_sample("8", "train"), make_sample("9", "test"), make_sample("10", "train")),  # near
        *(make_sample("11"), make_sample("12", "test")),  # near, but one has no split
    ]
    found = audit_samples(samples, "abcccddefghi", near=[(7, 8), (7, 9), (10, 11)])
    leaks = found.to_dict()["leaks"]
    assert (leaks["groups"], leaks["copies"], leaks["near_pairs"]) == (1, 1, 1)
    assert leaks["divided_groups"] == [{"group": "s/1", "splits": {"train": 1, "test": 1}}]
    assert [Path(one["path"]).stem for one in leaks["divided_copies"][0]] == ["3", "4", "5"]
    (pair,) = leaks["divided_near_pairs"]
    assert (pair["first"]["split"], pair["second"]["split"]) == ("train", "test")
    assert leaks["known_from_train"] == {
        "val": {"pictures": 1, "same_spot": 1, "same_group": 0},
        "test": {"pictures": 3, "same_spot": 1, "same_group": 1},
    }
    assert [pair.is_copy for pair in found.leak_pairs] == [True, False]
    assert found.to_dict()["findings"][0].startswith("1 of the 1 val pictures (100.0%) show a spot")


def test_a_near_duplicate_of_a_copy_counts_where_the_copy_stands() -> None:
    # b is near to a, in the same split and of the same label; a's copy is in another, of another.
    samples = [
        make_sample("a", "train"),
        make_sample("copy", "test", "no_crack"),
        make_sample("b", "train"),
    ]
    found = audit_samples(samples, "aab", near=[(0, 2)])
    assert found.to_dict()["leaks"]["near_pairs"] == 1
    assert found.to_dict()["near_duplicates"]["conflicting"] == 1
    assert found.to_dict()["exact_duplicates"]["conflicting"] == 1


def test_data_without_a_readable_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "crack").mkdir()
    (tmp_path / "crack" / "a.jpg").write_text("no picture")
    with pytest.raises(DataError, match="none of the 1 pictures"):
        _audit(tmp_path)
