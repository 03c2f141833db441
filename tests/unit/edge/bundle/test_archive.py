"""An archive is the same whenever and by whomever it is made, and is whole or not there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.bundle.archive import ArchiveEntry, list_sums, write_archive
from edge.files.errors import OutputError


def _members(path: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(path, "r:gz") as archive:
        return {member.name: member for member in archive}


def test_time_user_and_order_leave_no_trace(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"bee")
    entries = [ArchiveEntry("x/y/b", tmp_path / "b"), ArchiveEntry("a.sh", b"#!/bin/sh\n", 0o755)]
    write_archive(tmp_path / "one.tar.gz", "top", entries, private=False)
    os.utime(tmp_path / "b", (1, 1))
    (tmp_path / "b").chmod(0o600)
    write_archive(tmp_path / "two.tar.gz", "top", entries[::-1], private=False)
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()


def test_all_belongs_to_root_and_lies_in_one_folder(tmp_path: Path) -> None:
    entries = [ArchiveEntry("x/y/b", b"b", 0o600), ArchiveEntry("a.sh", b"#!/bin/sh\n", 0o755)]
    write_archive(tmp_path / "a.tar.gz", "top", entries, private=False)
    members = _members(tmp_path / "a.tar.gz")
    assert {name: member.mode for name, member in members.items()} == {
        "top": 0o755,
        "top/x": 0o755,
        "top/x/y": 0o755,
        "top/a.sh": 0o755,
        "top/x/y/b": 0o600,
    }
    assert {(one.uid, one.gid, one.uname, one.gname, one.mtime) for one in members.values()} == {
        (0, 0, "root", "root", 0)
    }


@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5})?\.x", fullmatch=True), st.binary()))
def test_what_goes_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    path = tmp_path_factory.mktemp("archive") / "a.tar.gz"
    write_archive(path, "top", [ArchiveEntry(*one) for one in files.items()], private=False)
    with tarfile.open(path, "r:gz") as archive:
        found = {
            member.name.removeprefix("top/"): archive.extractfile(member).read()
            for member in archive
            if member.isfile()
        }
    assert found == files


@pytest.mark.parametrize(("private", "mode"), [(False, 0o644), (True, 0o600)])
def test_an_archive_with_secrets_is_its_owners_alone(
    tmp_path: Path, private: bool, mode: int
) -> None:
    write_archive(tmp_path / "a.tar.gz", "top", [ArchiveEntry("a", b"")], private=private)
    assert (tmp_path / "a.tar.gz").stat().st_mode & 0o777 == mode


def test_an_archive_that_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(b"the one before")
    with pytest.raises(OutputError, match=r"a\.tar\.gz"):
        write_archive(path, "top", [ArchiveEntry("a", tmp_path / "nonesuch")], private=False)
    assert path.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [path]


def test_sums_are_those_that_sha256sum_reads(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"bee")
    text = list_sums([ArchiveEntry("b", tmp_path / "b"), ArchiveEntry("a", b"")])
    assert text.decode().splitlines() == [
        f"{hashlib.sha256(b'').hexdigest()}  a",
        f"{hashlib.sha256(b'bee').hexdigest()}  b",
    ]
    (tmp_path / "a").write_bytes(b"")
    done = subprocess.run(
        ["sha256sum", "--check", "--strict"], input=text, cwd=tmp_path, check=True
    )
    assert done.returncode == 0
