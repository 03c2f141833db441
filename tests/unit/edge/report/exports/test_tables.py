"""The tables of photos and of regions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.photo.facts import CameraFacts
from edge.report.exports.tables import make_photos_table, make_regions_table
from tests.unit.photo_findings import (
    ODD_NAMES,
    make_failed_photo,
    make_finding,
    make_photo,
    make_photos,
    make_place,
    make_region,
    read_csv,
)


def test_each_photo_has_its_line_also_what_is_clear_or_failed() -> None:
    rows = read_csv(make_photos_table(make_photos()))
    assert [row["photo"] for row in rows] == [photo.name for photo in make_photos()]
    assert [row["triage"] for row in rows] == ["crack"] * 4 + ["clear"] + ["not inspected"] * 2


def test_a_photo_with_findings_counts_them() -> None:
    regions = [make_region(), make_region(0.5), make_region(0.4)]
    (row,) = read_csv(make_photos_table([make_photo(findings=regions)]))
    counts = [row[key] for key in ("findings", "crack", "review", "highest_score")]
    assert counts == ["3", "1", "2", "0.9000"]


def test_a_photo_tells_how_and_where_it_was_taken() -> None:
    photo = make_photo("b/c.jpg", smallest_crack_mm=0.8, is_fine_enough=False)
    (row,) = read_csv(make_photos_table([photo]))
    assert list(row.values()) == [
        *("b/c.jpg", "clear", "0", "0", "0", "", "4000", "3000", "12.000"),
        *("2024-05-06T07:08:09", "DJI M3E", "ground", "made up for tests: ground"),
        *("47.5000000", "8.2500000", "412.50", "12.50", "123.4", "-90.0"),
        *("2.0000", "a test", "0.800", "no", "0.1250", "0.0000", "0.2500"),
        *("", "photos/b/c.jpg", "cd" * 32),
    ]


def test_a_photo_that_failed_says_why_and_claims_nothing_else() -> None:
    (row,) = read_csv(make_photos_table([make_failed_photo()]))
    assert row["not_inspected"] == "the file is empty"
    known = {"photo", "triage", "findings", "crack", "review", "place", "note", "gsd_from"}
    assert {key for key, value in row.items() if value} == known | {
        "fine_enough",
        "not_inspected",
        "path",
    }


def test_all_reasons_are_told() -> None:
    photo = make_photo(triage="not inspected", reasons=("60 % of it blurred", "10 % of it dark"))
    (row,) = read_csv(make_photos_table([photo]))
    assert row["not_inspected"] == "60 % of it blurred; 10 % of it dark"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_comes_back_as_it_was(name: str) -> None:
    (row,) = read_csv(make_photos_table([make_photo(name)]))
    assert (row["photo"], row["path"]) == (name, f"photos/{name}")


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_a_camera_s_own_words_are_no_formula(first: str) -> None:
    words = f"{first}HYPERLINK(1)"
    photo = make_photo(place=make_place(note=words), camera=CameraFacts(words, model=words))
    (row,) = read_csv(make_photos_table([photo]))
    assert {row[key] for key in ("taken", "model", "note")} == {f"'{words}"}


def test_a_figure_below_zero_is_no_formula() -> None:
    (row,) = read_csv(make_photos_table([make_photo(place=make_place(position=(-8.25, -47.5)))]))
    assert (row["latitude"], row["longitude"]) == ("-47.5000000", "-8.2500000")


def test_the_first_columns_are_those_that_programs_know() -> None:
    head, line = make_regions_table([make_photo(findings=[make_region()])]).decode().splitlines()
    assert head.startswith("photo,region,score,left,top,right,bottom,area_px,triage,length_px,")
    assert line.startswith("a.jpg,1,0.9000,64,96,160,128,3072,crack,96.0,")


def test_a_region_on_the_ground_has_sizes_and_positions() -> None:
    photo = make_photo(findings=[make_region()], smallest_crack_mm=0.4, is_fine_enough=True)
    (row,) = read_csv(make_regions_table([photo]))
    expected = {
        "orientation_deg": "12.5",
        "gsd_mm": "2.0000",
        "length_mm": "192.0",
        "area_mm2": "12288.0",
        "latitude": "47.5000250",
        "longitude": "8.2499498",
        "camera_latitude": "47.5000000",
        "camera_longitude": "8.2500000",
        "camera_altitude_m": "412.50",
        "direction_deg": "123.4",
        "pitch_deg": "-90.0",
        "place": "ground",
        "smallest_crack_mm": "0.400",
        "fine_enough": "yes",
        "taken": "2024-05-06T07:08:09",
        "sha256": "cd" * 32,
    }
    assert {key: row[key] for key in expected} == expected


def test_what_is_unknown_is_empty() -> None:
    region = make_region(orientation_deg=None)
    (row,) = read_csv(
        make_regions_table([make_photo(findings=[region], kind="unknown", file=None)])
    )
    known = {"photo", "region", "score", "left", "top", "right", "bottom", "area_px", "triage"}
    known |= {"length_px", "place", "fine_enough", "taken"}
    assert {key for key, value in row.items() if value} == known
    assert row["place"] == row["fine_enough"] == "unknown"


def test_a_map_has_no_camera() -> None:
    (row,) = read_csv(make_regions_table([make_photo(findings=[make_region()], kind="map")]))
    assert row["latitude"]
    assert not row["camera_latitude"]


def test_a_region_above_the_horizon_is_placed_at_its_camera() -> None:
    ground, sky = make_place("ground"), make_place("camera")
    finding = make_finding(1, make_region(), sky)
    (row,) = read_csv(make_regions_table([make_photo(findings=[finding], place=ground)]))
    assert row["place"] == "camera"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_unknown(value: float) -> None:
    place = make_place(position=(value, value), altitude_m=value, gsd_mm=value)
    (row,) = read_csv(make_regions_table([make_photo(findings=[make_region()], place=place)]))
    assert {row[key] for key in ("camera_latitude", "camera_altitude_m", "length_mm")} == {""}


def test_whole_figures_have_the_digits_of_their_column_too() -> None:
    place = make_place(direction_deg=90, gsd_mm=2)
    (row,) = read_csv(make_regions_table([make_photo(findings=[make_region()], place=place)]))
    assert (row["direction_deg"], row["gsd_mm"]) == ("90.0", "2.0000")


def test_regions_stand_in_the_order_of_the_photos() -> None:
    rows = read_csv(make_regions_table(make_photos()))
    assert [(row["photo"], row["region"]) for row in rows] == [
        (f"{kind}.jpg", number)
        for kind in ("map", "ground", "camera", "unknown")
        for number in ("1", "2")
    ]


def test_photos_without_regions_leave_the_header_alone() -> None:
    table = make_regions_table([make_photo(), make_failed_photo()])
    assert table.endswith(b",taken,sha256\n")
    assert table.count(b"\n") == 1


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_of_a_region_comes_back_as_it_was(name: str) -> None:
    (row,) = read_csv(make_regions_table([make_photo(name, findings=[make_region()])]))
    assert row["photo"] == name


def test_a_name_that_is_no_utf8_stands_there_as_its_own_bytes() -> None:
    assert b"\ncaf\xe9.jpg,1," in make_regions_table(
        [make_photo("caf\udce9.jpg", findings=[make_region()])]
    )


def test_a_name_that_no_bytes_make_ends_no_table() -> None:
    (row,) = read_csv(make_regions_table([make_photo("\ud800.jpg", findings=[make_region()])]))
    assert row["photo"] == "\ufffd.jpg"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
def test_any_names_come_back(names: list[str]) -> None:
    photos = [make_photo(name, findings=[make_region()]) for name in names]
    assert [row["photo"] for row in read_csv(make_regions_table(photos))] == names
