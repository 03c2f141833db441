"""Folders scanned from Python, and their results loaded again."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

import crack_edge as ce
from edge.files.errors import OutputError
from edge.photo.codec import write_photo
from edge.store.scan_store import Store
from tests.unit.crack_edge.api.walls import cracked_wall, dark_model, sound_wall
from tests.unit.fakes import Remembering

MODEL = dark_model()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_photo(tmp_path / "photos/a/cracked.png", cracked_wall())
    write_photo(tmp_path / "photos/sound.png", sound_wall())
    (tmp_path / "photos/broken.jpg").write_bytes(b"\xff\xd8\xff")
    return tmp_path / "photos"


def test_a_folder_gives_photos_findings_and_failures(photos: Path, tmp_path: Path) -> None:
    scan = ce.scan_folder(photos, tmp_path / "out", model=MODEL, gsd_mm=0.5)
    verdicts = {photo.name: photo.verdict for photo in scan.photos}
    assert verdicts == {"a/cracked.png": "crack", "sound.png": "clear"}
    assert list(scan.failures) == ["broken.jpg"]
    assert "broken.jpg" in scan.failures["broken.jpg"]
    (finding,) = scan.findings
    assert (finding.photo, finding.verdict) == ("a/cracked.png", "crack")
    assert finding.length_mm == finding.length_px / 2
    assert scan.photo(finding.photo).findings == (finding,)
    assert scan.report.is_file()
    assert scan.model == "fake"


def test_a_photo_gives_the_same_alone_and_in_a_folder(photos: Path, tmp_path: Path) -> None:
    stored = ce.scan_folder(photos, tmp_path / "out", model=MODEL).photo("a/cracked.png")
    alone = ce.scan_photo(photos / "a/cracked.png", MODEL)
    assert [one.xyxy for one in stored.findings] == [one.xyxy for one in alone.findings]
    assert stored.findings[0].outline == alone.findings[0].outline
    assert np.array_equal(stored.heat_map.scores, alone.heat_map.scores)
    assert stored.heat_map.cell_px == alone.heat_map.cell_px
    assert np.array_equal(stored.overlay(), alone.overlay())


def test_results_are_loaded_later_without_a_model(photos: Path, tmp_path: Path) -> None:
    scan = ce.scan_folder(photos, tmp_path / "out", model=MODEL)
    loaded = ce.load_scan(str(tmp_path / "out"))
    assert loaded == scan
    there = pickle.loads(pickle.dumps(loaded))
    assert there.photo("sound.png").heat_map.scores.shape == (8, 10)


def test_settings_with_numbers_of_numpy_are_kept(photos: Path, tmp_path: Path) -> None:
    ce.scan_folder(photos, tmp_path / "out", model=MODEL, scale=np.float32(1), gsd_mm=np.float32(1))
    scan = ce.scan_folder(photos, tmp_path / "out", model=MODEL, scale=[1], gsd_mm=1)
    assert scan.photo("sound.png").gsd_mm == 1


def test_the_same_call_goes_on_and_others_are_refused(photos: Path, tmp_path: Path) -> None:
    first, again = Remembering(), Remembering()
    for progress in (first, again):
        ce.scan_folder(photos, tmp_path / "out", model=MODEL, progress=progress)
    assert "continuing: 2 of 3 photos are already done" not in first.lines
    assert "continuing: 2 of 3 photos are already done" in again.lines
    with pytest.raises(ce.CrackEdgeError, match=r"with other settings \(threshold"):
        ce.scan_folder(photos, tmp_path / "out", model=MODEL, threshold=0.3)
    scan = ce.scan_folder(photos, tmp_path / "out", model=MODEL, threshold=0.3, force=True)
    assert scan.photos[0].threshold == 0.3


def test_results_lie_beside_the_photos_where_no_folder_is_named(photos: Path) -> None:
    assert ce.scan_folder(photos, model=MODEL).folder == photos.with_name("photos-scan")
    one = photos / "a/cracked.png"
    assert ce.scan_folder([one], model=MODEL).folder == photos / "a/cracked-scan"


def test_positions_place_the_findings(photos: Path, tmp_path: Path) -> None:
    table = tmp_path / "positions.csv"
    table.write_text("photo,latitude,longitude,gsd_mm\nsound.png,47.5,8.25,2\n")
    scan = ce.scan_folder(photos, tmp_path / "out", model=MODEL, positions=table)
    sound, cracked = scan.photo("sound.png"), scan.photo("a/cracked.png")
    assert (sound.latitude, sound.longitude, sound.gsd_mm) == (47.5, 8.25, 2)
    assert (cracked.latitude, cracked.gsd_mm) == (None, None)


def test_results_that_could_not_be_kept_are_an_error(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OutputError("the disk is full")

    monkeypatch.setattr(Store, "record", fail)
    with pytest.raises(OutputError, match="results of 3 photos could not be saved"):
        ce.scan_folder(photos, tmp_path / "out", model=MODEL)


def test_photos_and_folders_that_are_not_there_are_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(ce.CrackEdgeError, match="missing"):
        ce.scan_folder(tmp_path / "missing", tmp_path / "out", model=MODEL)
    with pytest.raises(ce.CrackEdgeError, match="holds no scan"):
        ce.load_scan(photos)
    with pytest.raises(ValueError, match="photos is empty; expected at least one path"):
        ce.scan_folder([], model=MODEL)
    for paths in (b"x", [b"x"], None, 7, [photos, 7], cracked_wall()):
        with pytest.raises(TypeError, match=r"photos .*of type \w+; expected a path"):
            ce.scan_folder(paths, model=MODEL)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        ce.scan_folder(photos, tmp_path / "out", model=MODEL).photo("broken.jpg")
