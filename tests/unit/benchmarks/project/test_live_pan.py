"""The panning video under the live loop, so short that its figures mean nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.project.documents import fill_tables
from benchmarks.project.event_match import FrameTruth, Span
from benchmarks.project.live_pan import THRESHOLDS, measure_live_pan, replay, sweep, watch_video
from benchmarks.project.pan_path import PanSettings
from benchmarks.project.pan_video import PanVideo
from edge.evaluation.synthetic import draw_concrete
from edge.live.events.tracker import EventSettings
from edge.live.loop.watch_loop import WatchSettings
from edge.model.classifier import Classifier, open_classifier
from edge.photo.codec import write_photo

PAN = PanSettings(size_wh=(256, 256), fps=2.0, speed_px_s=128.0)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wall of 768 x 256 px: its middle is black from top to bottom."""
    folder = tmp_path_factory.mktemp("photos")
    photo = draw_concrete((768, 256), seed=4, cracks=0).photo
    cracked = draw_concrete((256, 256), seed=1, cracks=2).photo
    photo[:, 256:512] = cracked
    write_photo(folder / "wall.png", photo)
    lines = ["photo,x,y,width,height,label"]
    lines += [
        f"wall.png,{x},0,256,256,{'crack' if x == 256 else 'no_crack'}" for x in (0, 256, 512)
    ]
    (folder / "tiles.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return open_classifier("small")


@pytest.fixture(scope="module")
def pan_results(photos: Path) -> dict[str, Any]:
    return measure_live_pan(photos, "small", threshold=0.9, pan=PAN)


def test_a_replay_of_the_scores_gives_the_events_of_the_loop(
    photos: Path, classifier: Classifier
) -> None:
    video, settings = PanVideo(photos, PAN), WatchSettings()
    seen = watch_video(video, classifier, "center", 0.5, settings=settings)
    times_s = [truth.time_s for truth in video.truths]
    spans = replay(seen.scores, times_s, 0.5, smooth_s=settings.smooth_s, events=settings.events)
    assert len(seen.scores) == len(video.frames)
    assert spans == list(seen.spans)
    assert spans


def test_each_view_is_compared_with_the_truth(pan_results: dict[str, Any]) -> None:
    assert list(pan_results["views"]) == ["center", "grid", "dense"]
    for of in pan_results["views"].values():
        assert of["figures"]["passages"] == 1
        assert of["figures"]["squares"] == 1


def test_the_sweep_has_the_figures_of_the_pass_itself(pan_results: dict[str, Any]) -> None:
    settings = pan_results["settings"]
    for of in pan_results["views"].values():
        here = {
            "threshold": 0.9,
            "smooth_s": settings["smooth_s"],
            "hold_s": settings["events"]["hold_s"],
        }
        assert here | of["figures"] in of["sweep"]


def test_the_readme_shows_views_and_thresholds(pan_results: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "live-pan.json").write_text(json.dumps(pan_results))
    views = fill_tables("<!-- table: live-pan -->\n<!-- end -->", tmp_path)
    assert "| `dense` | " in views
    thresholds = fill_tables("<!-- table: live-thresholds -->\n<!-- end -->", tmp_path)
    rows = [line for line in thresholds.splitlines() if line.startswith("| 0.")]
    assert [row.split()[1] for row in rows] == [f"{begin:.2f}" for begin in THRESHOLDS]


def test_a_higher_threshold_begins_no_more_events_than_there_are_peaks() -> None:
    scores = np.array([0.1, 0.1, 0.99, 0.99, 0.1, 0.1, 0.1, 0.7, 0.7, 0.1, 0.1, 0.1])
    times_s = np.arange(len(scores), dtype=float).tolist()
    events = EventSettings(hold_s=1.0)
    assert len(replay(scores, times_s, 0.6, smooth_s=0, events=events)) == 2
    assert replay(scores, times_s, 0.9, smooth_s=0, events=events) == [Span(2.0, 3.0)]


def test_no_setting_is_swept_twice() -> None:
    truths = [FrameTruth(number / 5, (), True) for number in range(20)]
    rows = sweep(np.full(20, 0.1), truths, 0.9, settings=WatchSettings())
    keys = [(row["threshold"], row["smooth_s"], row["hold_s"]) for row in rows]
    assert len(keys) == len(set(keys))


def test_an_event_that_lasts_at_the_end_is_told(photos: Path) -> None:
    scores = np.full(10, 0.99)
    spans = replay(scores, [n / 5 for n in range(10)], 0.9, smooth_s=0, events=EventSettings())
    assert spans == [Span(0.0, 1.8)]
