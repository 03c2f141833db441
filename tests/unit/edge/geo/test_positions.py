"""A table of positions is read strictly: what it says goes before the photos' own words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detect.triage import Thresholds
from edge.files.errors import DataError
from edge.geo.positions import Position, match_positions, read_positions
from edge.geo.site import Site
from edge.report.exports.tables import make_photos_table
from edge.report.findings import describe_photo
from tests.unit.stores import make_outcome

_HEAD = "photo,latitude,longitude,height_m,yaw_deg,pitch_deg,distance_m,gsd_mm\n"


def _write(folder: Path, text: str) -> Path:
    path = folder / "positions.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_of_empty_cells_and_columns_that_are_not_there_nothing_is_said(tmp_path: Path) -> None:
    path = _write(tmp_path, _HEAD + "a/b.jpg,46.5,-91.25,,-90,,,0.4\nc.jpg,,,12.5,,-3,4,\n")
    assert read_positions(path) == {
        "a/b.jpg": Position(latitude=46.5, longitude=-91.25, yaw_deg=270, gsd_mm=0.4),
        "c.jpg": Position(height_m=12.5, pitch_deg=-3, distance_m=4),
    }


def test_columns_that_mean_something_else_do_not_matter(tmp_path: Path) -> None:
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


def test_a_scale_needs_no_position(tmp_path: Path) -> None:
    path = _write(tmp_path, "Photo,GSD_mm\na.jpg,0.4\n")
    assert read_positions(path) == {"a.jpg": Position(gsd_mm=0.4)}


@pytest.mark.parametrize("separator", [";", "\t"])
def test_spreadsheets_may_write_other_separators_and_a_decimal_comma(
    tmp_path: Path, separator: str
) -> None:
    rows = ("photo", "latitude", "longitude", "gsd_mm"), ("a,1.jpg", "46,5", "-91.25", "0,4")
    path = _write(tmp_path, "\n".join(separator.join(row) for row in rows))
    assert read_positions(path) == {
        "a,1.jpg": Position(latitude=46.5, longitude=-91.25, gsd_mm=0.4)
    }


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("photo,lat,lon", r"'lat' is not known; did you mean latitude\? \(docs/findings"),
        ("photo,roll", r"'roll' is not known; did you mean roll_deg\?"),
        ("photo,lattitude,longitude", r"'lattitude' is not known; did you mean latitude\?"),
        ("photo,heading", r"'heading' is not known; did you mean yaw_deg\?"),
        ("file;gsd_mm", r"'file' is not known; did you mean photo\?"),
        ("photo,latitude", r"it lacks longitude \(docs/findings"),
        ("gsd_mm", r"photo,gsd_mm; it lacks photo"),
        ("photo,remark", r"says nothing about its photos; expected .* photo,gsd_mm"),
    ],
)
def test_columns_that_are_missing_or_misspelt_are_named(
    tmp_path: Path, head: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_positions(_write(tmp_path, f"{head}\na.jpg,1,2\n"))


def test_the_table_of_photos_can_be_given_back(tmp_path: Path) -> None:
    photo = replace(make_outcome("a.jpg"), regions=())
    described = describe_photo(photo, thresholds=Thresholds(0.2, 0.9), site=Site(), scale=1)
    path = tmp_path / "photos.csv"
    path.write_bytes(make_photos_table([described]))
    (found,) = read_positions(path).values()
    assert (found.height_m, found.pitch_deg) == (40.5, None)
    assert found.gsd_mm == pytest.approx(described.place.gsd_mm, abs=1e-4)


def _match(names: Iterable[str], *photos: str) -> dict[str, str]:
    return match_positions(names, [(photo, Path("walls") / photo) for photo in photos])


def test_a_full_name_goes_before_a_bare_one() -> None:
    assert _match(["b.jpg", "a/b.jpg"], "a/b.jpg", "c/b.jpg", "b.jpg", "c.jpg") == {
        "a/b.jpg": "a/b.jpg",
        "c/b.jpg": "b.jpg",
        "b.jpg": "b.jpg",
    }
    assert _match(["a/b.jpg"], "c/b.jpg") == {}


def test_a_photo_is_known_by_its_path_too() -> None:
    assert _match(["walls/a/b.jpg"], "a/b.jpg", "b.jpg") == {"a/b.jpg": "walls/a/b.jpg"}


def test_large_and_small_letters_count_only_where_the_table_has_both() -> None:
    assert _match(["A/B.JPG"], "a/b.jpg") == {"a/b.jpg": "A/B.JPG"}
    assert _match(["b.jpg", "B.jpg"], "B.jpg", "b.JPG") == {"B.jpg": "B.jpg"}


def test_names_from_windows_are_understood(tmp_path: Path) -> None:
    positions = read_positions(_write(tmp_path, _HEAD + "a\\b.jpg,1,2,,,,,\n"))
    assert positions == {"a/b.jpg": Position(latitude=1, longitude=2)}


@given(cells=st.lists(st.text(max_size=8), min_size=8, max_size=8))
def test_any_cells_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    path = tmp_path_factory.getbasetemp() / "positions.csv"
    path.write_text(f"{_HEAD}{row}\n", encoding="utf-8", errors="surrogatepass")
    with contextlib.suppress(DataError):
        assert len(read_positions(path)) == 1
