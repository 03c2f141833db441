"""What a wheel says of itself is read, and nonsense is named."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from edge.bundle.platforms import PLATFORMS, fitting_tags
from edge.bundle.wheel import Wheel, parse_wheel, rank_wheels, read_wheel, read_wheels
from edge.files.errors import InputError
from tests.unit.edge.bundle.wheels_made import metadata_of, wheel_of, write_wheel

BOOKWORM = PLATFORMS["pi-bookworm"]


def _ranked(*wheels: Wheel) -> list[str]:
    ranked = rank_wheels(wheels, fitting_tags(BOOKWORM), BOOKWORM.python_full)
    return [wheel.file for wheel in ranked]


def test_a_wheel_is_read(tmp_path: Path) -> None:
    path = write_wheel(tmp_path, "a-b", "1.0", ["c>=2", 'd; extra == "e"'])
    wheel = read_wheel(path)
    assert (wheel.path, wheel.name, str(wheel.version)) == (path, "a-b", "1.0")
    assert wheel.requires == ("c>=2", 'd; extra == "e"')
    assert str(wheel) == "a-b 1.0"


def test_a_version_may_be_written_in_two_ways() -> None:
    path = Path("A.b_c-1.0-py3-none-any.whl")
    assert parse_wheel(path, metadata_of("a-b.c", "1.0.0")).name == "a-b-c"


@pytest.mark.parametrize(
    ("file", "metadata", "words"),
    [
        ("a-1.0.whl", metadata_of("a", "1.0"), "not a valid name for a wheel"),
        ("a-x-py3-none-any.whl", metadata_of("a", "x"), "not a valid name for a wheel"),
        ("a-1.0-py3-none-any.whl", metadata_of("b", "1.0"), "holds b 1.0"),
        ("a-1.0-py3-none-any.whl", metadata_of("a", "1.1"), "holds a 1.1"),
        ("a-1.0-py3-none-any.whl", "", "not a valid name for a wheel|holds"),
    ],
)
def test_a_wheel_that_says_nonsense_is_named(file: str, metadata: str, words: str) -> None:
    with pytest.raises(InputError, match=f"{file}: .*({words})"):
        parse_wheel(Path(file), metadata)


def test_a_damaged_wheel_is_named(tmp_path: Path) -> None:
    path = write_wheel(tmp_path, "a")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError, match=r"a-1.0-py3-none-any.whl: .*damaged"):
        read_wheels(tmp_path)


def test_a_zip_without_metadata_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("a/inner-1.dist-info/METADATA", metadata_of("a", "1.0"))
    with pytest.raises(InputError, match="it has no METADATA"):
        read_wheels(tmp_path)


def test_only_wheels_of_a_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    write_wheel(tmp_path, "b")
    write_wheel(tmp_path, "a")
    assert [wheel.name for wheel in read_wheels(tmp_path)] == ["a", "b"]
    with pytest.raises(InputError, match=r"nonesuch: cannot be read"):
        read_wheels(tmp_path / "nonesuch")


def test_the_newest_and_best_fitting_wheel_comes_first() -> None:
    wheels = [
        wheel_of("a", "1.9", tag="py3-none-any"),
        wheel_of("a", "1.10", tag="py3-none-any"),
        wheel_of("a", "1.10", tag="cp311-cp311-manylinux_2_17_aarch64"),
        wheel_of("a", "1.10", tag="cp311-cp311-manylinux_2_28_aarch64"),
        wheel_of("a", "1.11", tag="cp312-cp312-manylinux_2_28_aarch64"),
        wheel_of("a", "1.12", requires_python=">=3.12"),
        wheel_of("a", "1.13", requires_python=">=3.11.3"),
    ]
    assert _ranked(*wheels) == [
        "a-1.10-cp311-cp311-manylinux_2_28_aarch64.whl",
        "a-1.10-cp311-cp311-manylinux_2_17_aarch64.whl",
        "a-1.10-py3-none-any.whl",
        "a-1.9-py3-none-any.whl",
    ]
    assert _ranked(*reversed(wheels)) == _ranked(*wheels)


def test_a_wheel_for_no_python_at_all_is_named() -> None:
    with pytest.raises(
        InputError, match=r"a-1.0-py3-none-any.whl: its Requires-Python 'three' cannot be read"
    ):
        _ranked(wheel_of("a", requires_python="three"))
