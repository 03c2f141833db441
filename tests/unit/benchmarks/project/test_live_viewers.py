"""Viewers of the live page, so few that their figures mean nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.project.documents import fill_tables


def test_viewers_come_and_go_while_the_loop_runs(tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    from benchmarks.project.live_viewers import measure_live_viewers

    results = measure_live_viewers(
        "small",
        view="center",
        viewers=3,
        seconds=0.3,
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
