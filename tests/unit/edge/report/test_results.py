"""The files of a scan: made from its store alone, and made again as often as one likes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from edge.files.errors import DataError, InputError
from edge.geo.site import Site
from edge.photo.facts import CameraFacts, Quality
from edge.report.result_files import RESULTS, remove_results
from edge.report.results import write_results
from edge.store.photo_result import PhotoResult
from edge.store.scan_store import Store
from tests.unit.photo_findings import read_csv
from tests.unit.stores import IDENTITY, change, make_failure, make_outcome

DARK = make_outcome("dark.jpg", regions=[], quality=Quality(dark=0.8))
CLEAR = make_outcome(
    "clear.jpg", regions=[], quality=Quality(), camera=CameraFacts(), map_frame=None
)


def make_scan(folder: Path, *outcomes: PhotoResult) -> Path:
    with Store.open(folder, identity=IDENTITY) as store:
        for outcome in outcomes:
            store.record(outcome)
    return folder


@pytest.fixture
def scanned(folder: Path) -> Path:
    return make_scan(folder, make_outcome(), DARK, CLEAR, make_failure())


def read_table(path: Path) -> list[dict[str, str]]:
    return read_csv(path.read_bytes())


def run(*words: Any) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, words)])


def test_every_file_is_made_and_they_agree(scanned: Path) -> None:
    summary = write_results(scanned).to_dict()
    assert {path.name for path in scanned.iterdir()} == {*RESULTS, "scan.sqlite"}
    assert summary["triage"] == {"crack": 1, "review": 0, "clear": 1, "not inspected": 2}
    assert summary["findings"] == {"crack": 1, "review": 1}
    assert json.loads((scanned / "scan.json").read_text("utf-8")) == summary
    assert len(read_table(scanned / "regions.csv")) == summary["regions"] == 2
    assert [row["triage"] for row in read_table(scanned / "photos.csv")] == [
        "crack",
        "not inspected",
        "clear",
        "not inspected",
    ]
    assert len(json.loads((scanned / "coco.json").read_text("utf-8"))["annotations"]) == 2


def test_made_again_the_files_are_the_same(scanned: Path) -> None:
    write_results(scanned)
    before = {name: (scanned / name).read_bytes() for name in RESULTS}
    write_results(scanned)
    assert {name: (scanned / name).read_bytes() for name in RESULTS} == before


def test_a_scan_without_a_photo_gives_empty_files(folder: Path) -> None:
    summary = write_results(make_scan(folder)).to_dict()
    assert summary["photos"] == summary["regions"] == 0
    assert all((folder / name).is_file() for name in RESULTS)


def test_settings_that_make_no_sense_are_an_error_that_names_the_folder(folder: Path) -> None:
    make_scan(folder)
    change(folder, "UPDATE meta SET value = '{\"threshold\": 7}' WHERE key = 'settings'")
    with pytest.raises(DataError, match=r"out.*damaged"):
        write_results(folder)


def test_a_folder_without_a_scan_is_an_error(folder: Path) -> None:
    with pytest.raises(InputError, match="holds no scan"):
        write_results(folder)


def test_what_a_scan_wrote_can_be_removed(scanned: Path) -> None:
    write_results(scanned)
    (scanned / "notes.txt").write_text("precious")
    remove_results(scanned)
    assert [path.name for path in scanned.iterdir()] == ["notes.txt"]


def test_the_command_writes_the_files_and_says_what_was_found(scanned: Path) -> None:
    result = run(scanned)
    assert result.exit_code == 1
    assert "findings: 1 sure crack, 1 place to review" in result.stdout
    assert "1 with sure cracks, 0 to review, 1 clear, 2 not inspected" in result.stdout
    assert (scanned / "report.html").is_file()


def test_the_command_ends_well_where_no_photo_failed(folder: Path) -> None:
    assert run(make_scan(folder, make_outcome()), "--json").exit_code == 0


def test_what_is_said_about_the_site_is_kept_for_the_next_time(folder: Path) -> None:
    make_scan(folder, CLEAR)
    run(folder, "--gsd", "0.2", "--crack-width", "0.5")
    for words in ((), ("--crack-width", "0.3")):
        assert run(folder, *words).exit_code == 0
        with Store.read(folder) as store:
            assert store.site == Site(gsd_mm=0.2, crack_width_mm=0.3 if words else 0.5)
        (row,) = read_table(folder / "photos.csv")
        assert float(row["gsd_mm"]) == 0.2
        assert row["fine_enough"] == ("no" if words else "yes")


@pytest.mark.parametrize("option", ["--gsd", "--distance", "--positions"])
def test_what_was_said_about_the_site_can_be_taken_back(
    folder: Path, tmp_path: Path, option: str
) -> None:
    make_scan(folder, CLEAR)
    (tmp_path / "geo.csv").write_text("photo,gsd_mm\nclear.jpg,2\n", "utf-8")
    run(folder, option, tmp_path / "geo.csv" if option == "--positions" else "2")
    with Store.read(folder) as store:
        assert store.site != Site()
    assert run(folder, option, "none").exit_code == 0
    with Store.read(folder) as store:
        assert store.site == Site()


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--gsd", "40000", "expected a length from 0.001 to 1,000 mm, or none"),
        ("--gsd", "0.00001", "expected a length from 0.001 to 1,000 mm, or none"),
        ("--gsd", "0", "expected a length"),
        ("--gsd", "nan", "expected a length"),
        ("--gsd", "MM", "'MM': expected a length"),
        ("--distance", "30000", "expected a length from 0.001 to 20,000 m, or none"),
        ("--positions", "", "the name is empty; expected a CSV file"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, option: str, value: str, words: str) -> None:
    result = run(make_scan(folder, CLEAR), option, value)
    assert result.exit_code == 2
    assert words in result.stderr


def test_where_some_photos_have_a_scale_it_is_asked_for_photo_by_photo(
    folder: Path, tmp_path: Path
) -> None:
    make_scan(folder, CLEAR, make_outcome("drone.jpg", map_frame=None), make_failure())
    lines = run(folder).stdout.splitlines()
    assert lines[-2] == (
        "scale: unknown for 1 of 2 photos; give it per photo in a CSV: --positions FILE with the "
        "columns photo,gsd_mm (docs/findings.md)"
    )
    assert lines[-1].startswith("next: crack-edge export-review")
    (tmp_path / "geo.csv").write_text("photo,gsd_mm\nclear.jpg,0.4\n", "utf-8")
    assert "scale: " not in run(folder, "--positions", tmp_path / "geo.csv").stdout


def test_a_scale_that_replaces_those_of_files_is_told(folder: Path) -> None:
    make_scan(folder, CLEAR, make_outcome("drone.jpg", map_frame=None))
    result = run(folder, "--gsd", "0.4")
    assert "scale: --gsd replaces the scale in the file of 1 photo" in result.stdout
    assert json.loads((folder / "scan.json").read_text("utf-8"))["rescaled"] == 1
    assert "--gsd replaces" not in run(folder, "--gsd", "none").stdout


def test_a_scan_that_was_stopped_is_not_complete(folder: Path) -> None:
    make_scan(folder, make_outcome())
    assert "not scanned yet" not in run(folder).stdout
    with Store.open(folder, identity=None) as store:
        store.keep_listed(["a.jpg", "b.jpg", "c.jpg"])
    assert "incomplete: 2 photos not scanned yet: this scan was stopped" in run(folder).stdout
    assert json.loads((folder / "scan.json").read_text("utf-8"))["left"] == 2


def test_positions_come_from_a_file(folder: Path, tmp_path: Path) -> None:
    make_scan(folder, CLEAR)
    geo = tmp_path / "geo.csv"
    geo.write_text("photo,latitude,longitude\nclear.jpg,47.1,-8.2\ngone.jpg,1,2\n", "utf-8")
    result = run(folder, "--positions", geo)
    assert result.exit_code == 0
    assert "positions that match no photo: gone.jpg" in result.stdout
    (row,) = read_table(folder / "photos.csv")
    assert (float(row["latitude"]), float(row["longitude"])) == (47.1, -8.2)


def test_a_malformed_file_of_positions_leaves_all_as_it_was(folder: Path, tmp_path: Path) -> None:
    make_scan(folder, CLEAR)
    geo = tmp_path / "geo.csv"
    geo.write_text("photo,latitude,longitude\nclear.jpg,91,0\n", "utf-8")
    result = run(folder, "--positions", geo)
    assert result.exit_code == 2
    assert "geo.csv, line 2" in result.stderr
    assert not (folder / "report.html").exists()
