"""The soak: memory stays flat over many frames with everything on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.project.documents import fill_tables
from benchmarks.project.live_soak import PER_FRAMES, ChangingSource, fit_memory, measure_live_soak
from edge.live.capture.source import SourceLostError

needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
FRAMES = int(os.environ.get("CRACK_EDGE_SOAK_FRAMES", "40000"))


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


@pytest.mark.soak
@needs_proc
def test_memory_stays_flat_with_events_losses_a_page_and_a_record() -> None:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    results = measure_live_soak(frames=FRAMES)
    assert results["events"] > FRAMES // 200
    assert results["losses"] == FRAMES // 5000
    assert {name: of[0] for name, of in results["sinks"].items()} == {
        "page": "working",
        "record": "working",
    }
    # In all no more than a full soak of 100,000 frames may rise by.
    rise_kb = results["slope_kb_per_10000_frames"] * FRAMES * 0.9 / PER_FRAMES
    assert rise_kb <= results["limit_kb_per_10000_frames"] * 9, results["rss_mb"]
