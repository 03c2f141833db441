"""The benches of the live watch, so small that their figures mean nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.project.event_match import FrameTruth, Span
from benchmarks.project.live_pan import THRESHOLDS, measure_live_pan, replay, sweep, watch_video
from benchmarks.project.live_parts import PreparedSource, SpanSink, StepCamera
from benchmarks.project.live_soak import ChangingSource, fit_memory, measure_live_soak
from benchmarks.project.live_time import BAR_MS, compare, measure_live_time
from benchmarks.project.pan_path import PanSettings
from benchmarks.project.pan_video import PanVideo
from benchmarks.project.readme import fill_tables
from edge.evaluation.synthetic import draw_concrete
from edge.live.capture.source import SourceLostError
from edge.live.events.tracker import EventSettings
from edge.live.loop.watch_loop import WatchSettings
from edge.model.classifier import Classifier, open_classifier
from edge.photo.codec import write_photo

PAN = PanSettings(size_wh=(256, 256), fps=2.0, speed_px_s=128.0)
needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")


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


def test_each_view_is_held_against_the_truth(pan_results: dict[str, Any]) -> None:
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


def test_a_step_camera_gives_each_frame_once_with_the_time_of_the_video() -> None:
    pictures = [np.zeros((8, 8, 3), np.uint8)] * 2
    camera = StepCamera(PreparedSource(pictures, fps=4.0))
    frames = [camera.wait(0.1) for _ in range(3)]
    assert [frame.number for frame in frames if frame] == [1, 2, 3]
    assert [frame.time_s for frame in frames if frame] == [0, 0.25, 0.5]


def test_a_span_sink_says_how_it_is() -> None:
    assert SpanSink().state.status == "working"


def test_the_bar_of_the_added_time_is_the_larger_of_both() -> None:
    bare = np.full(10, 10.0)
    figures = compare(bare + 1.9, bare)
    assert figures["median"]["bar_ms"] == BAR_MS
    assert figures["median"]["passes"]
    assert not compare(bare + 2.1, bare)["p90"]["passes"]
    slow = np.full(10, 100.0)
    assert compare(slow + 4.9, slow)["p90"]["passes"]
    assert not compare(slow + 5.1, slow)["median"]["passes"]


def test_the_added_time_is_measured_for_each_view_and_shown(tmp_path: Path) -> None:
    results = measure_live_time("small", frame_wh=(320, 288), frames=44, warm_up=1)
    (tmp_path / "live-time.json").write_text(json.dumps(results))
    for figures in results["views"].values():
        assert figures["median"]["loop_ms"] > 0
        assert figures["median"]["bare_ms"] > 0
    table = fill_tables("<!-- table: live-time -->\n<!-- end -->", tmp_path)
    assert [line.split(" | ")[0] for line in table.splitlines()[3:6]] == [
        "| `tile --roi center`",
        "| `tile`",
        "| `dense`",
    ]


def test_viewers_come_and_go_while_the_loop_runs(tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    from benchmarks.project.live_viewers import measure_live_viewers

    results = measure_live_viewers(
        "small",
        view="center",
        viewers=3,
        seconds=1.0,
        rounds=1,
        frame_wh=(256, 256),
        cases={"paced": (10.0, 30.0)},
    )
    case = results["cases"]["paced"]
    assert case["fps"]["alone"] > 0
    assert case["fps"]["watched"] > 0
    assert case["pictures_a_viewer_s"] > 0
    (tmp_path / "live-viewers.json").write_text(json.dumps(results))
    table = fill_tables("<!-- table: live-viewers -->\n<!-- end -->", tmp_path)
    assert "| paced | 30 | " in table


@needs_proc
def test_a_short_soak_has_events_losses_and_a_line(tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    results = measure_live_soak(frames=400, every=50, warm_up=100, lost_every=150)
    assert results["events"] >= 2
    assert results["losses"] >= 2
    assert results["opened"] == results["losses"] + 1
    statuses = {name: of[0] for name, of in results["sinks"].items()}
    # MQTT is among them where a broker is installed, and may still be connecting.
    assert statuses.pop("mqtt", "working") in ("working", "waiting")
    assert statuses == {"page": "working", "record": "working"}
    (tmp_path / "live-soak.json").write_text(json.dumps(results))
    table = fill_tables("<!-- table: live-soak -->\n<!-- end -->", tmp_path)
    assert "| 400 | " in table


def test_the_source_of_the_soak_is_lost_and_comes_back() -> None:
    source = ChangingSource(lost_every=3, size_every=100)
    source.open()
    source.read()
    source.read()
    with pytest.raises(SourceLostError):
        source.read()
    source.open()
    assert source.read().media_s == pytest.approx(0.4)
    assert source.opened == 2


def test_the_source_of_the_soak_changes_its_size() -> None:
    source = ChangingSource(lost_every=1000, size_every=2)
    source.open()
    shapes = [source.read().picture.shape for _ in range(9)]
    assert len(set(shapes)) == 4
    assert shapes[8] == shapes[0]


@given(st.floats(-500, 500), st.floats(1, 500))
def test_the_slope_of_a_straight_rise_is_found(slope_kb: float, begin_mb: float) -> None:
    at = list(range(0, 100_000, 1000))
    rss_mb = [begin_mb + 20 + slope_kb / 1000 * frame / 10_000 for frame in at]
    fitted = fit_memory(at, rss_mb, warm_up=10_000)
    assert fitted["slope_kb_per_10000_frames"] == pytest.approx(slope_kb, abs=0.1)
    assert fitted["slope_error_kb"] == pytest.approx(0, abs=0.1)


def test_what_happens_in_the_warm_up_does_not_count() -> None:
    at = [0, 1000, 2000, 3000, 4000]
    fitted = fit_memory(at, [10, 500, 20, 20, 20], warm_up=1000)
    assert fitted["slope_kb_per_10000_frames"] == 0
    assert fitted["rise_mb"] == 0


def test_too_few_notes_of_memory_are_refused() -> None:
    with pytest.raises(ValueError, match="a line needs three"):
        fit_memory([0, 1000, 2000], [1, 1, 1], warm_up=1000)
