"""A table of positions is read strictly: what it says goes before the photos' own words."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.files.errors import DataError
from edge.geo.positions import Position, find_position, list_unused, read_positions

_HEAD = "photo,latitude,longitude,height_m,yaw_deg,pitch_deg,distance_m,gsd_mm\n"


def _write(folder: Path, text: str) -> Path:
    path = folder / "positions.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_empty_cells_and_columns_that_are_not_there_are_unknown(tmp_path: Path) -> None:
    path = _write(tmp_path, _HEAD + "a/b.jpg,46.5,-91.25,,-90,,,0.4\nc.jpg,,,12.5,,-3,4,\n")
    assert read_positions(path) == {
        "a/b.jpg": Position(latitude=46.5, longitude=-91.25, yaw_deg=270, gsd_mm=0.4),
        "c.jpg": Position(height_m=12.5, pitch_deg=-3, distance_m=4),
    }


def test_three_columns_are_enough_and_others_do_not_matter(tmp_path: Path) -> None:
    path = _write(tmp_path, "\ufeffremark,longitude,photo,latitude\nx,-9,a.jpg,5\n")
    assert read_positions(path) == {"a.jpg": Position(latitude=5, longitude=-9)}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "a.jpg,46.5,,,,,,",
            "line 3: longitude is empty; give both latitude and longitude, or neither",
        ),
        ("a.jpg,,7,,,,,", "line 3: latitude is empty"),
        ("a.jpg,0,0.0,,,,,", "line 3: latitude and longitude are 0"),
        ("a.jpg,91,7,,,,,", "line 3: latitude must be between -90 and 90, but is 91"),
        ("a.jpg,46,-180.1,,,,,", "line 3: longitude must be between -180 and 180"),
        ("a.jpg,nan,7,,,,,", "line 3: latitude must be a number, but is 'nan'"),
        ("a.jpg,46,inf,,,,,", "line 3: longitude must be a number"),
        ("a.jpg,46,1e999,,,,,", "line 3: longitude must be a number"),
        ('a.jpg,"46,5",7,,,,,', "write decimals with a point"),
        ("a.jpg,46.5N,7,,,,,", "line 3: latitude must be a number, but is '46.5N'"),
        ("a.jpg,46,7,,,-200,,", "line 3: pitch_deg must be between"),
        ("a.jpg,46,7,,,,0,", "line 3: distance_m must be between"),
        ("a.jpg,46,7,,,,,-1", "line 3: gsd_mm must be between"),
        (",46,7,,,,,", "line 3: the photo's name is missing"),
        ("ok.jpg,46,7,,,,,", "line 3: ok.jpg is listed twice"),
        (".\\ok.jpg,46,7,,,,,", "line 3: ok.jpg is listed twice"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, row: str, message: str) -> None:
    path = _write(tmp_path, f"{_HEAD}ok.jpg,1,2,,,,,\n{row}\n")
    with pytest.raises(DataError) as caught:
        read_positions(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_missing_columns_are_named_with_where_the_others_are_told(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"photo,latitude,longitude; it lacks latitude, longitude \(.*docs/findings"
    ):
        read_positions(_write(tmp_path, "photo,lat,lon\na.jpg,1,2\n"))


def test_a_full_name_goes_before_a_bare_one() -> None:
    bare, full = Position(latitude=1, longitude=1), Position(latitude=2, longitude=2)
    positions = {"b.jpg": bare, "a/b.jpg": full}
    assert find_position(positions, "a/b.jpg") is full
    assert find_position(positions, "c/b.jpg") is bare
    assert find_position(positions, "b.jpg") is bare
    assert find_position(positions, "c.jpg") is None
    assert find_position({"a/b.jpg": full}, "c/b.jpg") is None


def test_names_from_windows_are_understood(tmp_path: Path) -> None:
    positions = read_positions(_write(tmp_path, _HEAD + "a\\b.jpg,1,2,,,,,\n"))
    assert find_position(positions, "a/b.jpg") == Position(latitude=1, longitude=2)


def test_names_of_no_photo_are_found() -> None:
    positions = dict.fromkeys(["b.jpg", "a/c.jpg", "x.jpg", "y/b.jpg"], Position())
    assert list_unused(positions, ["a/b.jpg", "a/c.jpg"]) == ["x.jpg", "y/b.jpg"]


@given(cells=st.lists(st.text(max_size=8), min_size=8, max_size=8))
def test_any_cells_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    path = tmp_path_factory.getbasetemp() / "positions.csv"
    path.write_text(f"{_HEAD}{row}\n", encoding="utf-8", errors="surrogatepass")
    with contextlib.suppress(DataError):
        assert len(read_positions(path)) == 1
