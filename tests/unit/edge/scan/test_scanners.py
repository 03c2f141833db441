"""Workers of a scan: what a dying process takes along is scanned once more, alone."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from edge.detect.settings import ScanSettings, Scorers
from edge.model.classifier import open_classifier
from edge.photo.codec import write_photo
from edge.scan.folder_scan import scan_folders
from edge.scan.plan import Parallelism
from edge.scan.scanners import run_scanners
from edge.store.scan_store import Store
from tests.unit.fakes import DarknessScorer, Remembering, draw_wall

SETTINGS = ScanSettings(0.5)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(6):
        write_photo(tmp_path / "photos" / f"{number}.png", draw_wall((300, 200)))
    return tmp_path / "photos"


def test_two_processes_find_what_one_finds(photos: Path, tmp_path: Path) -> None:
    (photos / "broken.png").write_bytes(b"no picture")
    found = {}
    for processes in (1, 2):
        out = tmp_path / f"out{processes}"
        summary = scan_folders(
            [photos],
            out,
            scorer=open_classifier("small"),
            settings=SETTINGS,
            progress=Remembering(),
            plan=Parallelism(processes, 1, 2),
        )
        assert (summary["photos"], summary["failed"]) == (7, 1)
        with Store.read(out) as store:
            found[processes] = [
                (one.task, one.size_wh, one.file, tuple(one.regions)) for one in store.photos()
            ]
    assert found[1] == found[2]


def test_a_scorer_that_is_no_file_cannot_go_to_other_processes(tmp_path: Path) -> None:
    outcomes = run_scanners(
        [],
        tmp_path,
        eyes=Scorers(DarknessScorer()),
        settings=SETTINGS,
        plan=Parallelism(2, 1, 1),
        stop=lambda: False,
    )
    with pytest.raises(ValueError, match="opened from a file"):
        list(outcomes)


def test_photos_lost_with_a_process_are_scanned_all_the_same(photos: Path, tmp_path: Path) -> None:
    class Killing(Remembering):
        """Kills one worker process at the first photo."""

        def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
            if not self.steps:
                multiprocessing.active_children()[0].kill()
            super().step(what, done, total, note=note)

    progress = Killing()
    summary = scan_folders(
        [photos],
        tmp_path / "out",
        scorer=open_classifier("small"),
        settings=SETTINGS,
        progress=progress,
        plan=Parallelism(2, 1, 3),
    )
    assert (summary["photos"], summary["failed"]) == (6, 0)
