"""The table of photos."""

from __future__ import annotations

import pytest

from edge.photo.facts import CameraFacts
from edge.report.photos_table import make_photos_table
from tests.unit.photo_findings import (
    ODD_NAMES,
    make_failed_photo,
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
    assert row["not_inspected"] == "photos/bad.jpg: the file is empty"
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
