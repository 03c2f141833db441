"""Class folders become samples with labels and groups."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edge.evaluation.dataset import (
    Sample,
    choose_split,
    fingerprint,
    read_class_folders,
    read_dataset,
    read_manifest,
    write_manifest,
)
from edge.files.errors import DataError
from edge.model.labels import class_of_folder


def _put(folder: Path, *names: str) -> Path:
    """Write files whose content is their name; the labels do not ask for pictures."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def _by_name(samples: list[Sample]) -> dict[str, Sample]:
    return {sample.path.name: sample for sample in samples}


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("crack", ["crack", "Crack", "CRACKS", "cracked", "Positive", "POSITIVE", " crack "]),
        ("no_crack", ["no_crack", "No Crack", "NO-CRACK", "no_cracks", "nocrack", "no__crack"]),
        ("no_crack", ["non-cracked", "Non_Cracked", "non crack", "NonCracked", "not-cracked"]),
        ("no_crack", ["uncracked", "Uncracked", "negative", "Negative", "NEGATIVE"]),
        (None, ["", "photos", "crackers", "my crack", "positive2", "crack-free", "neg"]),
    ],
)
def test_a_folder_name_stands_for_a_label(label: str | None, names: list[str]) -> None:
    assert {name: class_of_folder(name) for name in names} == dict.fromkeys(names, label)


def test_class_folders_are_found_at_any_depth(tmp_path: Path) -> None:
    _put(tmp_path / "set", "Positive/a.jpg", "deep/er/Non-Cracked/b.PNG", "walls/crack/c/d.tif")
    samples = read_class_folders(tmp_path / "set")
    assert {s.path.name: s.label for s in samples} == {
        "a.jpg": "crack",
        "b.PNG": "no_crack",
        "d.tif": "crack",
    }


def test_the_nearest_class_folder_counts(tmp_path: Path) -> None:
    _put(tmp_path / "set", "crack/uncracked/a.jpg", "negative/site/positive/b.jpg")
    found = _by_name(read_class_folders(tmp_path / "set"))
    assert (found["a.jpg"].label, found["b.jpg"].label) == ("no_crack", "crack")


def test_pictures_of_one_photo_form_one_group_across_both_classes(tmp_path: Path) -> None:
    _put(tmp_path / "set", "crack/7001-1.jpg", "no_crack/7001-252.jpg", "crack/7002-1.jpg")
    found = _by_name(read_class_folders(tmp_path / "set"))
    assert found["7001-1.jpg"].group == found["7001-252.jpg"].group == "set/7001"
    assert found["7002-1.jpg"].group == "set/7002"


def test_the_same_number_in_another_source_is_another_group(tmp_path: Path) -> None:
    _put(tmp_path / "set", "bridge/crack/7001-1.jpg", "wall/crack/7001-2.jpg")
    found = _by_name(read_class_folders(tmp_path / "set"))
    assert found["7001-1.jpg"].group == "set/bridge/7001"
    assert found["7001-2.jpg"].source == "set/wall"


@pytest.mark.parametrize("name", ["15000_1.jpg", "00001.jpg", "-5.jpg", "7001-1234.jpg"])
def test_other_names_do_not_say_which_photo(tmp_path: Path, name: str) -> None:
    _put(tmp_path / "set", f"crack/{name}", "no_crack/7001-1.jpg")
    found = _by_name(read_class_folders(tmp_path / "set"))
    assert (found[name].group, found[name].source, found[name].has_photo) == ("set/", "set", False)
    assert found["7001-1.jpg"].has_photo


@pytest.mark.parametrize(
    ("expression", "photo"),
    [
        (r"IMG_\d+", "IMG_12"),  # all that it matches
        (r"IMG_(\d+)", "12"),  # its first group
        (r"walls/(.*)_x", "crack_IMG_12"),  # folders count, and a slash ends no source
        (r"DSC\d+", ""),
        (r"IMG(-\d+)?", ""),  # a group that takes no part
    ],
)
def test_an_expression_names_the_photo(tmp_path: Path, expression: str, photo: str) -> None:
    _put(tmp_path / "walls", "crack/IMG_12_x3.jpg")
    (sample,) = read_dataset([tmp_path / "walls"], group_regex=expression)
    assert sample.group == f"walls/{photo}"
    assert sample.has_photo == bool(photo)


def test_an_expression_leaves_the_groups_of_a_manifest_alone(tmp_path: Path) -> None:
    _put(tmp_path, "a7.jpg", "b8.jpg")
    manifest = tmp_path / "list.csv"
    manifest.write_text("path,label,group\na7.jpg,crack,bridge/3\nb8.jpg,no_crack,\n")
    samples = read_dataset([manifest], group_regex=r"\d+\.")
    assert [sample.group for sample in samples] == ["bridge/3", "list/8."]


def test_an_expression_that_is_none_is_explained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"group-regex '\('.*unterminated"):
        read_dataset([_put(tmp_path, "crack/a.jpg")], group_regex="(")


def test_a_class_folder_may_itself_be_the_data(tmp_path: Path) -> None:
    _put(tmp_path / "set", "Positive/7-1.jpg", "Negative/7-2.jpg")
    alone = read_dataset([tmp_path / "set" / "Positive", tmp_path / "set" / "Negative"])
    assert alone == read_class_folders(tmp_path / "set")[::-1]
    assert {sample.group for sample in alone} == {"set/7"}


