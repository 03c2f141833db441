"""The time that the live loop adds, over so few frames that it means nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks.project.documents import fill_tables
from benchmarks.project.live_time import LIMIT_MS, compare, measure_live_time


def test_the_limit_of_the_added_time_is_the_larger_of_both() -> None:
    bare = np.full(10, 10.0)
    figures = compare(bare + 1.9, bare)
    assert figures["median"]["limit_ms"] == LIMIT_MS
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
    assert [line.split("|")[1].strip() for line in table.splitlines()[3:6]] == [
        "`tile --roi center`",
        "`tile`",
        "`dense`",
    ]
