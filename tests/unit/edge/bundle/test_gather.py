"""Wheels are fetched until nothing is missing; what cannot be had is said with who wants it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.bundle.closure import parse_demand
from edge.bundle.gather import gather_wheels
from edge.bundle.platforms import PLATFORMS, Platform
from edge.files.errors import InputError
from tests.unit.edge.bundle.wheels_made import Index, write_wheel

BOOKWORM = PLATFORMS["pi-bookworm"]


class Lines:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
        raise AssertionError(what)


def _gather(
    tmp_path: Path,
    own: Sequence[str],
    index: Index,
    *roots: str,
    wheels: Path | None = None,
    lines: Lines | None = None,
) -> list[str]:
    for name in ("own", "work"):
        (tmp_path / name).mkdir()
    gathered = gather_wheels(
        write_wheel(tmp_path / "own", "crack-edge", "0.1", own),
        [parse_demand(text, "the bundle") for text in (*roots, "crack-edge")],
        BOOKWORM,
        work=tmp_path / "work",
        wheels=wheels,
        progress=lines or Lines(),
        fetch=index.fetch,
    )
    assert all(wheel.path.is_file() for wheel in gathered)
    return [str(wheel) for wheel in gathered]


def test_what_a_marker_of_the_device_asks_for_is_fetched_whatever_runs_here(
    tmp_path: Path,
) -> None:
    markers = ['typing-extensions; python_version < "3.13"', 'tomli; python_version < "3"']
    index = Index(("anyio", "4.0", markers), ("typing-extensions", "4.0", []))
    chosen = _gather(tmp_path, ["anyio>=3", 'pywin32; sys_platform == "win32"'], index)
    assert chosen == ["anyio 4.0", "crack-edge 0.1", "typing-extensions 4.0"]
    assert index.asked == ["anyio>=3", "typing-extensions"]


def test_what_came_first_and_turned_out_too_new_is_fetched_again_and_left_out(
    tmp_path: Path,
) -> None:
    index = Index(
        ("a", "1.0", ["c"]),
        ("c", "1.0", ["b<2"]),
        ("b", "1.5", []),
        ("b", "2.0", ["only-of-2"]),
        ("only-of-2", "1.0", []),
    )
    assert _gather(tmp_path, ["a", "b"], index) == ["a 1.0", "b 1.5", "c 1.0", "crack-edge 0.1"]


def test_an_older_version_is_taken_where_the_newest_does_not_go_with_the_others(
    tmp_path: Path,
) -> None:
    index = Index(
        *(("numpy", version, ()) for version in ("1.26", "2.2")),
        ("runtime", "2.3", ["numpy>=1.23", "types"]),
        ("types", "0.6", ["numpy>=2"]),
        ("types", "0.5", ["numpy>=1.21", 'numpy>=2; python_version >= "3.13"']),
    )
    lines = Lines()
    chosen = _gather(tmp_path, ["numpy>=1.26", "runtime"], index, "numpy<2", lines=lines)
    assert chosen == ["crack-edge 0.1", "numpy 1.26", "runtime 2.3", "types 0.5"]
    assert (
        "types 0.6 requires a version of numpy that is not available; trying an older version"
        in lines.lines
    )


def test_what_nobody_has_is_said_with_who_wants_it(tmp_path: Path) -> None:
    index = Index(("a", "1.0", ["b"]))
    with pytest.raises(InputError, match=r"^b: not in the index; required: b any for a 1.0$"):
        _gather(tmp_path, ["a>=1"], index)


def test_an_impossible_wish_of_ours_ends_at_once(tmp_path: Path) -> None:
    index = Index(("a", "1.0", []), ("a", "2.0", []))
    with pytest.raises(InputError, match=r"a >=2 for crack-edge 0\.1$"):
        _gather(tmp_path, ["a>=2"], index, "a<2")
    assert index.asked == ["a<2,>=2"]


def test_the_search_for_older_versions_ends(tmp_path: Path) -> None:
    many = [("a", f"1.{minor}", ["b>=2"]) for minor in range(40)]
    index = Index(*many, ("b", "1.0", []))
    with pytest.raises(InputError, match=r"b <2 for the bundle, b >=2 for a 1\.\d+"):
        _gather(tmp_path, ["a"], index, "b<2")
    assert len(index.asked) < 40


def test_a_folder_of_wheels_is_all_there_is(tmp_path: Path) -> None:
    folder, index = tmp_path / "wheels", Index(("b", "1.0", []))
    folder.mkdir()
    write_wheel(folder, "a", "1.0", ["b"])
    with pytest.raises(InputError, match=r"wheels: no suitable wheel of b for pi-bookworm; "):
        _gather(tmp_path, ["a"], index, wheels=folder)
    assert index.asked == []


def test_in_a_folder_of_wheels_the_fitting_ones_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    folder.mkdir()
    for version in ("1.0", "2.0", "3.0"):
        write_wheel(folder, "a", version, [f"b=={version}"])
    write_wheel(folder, "b", "2.0")
    write_wheel(folder, "b", "3.0", tag="cp311-cp311-manylinux_2_28_x86_64")
    write_wheel(folder, "crack-edge", "9.9")
    chosen = _gather(tmp_path, ["a"], Index(), wheels=folder)
    assert chosen == ["a 2.0", "b 2.0", "crack-edge 0.1"]


def test_a_download_that_does_not_fit_is_said(tmp_path: Path) -> None:
    class Stubborn(Index):
        def fetch(self, requirements: Sequence[str], folder: Path, platform: Platform) -> None:
            self.asked += requirements
            write_wheel(folder, "a", tag="cp311-cp311-manylinux_2_28_x86_64")

    with pytest.raises(InputError, match="a: pip downloaded no suitable wheel"):
        _gather(tmp_path, ["a"], Stubborn())
