"""A scan that is killed at any moment goes on: no photo is lost, none is there twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from edge.files.errors import InputError
from edge.photo.codec import read_photo, write_photo
from edge.store.result_paths import heat_map_path, overlay_path
from edge.store.scan_store import Store
from tests.unit.fakes import draw_wall

PHOTOS = 200
KILLS = 10
# After a run's first new photo; a photo takes some ms.
_LONGEST_S = 0.15


def _start(folder: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "crack_edge", "scan", str(folder), "--out", str(out), "--json"]
    environment = os.environ | {"CRACK_EDGE_PROFILE": str(out.parent / "profile.json")}
    return subprocess.Popen(
        command,
        cwd=Path(__file__).resolve().parents[4],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _count_done(out: Path) -> int:
    try:
        with Store.read(out) as store:
            return store.count().done
    except InputError:
        return 0


def test_200_photos_survive_ten_kills(tmp_path: Path) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    for number in range(PHOTOS):
        dark = (number, 64, number + 96, 160)
        write_photo(folder / f"{number % 7}" / f"{number:03}.jpg", draw_wall((420, 260), dark))
    rng = random.Random(5)
    progress = [0]
    for number in range(KILLS):
        run = _start(folder, out)
        # Some are killed while they start, the others among the photos.
        while number % 4 and _count_done(out) == progress[-1] and run.poll() is None:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, _LONGEST_S))
        assert run.poll() is None, run.communicate()
        run.send_signal(signal.SIGKILL)
        run.communicate()
        progress.append(_count_done(out))
        assert progress[-1] >= progress[-2]
    summary = json.loads(_start(folder, out).communicate()[0])
    assert (summary["photos"], summary["failed"]) == (PHOTOS, 0)
    assert summary["scanned"] == PHOTOS - progress[-1]
    whole = tmp_path / "whole"
    undisturbed = json.loads(_start(folder, whole).communicate()[0])
    assert summary["regions"] == undisturbed["regions"] > 0
    assert (out / "regions.csv").read_bytes() == (whole / "regions.csv").read_bytes()
    with Store.read(out) as store:
        names = [one.task.name for one in store.photos()]
    assert len(names) == len(set(names)) == PHOTOS
    for name in names:
        for path_of in (heat_map_path, overlay_path):
            assert read_photo(path_of(out, name)).shape == read_photo(path_of(whole, name)).shape
    left = {path.name for path in out.rglob("*") if path.is_file()}
    assert not [name for name in left if name.startswith(".") or name.endswith(("-wal", "-shm"))]


def test_sigterm_finishes_the_photos_at_work_and_says_how_many_are_left(tmp_path: Path) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    for number in range(PHOTOS):
        write_photo(folder / f"{number}.jpg", draw_wall((420, 260)))
    run = _start(folder, out)
    while not _count_done(out) and run.poll() is None:
        time.sleep(0.01)
    run.send_signal(signal.SIGTERM)
    output, complaints = run.communicate()
    summary = json.loads(output)
    assert run.returncode == 130
    assert "stopping" in complaints
    assert summary["left"] == PHOTOS - summary["photos"] > 0
    assert _count_done(out) == summary["photos"]
