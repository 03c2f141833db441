"""The folder above all files, so that a page can show their paths short."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.files.paths import common_folder


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/data/a/1.jpg", "/data/b/2.jpg"], "/data"),
        (["/data/a/1.jpg"], "/data/a"),
        (["a/1.jpg", "a/b/2.jpg"], "a"),
        (["/a/1.jpg", "/b/2.jpg"], None),
        (["a/1.jpg", "b/2.jpg"], None),
        (["/a/1.jpg", "a/1.jpg"], None),
        ([], None),
    ],
)
def test_it_is_the_deepest_one_or_none(paths: list[str], expected: str | None) -> None:
    assert common_folder(map(Path, paths)) == (Path(expected) if expected else None)
