"""A scan tells all of what it finds, stops for no broken photo and goes on where it ended."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from edge.detect.settings import ScanSettings
from edge.files.atomic_write import UNFINISHED
from edge.files.errors import InputError, ModelError, OutputError
from edge.photo.codec import read_photo, write_photo
from edge.report.result_files import RESULTS
from edge.report.results import write_results
from edge.store.result_paths import PICTURES, heat_map_path, overlay_path, thumbnail_path
from edge.store.scan_store import Store
from tests.unit.fakes import DarknessScorer, Remembering, draw_wall, make_card
from tests.unit.scans import scan_drawn

DARK = (96, 64, 160, 128)  # on whole cells


def test_a_model_of_whole_tiles_is_refused_in_the_dense_view_before_anything_is_written(
    tmp_path: Path,
) -> None:
    card = make_card(cell_px=64, output="tile_logit")
    write_photo(tmp_path / "wall.png", draw_wall((100, 80)))
    out = tmp_path / "out"
    with pytest.raises(ModelError, match="--view tile"):
        scan_drawn(tmp_path / "wall.png", out, scorer=DarknessScorer(card))
    assert not out.exists()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    write_photo(folder / "a.png", draw_wall((320, 256), DARK))
    write_photo(folder / "wall" / "b.png", draw_wall((200, 100)))
    (folder / "broken.jpg").write_bytes(b"no picture")
    two = draw_wall((500, 300), (32, 32, 96, 96), (320, 160, 384, 224))
    write_photo(folder / "wall" / "<script>.png", two)
    return folder


def test_the_summary_counts_what_was_done(photos: Path, tmp_path: Path) -> None:
    summary = scan_drawn(photos, tmp_path / "out")
    assert {key: summary[key] for key in ("photos", "failed", "regions")} == {
        "photos": 4,
        "failed": 1,
        "regions": 3,
    }
    assert summary["megapixels"] == pytest.approx(
        (320 * 256 + 200 * 100 + 500 * 300) / 1e6, abs=1e-3
    )
    assert 0 <= summary["seconds"] < 60
    assert (summary["scanned"], summary["resumed"], summary["left"]) == (4, 0, 0)
    kept = json.loads((tmp_path / "out" / "scan.json").read_text())
    assert kept.items() <= summary.items()
    assert kept["models"] == [{"name": "fake", "sha256": None}]


def test_a_photo_that_cannot_be_read_is_reported_and_the_scan_goes_on(
    photos: Path, tmp_path: Path
) -> None:
    progress = Remembering()
    summary = scan_drawn(photos, tmp_path / "out", progress=progress)
    assert list(summary["failures"]) == ["broken.jpg"]
    assert any("broken.jpg" in line for line in progress.lines)
    assert progress.steps[-1] == ("writing results", len(RESULTS), len(RESULTS))
    assert [step for step in progress.steps if step[0] == "photos"][-1] == ("photos", 4, 4)
    assert "broken.jpg" in (tmp_path / "out" / "report.html").read_text()


def test_the_table_has_a_row_for_each_region(photos: Path, tmp_path: Path) -> None:
    scan_drawn(photos, tmp_path / "out")
    with (tmp_path / "out" / "regions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["photo"], row["region"]) for row in rows] == [
        ("a.png", "1"),
        ("wall/<script>.png", "1"),
        ("wall/<script>.png", "2"),
    ]
    assert tuple(int(rows[0][side]) for side in ("left", "top", "right", "bottom")) == DARK
    assert rows[0]["area_px"] == "4096"
    assert float(rows[0]["score"]) > 0.99


def test_every_photo_read_gets_a_heat_map_an_overlay_and_a_thumbnail(
    photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    scan_drawn(photos, out)
    for name, shape in (("a.png", (256, 320, 3)), ("wall/b.png", (100, 200, 3))):
        assert read_photo(heat_map_path(out, name)).shape == shape
        assert read_photo(overlay_path(out, name)).shape == shape
        assert max(read_photo(thumbnail_path(out, name)).shape) == 256 or shape[1] < 256
    for folder in PICTURES:
        assert sum(path.is_file() for path in (out / folder).rglob("*")) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_photo_whose_name_is_not_utf_8_does_not_stop_thescan_drawn(
    photos: Path, tmp_path: Path
) -> None:
    (photos / "a.png").rename(photos / os.fsdecode(b"Br\xfccke.png"))
    summary = scan_drawn(photos, tmp_path / "out")
    assert (summary["photos"], summary["regions"]) == (4, 3)
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_folder_in_use_is_not_written_into(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("precious")
    with pytest.raises(OutputError, match=r"out: the folder is not empty"):
        scan_drawn(photos, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["notes.txt"]
    scan_drawn(photos, tmp_path / "out", force=True)
    assert (tmp_path / "out" / "notes.txt").read_text() == "precious"


def test_nothing_is_written_for_a_source_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone"):
        scan_drawn(tmp_path / "gone", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_photos_none_of_which_can_be_read_are_all_reported(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"no picture")
    summary = scan_drawn(tmp_path, tmp_path / "out")
    assert summary["failed"] == summary["photos"] == 2
    assert list(summary["failures"]) == ["a.jpg", "b.jpg"]


class _Counting(DarknessScorer):
    """Counts the photos that it sees: each of the tests' is one piece."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def cell_logits(self, pieces: Any) -> Any:
        for piece in pieces:
            self.seen += 1
            yield from super().cell_logits([piece])


