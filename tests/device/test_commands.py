"""The commands of a device, each as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.evaluation.synthetic import draw_concrete
from edge.photo.codec import write_photo

_FRAMES = 20
_FRAME_HW = (256, 288)


def crack_edge(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, which must be a good one."""
    command = [sys.executable, "-m", "crack_edge", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Return a video that moves over drawn concrete with a crack."""
    path = tmp_path / "wall.avi"
    wall = draw_concrete((640, 480), seed=1).photo
    height, width = _FRAME_HW
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height))
    for number in range(_FRAMES):
        left = 8 * number
        writer.write(np.ascontiguousarray(wall[left : left + height, left : left + width, ::-1]))
    writer.release()
    return path


def test_doctor_finds_that_scoring_works_here() -> None:
    told = json.loads(crack_edge("doctor", "--json").stdout)
    assert told["ok"] is True
    assert not [check for check in told["checks"] if check["state"] == "failed"]


def test_a_photo_is_scanned(tmp_path: Path) -> None:
    photo, out = tmp_path / "wall.jpg", tmp_path / "scan"
    write_photo(photo, draw_concrete((640, 480), seed=1).photo)
    summary = json.loads(crack_edge("scan", photo, "--out", out, "--json").stdout)
    assert summary["regions"] >= 1
    assert (out / "report.html").stat().st_size > 10_000


def test_a_video_is_watched_frame_by_frame(video: Path, tmp_path: Path) -> None:
    words = ("--serve", "off", "--record", tmp_path / "events", "--record-min-free-mb", "0")
    done = crack_edge("live", "--source", video, *words)
    assert f"{_FRAMES} frames checked, 0 skipped, 0 unreadable" in done.stderr
    assert (tmp_path / "events" / "events.jsonl").stat().st_size > 0


def test_models_are_benchmarked(tmp_path: Path) -> None:
    words = ("--view", "tile", "--threads", "1", "--max-seconds", "1")
    skipped = [word for part in ("stages", "throughput", "cold-start") for word in ("--skip", part)]
    crack_edge("benchmark", "small", *words, *skipped, "--out", tmp_path / "bench")
    results = json.loads((tmp_path / "bench" / "results.json").read_text(encoding="utf-8"))
    assert results["latency"]


@pytest.mark.soak
def test_the_demo_finds_its_cracks(tmp_path: Path) -> None:
    done = crack_edge("demo", "--out", tmp_path / "demo")
    assert "next: crack-edge scan" in done.stdout
    assert (tmp_path / "demo" / "scan" / "report.html").is_file()
