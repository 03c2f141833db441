"""The soak: memory stays flat over many frames with everything on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.project.live_soak import PER_FRAMES, measure_live_soak

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc"),
]

FRAMES = int(os.environ.get("CRACK_EDGE_SOAK_FRAMES", "40000"))


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
    assert rise_kb <= results["bar_kb_per_10000_frames"] * 9, results["rss_mb"]
