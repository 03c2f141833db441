"""Manifests: what is written is read, what is malformed is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.evaluation.dataset import Sample, read_manifest, write_manifest
from edge.files.errors import DataError

# Whatever a file or folder may be called, but for white space at the ends.
_NAME = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=12
).filter(lambda name: name == name.strip() and name.strip("."))
_ROW = st.tuples(
    st.sampled_from(["crack", "no_crack"]),
    st.lists(_NAME, min_size=2, max_size=3).map("/".join),
    st.sampled_from(["", "train", "val", "test"]),
)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for name in ('a,"b".jpg', "ü 1.jpg", "-.jpg", "#x;y.jpg", "d.jpg"):
        (folder / name).write_bytes(b"")
    return folder


@settings(max_examples=50)
@given(st.lists(_ROW, min_size=1, max_size=5))
def test_what_is_written_is_read_again(pictures: Path, rows: list[tuple[str, str, str]]) -> None:
    places = sorted(pictures.glob("*.jpg"))
    samples = [Sample(place, *row) for place, row in zip(places, rows, strict=False)]
    write_manifest(pictures / "manifest.csv", samples)
    assert read_manifest(pictures / "manifest.csv") == samples


def _write(folder: Path, text: str) -> Path:
    (folder / "a.jpg").write_bytes(b"a")
    (folder / "b.jpg").write_bytes(b"b")
    path = folder / "list.csv"
    path.write_text(text)
    return path


def test_pictures_below_the_manifest_get_relative_paths_others_absolute_ones(
    tmp_path: Path,
) -> None:
    inside, outside = tmp_path / "m" / "sub" / "a.jpg", tmp_path / "b.jpg"
    write_manifest(
        tmp_path / "m" / "m.csv", [Sample(inside, "crack", "g"), Sample(outside, "crack", "g")]
    )
    lines = (tmp_path / "m" / "m.csv").read_text().splitlines()
    assert lines == ["path,label,group,split", "sub/a.jpg,crack,g,", f"{outside},crack,g,"]


def test_a_manifest_may_move_with_its_pictures(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    _write(old, "path,label\na.jpg,crack\n")
    old.rename(tmp_path / "new")
    (sample,) = read_manifest(tmp_path / "new" / "list.csv")
    assert sample.path == tmp_path / "new" / "a.jpg"


def test_path_and_label_are_enough(tmp_path: Path) -> None:
    found = read_manifest(_write(tmp_path, "label,path\nNon-Cracked,a.jpg\npositive,b.jpg\n"))
    assert [sample.label for sample in found] == ["no_crack", "crack"]
    assert [sample.source for sample in found] == ["list", "list"]
    assert not any(sample.has_photo for sample in found)
    assert {sample.split for sample in found} == {""}


def test_the_mark_that_spreadsheets_put_first_is_ignored(tmp_path: Path) -> None:
    assert len(read_manifest(_write(tmp_path, "\ufeffpath,label\na.jpg,crack\n"))) == 1


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("a.jpg,rust,g,", "label 'rust'"),
        ("a.jpg,,g,", "label ''"),
        ("a.jpg", "label ''"),
        ("a.jpg,crack,g,dev", "split 'dev'"),
        ("a.jpg,crack,g,Train", "split 'Train'"),
        ("c.jpg,crack,g,", r"c\.jpg does not exist"),
        (",crack,g,", "does not exist"),
    ],
)
def test_a_bad_line_is_named_by_file_and_number(tmp_path: Path, line: str, complaint: str) -> None:
    path = _write(tmp_path, f"path,label,group,split\nb.jpg,crack,g,\n{line}\n")
    with pytest.raises(DataError, match=rf"list\.csv, line 3: .*{complaint}"):
        read_manifest(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "path,split\na.jpg,train\n",
        "a.jpg,crack\n",
        "path;label\na.jpg;crack\n",
        '{"path": "a.jpg", "label": "crack"}',
        "x" * 200_000,
        "path,label\n",
    ],
    ids=["empty", "no label", "no header", "semicolons", "json", "one endless field", "no rows"],
)
def test_a_file_that_is_no_manifest_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"list\.csv: "):
        read_manifest(_write(tmp_path, text))


@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xe0 a photo", b"PK\x03\x04\xff\xfe a workbook"])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    with pytest.raises(
        DataError, match=r"book\.xlsx: expected a first line path,label; it lacks path, label"
    ):
        read_manifest(path)