def test_the_same_command_again_scans_only_what_failed(photos: Path, tmp_path: Path) -> None:
    first = scan_drawn(photos, tmp_path / "out")
    write_photo(photos / "whole.png", draw_wall((320, 256), DARK))
    (photos / "whole.png").replace(photos / "broken.jpg")
    scorer = _Counting()
    summary = scan_drawn(photos, tmp_path / "out", scorer=scorer)
    assert scorer.seen == 1
    assert (summary["scanned"], summary["resumed"]) == (1, 3)
    assert (summary["photos"], summary["failed"]) == (4, 0)
    assert summary["regions"] == first["regions"] + 1


def test_photos_added_or_changed_since_are_scanned_the_rest_is_not(
    photos: Path, tmp_path: Path
) -> None:
    scan_drawn(photos, tmp_path / "out")
    write_photo(photos / "a.png", draw_wall((320, 256)))
    write_photo(photos / "c.png", draw_wall((320, 256), DARK))
    os.utime(photos / "wall" / "b.png")
    scorer = _Counting()
    summary = scan_drawn(photos, tmp_path / "out", scorer=scorer)
    assert scorer.seen == 2
    assert summary["photos"] == 5
    with Store.read(tmp_path / "out") as store:
        regions = {one.task.name: len(one.regions) for one in store.photos()}
    assert (regions["a.png"], regions["c.png"], regions["wall/b.png"]) == (0, 1, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"settings": ScanSettings(threshold=0.6)},
        {"settings": ScanSettings(threshold=0.5, scales=(1.0, 2.0))},
        {"scorer": DarknessScorer(make_card(model_sha256="b" * 64))},
    ],
    ids=["threshold", "scales", "model"],
)
def test_other_settings_or_another_model_do_not_go_on_in_the_same_folder(
    photos: Path, tmp_path: Path, other: dict[str, Any]
) -> None:
    out = tmp_path / "out"
    before = scan_drawn(photos, out)
    with pytest.raises(OutputError, match=r"other settings.*--force"):
        scan_drawn(photos, out, **other)
    assert scan_drawn(photos, out)["scanned"] == before["failed"]
    (out / "overlays" / "gone.png.jpg").write_bytes(b"of an earlier scan")
    again = scan_drawn(photos, out, force=True, **other)
    assert again["resumed"] == 0
    assert not (out / "overlays" / "gone.png.jpg").exists()


def test_results_inside_the_folder_of_photos_are_not_scanned(photos: Path) -> None:
    for _ in range(2):
        assert scan_drawn(photos, photos / "out")["photos"] == 4


def test_shards_together_are_all_photos_once(photos: Path, tmp_path: Path) -> None:
    names: list[str] = []
    for number in (1, 2, 3):
        out = tmp_path / f"out{number}"
        scan_drawn(photos, out, shard=(number, 3))
        with Store.read(out) as store:
            assert store.shards == [f"{number}/3"]
            names += [one.task.name for one in store.photos()]
    assert sorted(names) == ["a.png", "broken.jpg", "wall/<script>.png", "wall/b.png"]


def test_a_wish_to_stop_finishes_what_is_at_work_and_keeps_it(photos: Path, tmp_path: Path) -> None:
    progress = Remembering()
    summary = scan_drawn(
        photos,
        tmp_path / "out",
        progress=progress,
        photos=1,
        stop=lambda: bool(progress.steps),
    )
    assert 1 <= summary["scanned"] < 4
    assert summary["left"] == 4 - summary["scanned"]
    assert json.loads((tmp_path / "out" / "scan.json").read_text())["left"] == summary["left"]
    assert scan_drawn(photos, tmp_path / "out")["photos"] == 4
    assert json.loads((tmp_path / "out" / "scan.json").read_text())["left"] == 0


def test_a_report_made_while_a_scan_runs_says_what_is_left(photos: Path, tmp_path: Path) -> None:
    left = []

    class Reporting(Remembering):
        def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
            super().step(what, done, total, note=note)
            if what == "photos":
                left.append(write_results(tmp_path / "out").left)

    scan_drawn(photos, tmp_path / "out", progress=Reporting())
    assert left == [3, 2, 1, 0]


def test_photos_of_the_folder_that_are_not_scanned_now_are_counted(
    photos: Path, tmp_path: Path
) -> None:
    scan_drawn(photos, tmp_path / "out")
    for source, words in (
        (photos / "wall", "also holds 4 photos of an earlier scan"),
        (photos / "a.png", "also holds 5 photos of an earlier scan"),
    ):
        progress = Remembering()
        scan_drawn(source, tmp_path / "out", progress=progress)
        assert any(words in line for line in progress.lines)


