"""The folder above all files, so that paths can be shown short; names in paths."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.files.paths import common_folder, find_name_problem


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


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "is empty"),
        ("../evil", "holds '/'"),
        ("/tmp/evil", "holds '/'"),
        ("a\\b", "holds '\\\\\\\\'"),
        ("C:evil", "holds ':'"),
        ("..", r"begins with '\.'"),
        (".hidden", r"begins with '\.'"),
        ("--force", "begins with '-'"),
        ("a\nb", "cannot be printed"),
        ("a\0", "cannot be printed"),
        ("\udcff", "cannot be printed"),
        ("a" * 201, "is too long"),
    ],
)
def test_a_name_that_would_lead_elsewhere_is_refused(name: str, problem: str) -> None:
    found = find_name_problem(name)
    assert found is not None
    assert re.search(problem, found)
    assert "expected" in found


@pytest.mark.parametrize("name", ["wall", "bridges-2", "v1.2_int8", "Brücke 3", "橋", "a..b", "_x"])
def test_a_plain_name_is_taken(name: str) -> None:
    assert find_name_problem(name) is None


@given(st.text(alphabet=st.sampled_from("ab./\\:- \n~")) | st.text())
@example("a/../../b")
def test_a_name_that_is_taken_stays_in_its_folder_on_every_system(name: str) -> None:
    if find_name_problem(name) is None:
        for kind in (PurePosixPath, PureWindowsPath):
            path = kind("out") / f"{name}.int8.tflite"
            assert path.parent == kind("out")
            assert path.name == f"{name}.int8.tflite"
