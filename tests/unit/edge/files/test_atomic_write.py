"""Files are written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.atomic_write import (
    refuse_to_overwrite,
    replace_atomically,
    require_writable,
    write_json,
)
from edge.files.errors import OutputError
from edge.files.hashing import sha256_of


def test_the_bytes_arrive_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.bin"
    replace_atomically(path, b"\x00\xffdata")
    assert path.read_bytes() == b"\x00\xffdata"
    assert list(path.parent.iterdir()) == [path]


def test_an_old_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old and much longer")
    replace_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_the_file_can_be_read_by_others(tmp_path: Path) -> None:
    replace_atomically(tmp_path / "file", b"")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "taken"
    (target / "inner").mkdir(parents=True)
    with pytest.raises(OutputError, match="taken"):
        replace_atomically(target, b"data")
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"keep")
    with pytest.raises(OutputError, match=r"file/below"):
        replace_atomically(tmp_path / "file" / "below", b"data")
    assert (tmp_path / "file").read_bytes() == b"keep"


def test_json_is_indented_and_ends_with_a_newline(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"n": 1, "list": [1.5, None]})
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text) == {"n": 1, "list": [1.5, None]}
    assert text.startswith('{\n  "n": 1')
    assert text.endswith("}\n")


@pytest.mark.parametrize("make", ["file", "full folder"])
def test_what_stands_already_is_not_overwritten(tmp_path: Path, make: str) -> None:
    path = tmp_path / "out"
    if make == "file":
        path.write_text("precious")
    else:
        path.mkdir()
        (path / "inner").write_text("precious")
    with pytest.raises(OutputError, match=r"out: .*--force"):
        refuse_to_overwrite(tmp_path / "free", path, force=False)
    refuse_to_overwrite(path, force=True)


def test_free_paths_and_empty_folders_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refuse_to_overwrite(tmp_path / "empty", tmp_path / "free", force=False)


@given(st.binary())
def test_the_hash_is_sha256(data: bytes) -> None:
    assert sha256_of(data) == hashlib.sha256(data).hexdigest()


def test_what_can_be_written_later_leaves_nothing_behind_now(tmp_path: Path) -> None:
    require_writable(tmp_path / "new" / "folder" / "file.json")
    require_writable(tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_output_below_a_file_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        OutputError, match=r"new/scan: cannot be written \(Not a directory: .*file\)"
    ):
        require_writable(tmp_path / "file" / "new" / "scan")