def test_what_a_killed_scan_left_half_written_is_cleared_away(photos: Path, tmp_path: Path) -> None:
    scan_drawn(photos, tmp_path / "out")
    rest = tmp_path / "out" / "overlays" / "wall" / f"{UNFINISHED}x1"
    rest.write_bytes(b"half")
    scan_drawn(photos, tmp_path / "out")
    assert not rest.exists()


def test_pictures_that_cannot_be_written_fail_their_photo_only(
    photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    scan_drawn(photos, out)
    shutil.rmtree(out / "overlays" / "wall")
    (out / "overlays" / "wall").write_bytes(b"in the way")
    write_photo(photos / "wall" / "b.png", draw_wall((200, 100), (0, 0, 64, 64)))
    summary = scan_drawn(photos, out)
    assert list(summary["failures"]) == ["broken.jpg", "wall/b.png"]
    assert "wall" in summary["failures"]["wall/b.png"]


def test_a_photo_that_vanishes_is_recorded_and_the_rest_goes_on(
    photos: Path, tmp_path: Path
) -> None:
    class Vanishing(Remembering):
        def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
            super().step(what, done, total, note=note)
            shutil.rmtree(photos / "wall", ignore_errors=True)

    summary = scan_drawn(photos, tmp_path / "out", progress=Vanishing(), photos=1)
    assert summary["photos"] == 4
    assert set(summary["failures"]) >= {"broken.jpg", "wall/<script>.png"}
    assert "cannot be read" in summary["failures"]["wall/<script>.png"]


def test_a_store_that_cannot_record_is_told_and_the_rest_goes_on(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Store.record

    def fail_at_a(self: Store, outcome: Any, **words: Any) -> None:
        if outcome.task.name == "a.png":
            raise OutputError("scan.sqlite: database or disk is full")
        record(self, outcome, **words)

    monkeypatch.setattr(Store, "record", fail_at_a)
    progress = Remembering()
    summary = scan_drawn(photos, tmp_path / "out", progress=progress)
    assert any("a.png" in line and "disk is full" in line for line in progress.lines)
    assert (summary["photos"], summary["failed"]) == (3, 2)
    monkeypatch.undo()
    assert scan_drawn(photos, tmp_path / "out")["photos"] == 4


def test_a_photo_of_the_longest_name_gets_its_pictures(tmp_path: Path) -> None:
    names = ["ü" * 125 + f"{number}.png" for number in (1, 2)]
    for name in names:
        write_photo(tmp_path / "photos" / "short.png", draw_wall((100, 80)))
        (tmp_path / "photos" / "short.png").rename(tmp_path / "photos" / name)
    assert scan_drawn(tmp_path / "photos", tmp_path / "out")["failed"] == 0
    pictures = [overlay_path(tmp_path / "out", name) for name in names]
    assert len(set(pictures)) == 2
    assert all(path.is_file() for path in pictures)
    page = (tmp_path / "out" / "report.html").read_text()
    assert all(quote(path.name) in page for path in pictures)


def test_the_store_can_be_read_with_sqlite_alone(photos: Path, tmp_path: Path) -> None:
    scan_drawn(photos, tmp_path / "out")
    with sqlite3.connect(tmp_path / "out" / "scan.sqlite") as database:
        rows = database.execute(
            "SELECT name, width, height, state FROM photos ORDER BY name"
        ).fetchall()
    database.close()
    assert rows[0] == ("a.png", 320, 256, "done")
    assert rows[1][0::3] == ("broken.jpg", "failed")


@pytest.mark.parametrize("damage", [lambda data: data[:0], lambda data: data[: len(data) // 2]])
def test_every_kind_of_photo_is_scanned_or_reported(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    folder = tmp_path / "photos"
    write_photo(folder / "fine.jpg", draw_wall((300, 200), DARK))
    write_photo(folder / "strip.png", np.full((10, 30000, 3), 200, np.uint8))
    write_photo(folder / "dot.png", draw_wall((1, 1)))
    write_photo(folder / "png.png", draw_wall((300, 200)))
    (folder / "png.png").rename(folder / "named.jpg")
    for suffix in (".jpg", ".png", ".tif", ".webp"):
        path = folder / f"damaged{suffix}"
        write_photo(path, draw_wall((300, 200), DARK))
        path.write_bytes(damage(path.read_bytes()))
    summary = scan_drawn(folder, tmp_path / "out")
    assert summary["photos"] == 8
    assert set(summary["failures"]) == {f"damaged{s}" for s in (".jpg", ".png", ".tif", ".webp")}


def test_pictures_of_an_earlier_scan_are_no_photos(photos: Path, tmp_path: Path) -> None:
    scan_drawn(photos / "a.png", photos / "a-scan")
    assert scan_drawn(photos, tmp_path / "out")["photos"] == 4
    with pytest.raises(InputError, match="a-scan: holds the results of a scan"):
        scan_drawn(photos / "a-scan", tmp_path / "again")
    with pytest.raises(InputError, match="photos are in the folder for the results"):
        scan_drawn(photos, photos)