def test_hidden_and_other_files_are_no_pictures(tmp_path: Path) -> None:
    _put(tmp_path / "set", "crack/a.jpg", "crack/._a.jpg", "crack/.thumbs/b.jpg", "crack/notes.txt")
    assert [s.path.name for s in read_class_folders(tmp_path / "set")] == ["a.jpg"]


def test_pictures_outside_class_folders_are_left_out(tmp_path: Path) -> None:
    _put(tmp_path / "set", "crack/a.jpg", "unsorted/b.jpg", "c.jpg")
    assert [s.path.name for s in read_class_folders(tmp_path / "set")] == ["a.jpg"]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], "no pictures in it"),
        (["crack/readme.txt"], "no pictures in it"),
        (["photos/a.jpg"], "1 picture, but none in a folder named after a label"),
        (["1/a.jpg", "2/b.jpg", "3/c.jpg", "4/d.jpg"], "4 pictures, .* \\(found: 1, 2, 3, ...;"),
    ],
)
def test_a_folder_without_classes_says_what_is_there_and_what_was_expected(
    tmp_path: Path, names: list[str], found: str
) -> None:
    folder = tmp_path / "holiday"
    folder.mkdir()
    with pytest.raises(DataError, match=f"holiday: {found}") as caught:
        read_class_folders(_put(folder, *names))
    assert "holiday/crack/*.jpg and " in str(caught.value)


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: no such"):
        read_dataset([tmp_path / "nowhere"])


def test_a_picture_given_twice_counts_once(tmp_path: Path) -> None:
    folder = _put(tmp_path / "set", "crack/a.jpg", "no_crack/b.jpg")
    twice = read_dataset([folder, folder / "crack"])
    assert len(twice) == 2
    assert set(twice) == set(read_dataset([folder]))


def test_a_picture_given_through_another_spelling_counts_once(tmp_path: Path) -> None:
    folder = _put(tmp_path / "set", "crack/a.jpg", "no_crack/b.jpg")
    manifest = tmp_path / "lists" / "m.csv"
    manifest.parent.mkdir()
    manifest.write_text("path,label\n../set/crack/a.jpg,crack\n")
    assert len(read_dataset([manifest, folder])) == 2


def test_samples_come_in_a_stable_order(tmp_path: Path) -> None:
    _put(tmp_path / "set", *(f"crack/{name}.jpg" for name in "zxaym"))
    assert [s.path.stem for s in read_class_folders(tmp_path / "set")] == sorted("zxaym")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_not_utf_8_is_a_name(tmp_path: Path) -> None:
    folder = _put(tmp_path / "set", "crack/a.jpg")
    (folder / "crack" / os.fsdecode(b"Br\xfccke.jpg")).write_bytes(b"x")
    samples = read_class_folders(folder)
    write_manifest(tmp_path / "manifest.csv", samples)
    assert read_dataset([tmp_path / "manifest.csv"]) == samples
    assert len(fingerprint(samples)) == 64


def test_a_split_is_chosen_by_name() -> None:
    samples = [Sample(Path(name), "crack", name, name) for name in ("train", "val", "test", "val")]
    assert choose_split(samples, "val") == [samples[1], samples[3]]
    with pytest.raises(DataError, match="'test'"):
        choose_split(samples[:2], "test")


def test_the_fingerprint_follows_the_data_and_not_the_place() -> None:
    here = [Sample(Path("/here/a.jpg"), "crack", "s/1", "train"), Sample(Path("b"), "crack", "s/2")]
    there = [here[1], Sample(Path("/there/a.jpg"), "crack", "s/1", "train")]
    other = [here[1], Sample(Path("/there/a.jpg"), "no_crack", "s/1", "train")]
    assert fingerprint(here) == fingerprint(there) != fingerprint(other)


def test_parts_of_a_data_set_are_no_sources_so_that_a_photo_stays_one(tmp_path: Path) -> None:
    folder = _put(
        tmp_path / "set", "train/crack/7-1.jpg", "Val/no_crack/7-2.jpg", "crack/test/7-3.jpg"
    )
    assert {sample.group for sample in read_class_folders(folder)} == {"set/7"}


def test_pictures_that_were_moved_are_found_by_the_ends_of_their_paths(tmp_path: Path) -> None:
    names = ("a/crack/1.jpg", "a/no_crack/1.jpg", "b/crack/1.jpg")
    _put(tmp_path / "old", *names)
    samples = read_dataset([tmp_path / "old"])
    manifest = tmp_path / "manifest.csv"
    write_manifest(manifest, [replace(one, split="test") for one in samples])
    (tmp_path / "old").rename(tmp_path / "new")
    with pytest.raises(DataError, match="does not exist"):
        read_manifest(manifest)
    moved = read_manifest(manifest, moved_to=tmp_path / "new")
    assert [one.path for one in moved] == [tmp_path / "new" / name for name in names]
    assert {(one.group, one.split) for one in moved} == {(one.group, "test") for one in samples}
    (tmp_path / "new" / names[0]).unlink()
    with pytest.raises(DataError, match=r"old/a/crack/1\.jpg does not exist"):
        read_manifest(manifest, moved_to=tmp_path / "new")
