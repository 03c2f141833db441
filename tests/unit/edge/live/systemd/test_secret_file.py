"""Files with a token or a password."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.files.errors import InputError
from edge.live.systemd.secret_file import read_secret


@pytest.mark.parametrize("data", [b"a secret", b" a secret \n", b"a secret\r\nmore\n"])
def test_it_is_the_first_line_without_blanks_around(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(data)
    path.chmod(0o640)
    assert read_secret(path) == "a secret"


@pytest.mark.parametrize("data", [b"", b"\nsecond", b" \n", b"\xff\xfe", b"x" * 5000])
def test_a_file_without_one_is_named_and_not_shown(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(InputError, match="token: expected a") as caught:
        read_secret(path)
    assert "xxx" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nonesuch: cannot be read"):
        read_secret(tmp_path / "nonesuch")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_one_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("a secret")
    path.chmod(0o644)
    with pytest.raises(InputError, match="chmod o= ") as caught:
        read_secret(path)
    assert "a secret" not in str(caught.value)
