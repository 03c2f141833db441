"""From a scan to tiles to label, and from labels to a manifest that a training takes."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.detect.settings import ScanSettings
from edge.evaluation.dataset import read_dataset, read_manifest
from edge.files.errors import DataError, InputError, OutputError
from edge.photo.codec import read_photo, write_photo
from edge.review.export import export_review
from edge.review.label_import import import_labels
from edge.review.label_studio import LABEL_CONFIG
from edge.store.scan_store import Store
from tests.unit.fakes import DarknessScorer, Remembering, draw_wall
from tests.unit.scans import scan_drawn
from tests.unit.stores import change

SETTINGS = ScanSettings(threshold=0.3, crack_threshold=0.9)
NAMES = ("a.png", "north/wall.png", "south/wall.png")
SIDE = 64  # of a window


def draw(seed: int) -> NDArray[np.uint8]:
    """Draw a bright wall with cells of all shades, each with a mark of its own."""
    rng = np.random.default_rng(seed)
    photo = draw_wall((320, 256))
    for top in range(0, 256, 64):
        for left in range(0, 320, 64):
            if rng.random() < 0.7:
                photo[top : top + 64, left : left + 64] = rng.integers(100, 160)
    photo += rng.integers(0, 5, photo.shape, np.uint8)
    return photo


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    for seed, name in enumerate(NAMES):
        write_photo(tmp_path / "photos" / name, draw(seed))
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"no picture")
    return scan_photos(tmp_path)


def scan_photos(tmp_path: Path, settings: ScanSettings = SETTINGS) -> Path:
    out = tmp_path / "scan"
    scan_drawn(tmp_path / "photos", out, settings=settings)
    return out


def export(scanned: Path, out: Path, **options: Any) -> dict[str, Any]:
    return export_review(scanned, out, **({"progress": Remembering(), "count": 24} | options))


def rows_of(review: Path) -> list[dict[str, str]]:
    with (review / "review.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def label_all(review: Path, tmp_path: Path, **labels: str) -> Path:
    """Write what Label Studio exports once all tiles have a label, crack unless told."""
    tasks = json.loads((review / "tasks.json").read_text())
    for task in tasks:
        label = labels.get(task["data"]["tile"].partition(".")[0].replace("-", "_"), "crack")
        task["annotations"] = [{"result": [{"value": {"choices": [label]}}]}]
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(tasks))
    return path


def test_all_tiles_wait_to_be_sorted(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    summary = export(scanned, out)
    tiles = {path.name for path in (out / "to_sort").iterdir()}
    assert len(tiles) == summary["tiles"] == sum(summary["whys"].values()) == 24
    assert {row["tile"] for row in rows_of(out)} == tiles
    for folder in ("crack", "no_crack", "unsure"):
        assert list((out / folder).iterdir()) == []
    with pytest.raises(DataError, match="24 pictures, but none in a folder named after a label"):
        read_dataset([out])


def test_a_tile_is_what_the_scan_saw_at_its_place(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    export(scanned, out)
    scorer = DarknessScorer()
    for row in rows_of(out):
        photo = draw(NAMES.index(row["photo"]))
        left, top, right, bottom = (int(row[side]) for side in ("left", "top", "right", "bottom"))
        assert (right - left, bottom - top) == (SIDE, SIDE)
        tile = read_photo(out / "to_sort" / row["tile"])
        np.testing.assert_array_equal(tile, photo[top:bottom, left:right])
        assert float(row["score"]) == pytest.approx(float(scorer.scores(tile[None])[0]), abs=1e-4)


def test_each_photo_gives_tiles_and_each_reason_is_kept(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    summary = export(scanned, out)
    rows = rows_of(out)
    assert {row["photo"] for row in rows} == set(NAMES)
    assert summary["photos"] == len(NAMES)
    assert Counter(row["why"] for row in rows) == Counter(summary["whys"])
    for row in rows:
        score = float(row["score"])
        if row["why"] == "to review":
            assert 0.3 <= score < 0.9
        elif row["why"] in ("just below", "control clear"):
            assert score < 0.3
        else:
            assert score > 0.9


def test_tiles_of_one_photo_stay_together_in_a_training(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    export(scanned, out)
    for number, row in enumerate(rows_of(out)):
        folder = ("crack", "no_crack", "unsure")[number % 3]
        (out / "to_sort" / row["tile"]).rename(out / folder / row["tile"])
    photo_of = {row["tile"]: row["photo"] for row in rows_of(out)}
    samples = read_dataset([out])
    assert len(samples) == 16  # not those in unsure
    groups: dict[str, set[str]] = {}
    for sample in samples:
        groups.setdefault(sample.group, set()).add(photo_of[sample.path.name])
        assert sample.has_photo
    assert len(groups) == len(NAMES)
    assert all(len(photos) == 1 for photos in groups.values())


def test_the_same_scan_gives_the_same_tiles(scanned: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export(scanned, tmp_path / name, seed=3)
    assert rows_of(tmp_path / "one") == rows_of(tmp_path / "two")


@pytest.mark.parametrize(
    ("changes", "sides"),
    [({"view": "tile", "overlap": 0.5}, {64}), ({"scales": (0.5,)}, {128})],
)
def test_any_kind_of_scan_can_be_reviewed(
    tmp_path: Path, changes: dict[str, Any], sides: set[int]
) -> None:
    write_photo(tmp_path / "photos" / "a.png", draw(0))
    settings = ScanSettings(threshold=0.3, crack_threshold=0.9, **changes)
    out = tmp_path / "review"
    export(scan_photos(tmp_path, settings), out)
    assert {int(row["right"]) - int(row["left"]) for row in rows_of(out)} == sides


def test_a_photo_smaller_than_a_window_is_one_tile(tmp_path: Path) -> None:
    write_photo(tmp_path / "photos" / "a.png", draw_wall((40, 30)))
    out = tmp_path / "review"
    assert export(scan_photos(tmp_path), out)["tiles"] == 1
    assert read_photo(out / "to_sort" / "a-1.png").shape == (30, 40, 3)


def test_photos_that_are_gone_or_changed_are_left_out(scanned: Path, tmp_path: Path) -> None:
    (tmp_path / "photos" / "a.png").unlink()
    write_photo(tmp_path / "photos" / "north" / "wall.png", draw(9))
    progress = Remembering()
    out = tmp_path / "review"
    summary = export(scanned, out, progress=progress)
    assert list(summary["left_out"]) == ["a.png", "north/wall.png"]
    assert "was changed since the scan" in summary["left_out"]["north/wall.png"]
    assert sum("left out: " in line for line in progress.lines) == 2
    assert {row["photo"] for row in rows_of(out)} == {"south/wall.png"}
    assert len(list((out / "to_sort").iterdir())) == summary["tiles"] > 0


def test_photos_that_were_moved_are_found(scanned: Path, tmp_path: Path) -> None:
    moved = (tmp_path / "photos").rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"still in its place and unchanged.*--photos"):
        export(scanned, tmp_path / "review")
    with pytest.raises(InputError, match=r"holds none of the photos of .* such as a\.png"):
        export(scanned, tmp_path / "review", photos=moved / "north")
    summary = export(scanned, tmp_path / "review", photos=moved)
    assert (summary["tiles"], summary["left_out"]) == (24, {})


def test_without_photos_an_earlier_review_stays(scanned: Path, tmp_path: Path) -> None:
    export(scanned, tmp_path / "review")
    (tmp_path / "photos").rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="--photos"):
        export(scanned, tmp_path / "review", force=True)
    assert len(rows_of(tmp_path / "review")) == 24
    assert len(list((tmp_path / "review" / "to_sort").iterdir())) == 24


def test_a_folder_without_a_scan_changes_nothing(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    export(scanned, out)
    with pytest.raises(InputError, match="holds no scan"):
        export(tmp_path / "photos", out, force=True)
    assert len(list((out / "to_sort").iterdir())) == 24


def test_a_scan_of_no_photo_has_nothing_to_label(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match="0 photos could be scanned"):
        export(scan_photos(tmp_path), tmp_path / "review")
    assert not (tmp_path / "review").exists()


def test_a_review_goes_nowhere_into_a_scan(scanned: Path) -> None:
    with pytest.raises(OutputError, match="holds a scan"):
        export(scanned, scanned, force=True)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM grids",
        "UPDATE meta SET value = json_set(value, '$.scales', 'all') WHERE key = 'settings'",
        "UPDATE meta SET value = json_remove(value, '$.threshold') WHERE key = 'settings'",
        "UPDATE meta SET value = json_set(value, '$.threshold', 7) WHERE key = 'settings'",
    ],
)
def test_a_damaged_store_is_named(scanned: Path, tmp_path: Path, statement: str) -> None:
    change(scanned, statement)
    with pytest.raises(DataError, match="damaged") as caught:
        export(scanned, tmp_path / "review")
    assert str(scanned) in str(caught.value)


def test_an_earlier_review_is_replaced_as_a_whole(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    export(scanned, out)
    export(scanned, out, count=5, force=True)
    assert len(list((out / "to_sort").iterdir())) == len(rows_of(out)) == 5


def test_the_folder_says_what_to_do_with_it(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "my review"
    export(scanned, out)
    text = (out / "README.txt").read_text()
    assert f"crack-edge train DATA '{out}' --out runs/next" in text
    assert f"crack-edge import-review '{out}' EXPORT.json" in text
    assert f"LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={tmp_path}" in text
    assert (out / "label-config.xml").read_text() == LABEL_CONFIG


def test_tasks_name_the_model_and_lie_below_what_label_studio_serves(
    scanned: Path, tmp_path: Path
) -> None:
    out = tmp_path / "review"
    export(scanned, out)
    for task, row in zip(json.loads((out / "tasks.json").read_text()), rows_of(out), strict=True):
        served = task["data"]["image"].partition("?d=")[2]
        assert (tmp_path / served).is_file()
        assert task["data"]["photo"] == row["photo"]
        sides = [task["data"][side] for side in ("left", "top", "right", "bottom")]
        assert sides == [int(row[side]) for side in ("left", "top", "right", "bottom")]
        assert task["data"]["score"] == float(row["score"])
        (prediction,) = task["predictions"]
        assert prediction["model_version"] == "fake unknown"
        guess = "crack" if float(row["score"]) >= 0.3 else "no_crack"
        assert prediction["result"][0]["value"]["choices"] == [guess]


def test_labels_become_a_manifest(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    export(scanned, out)
    labels = label_all(out, tmp_path, a_1="no_crack", a_2="unsure")
    summary = import_labels(out, labels)
    assert summary["labels"] == {"crack": 22, "no_crack": 1}
    assert (summary["tiles"], summary["unsure"]) == (23, 1)
    samples = read_manifest(out / "manifest.csv")
    assert [s.path.name for s in samples if not s.is_crack] == ["a-1.png"]
    assert {sample.group for sample in samples} == {
        "review/a",
        "review/north_wall",
        "review/south_wall",
    }
    assert not (out / "manifest.csv").read_text().count(str(tmp_path))  # can be moved


def test_labels_hold_for_tiles_that_somebody_moved(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    export(scanned, out)
    labels = label_all(out, tmp_path)
    (out / "to_sort" / "a-1.png").rename(out / "no_crack" / "a-1.png")
    (out / "to_sort" / "a-2.png").unlink()
    summary = import_labels(out, labels)
    assert (summary["tiles"], summary["gone"]) == (23, 1)
    (moved,) = (s for s in read_manifest(out / "manifest.csv") if s.path.name == "a-1.png")
    assert moved.is_crack  # what was said last


def test_labels_of_other_tiles_are_counted_and_left_out(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    export(scanned, out)
    tasks = json.loads(label_all(out, tmp_path).read_text())[:3]
    tasks[0]["data"]["tile"] = "../../../etc/passwd"
    tasks.append(tasks[1] | {"annotations": [{"result": [{"value": {"choices": ["no_crack"]}}]}]})
    labels = tmp_path / "some.json"
    labels.write_text(json.dumps(tasks))
    summary = import_labels(out, labels)
    assert {key: summary[key] for key in ("tiles", "unsure", "unlabelled", "unknown")} == {
        "tiles": 1,
        "unsure": 1,  # two tasks on one tile that differ
        "unlabelled": 22,
        "unknown": 1,
    }


def test_a_manifest_is_replaced_on_demand_only(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    export(scanned, out)
    labels = label_all(out, tmp_path)
    import_labels(out, labels)
    with pytest.raises(OutputError, match="--force"):
        import_labels(out, labels)
    import_labels(out, labels, force=True)


def test_an_export_without_labels_makes_no_manifest(scanned: Path, tmp_path: Path) -> None:
    out = tmp_path / "review"
    export(scanned, out)
    labels = tmp_path / "empty.json"
    labels.write_text("[]")
    with pytest.raises(DataError, match=r"empty\.json"):
        import_labels(out, labels)
    assert not (out / "manifest.csv").exists()


def test_names_of_any_bytes_come_through(tmp_path: Path) -> None:
    name = "caf\udce9-1.png"
    try:
        write_photo(tmp_path / "photos" / name, draw(0))
    except (OutputError, UnicodeEncodeError):
        pytest.skip("this file system takes UTF-8 only")
    out = tmp_path / "review"
    export(scan_photos(tmp_path), out)
    with (out / "review.csv").open(newline="", errors="surrogateescape") as file:
        assert {row["photo"] for row in csv.DictReader(file)} == {name}
    assert all(path.name.startswith("caf_1-") for path in (out / "to_sort").iterdir())
    import_labels(out, label_all(out, tmp_path))


def test_a_scan_that_is_still_running_can_be_reviewed(scanned: Path, tmp_path: Path) -> None:
    with Store.read(scanned) as reader:
        identity = reader.identity
    with Store.open(scanned, identity=identity):
        assert export(scanned, tmp_path / "review")["tiles"] == 24
