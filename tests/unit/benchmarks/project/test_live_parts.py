"""What the measurements of the live loop share."""

from __future__ import annotations

import numpy as np

from benchmarks.project.live_parts import PreparedSource, SpanSink, StepCamera


def test_a_step_camera_gives_each_frame_once_with_the_time_of_the_video() -> None:
    pictures = [np.zeros((8, 8, 3), np.uint8)] * 2
    camera = StepCamera(PreparedSource(pictures, fps=4.0))
    frames = [camera.wait(0.1) for _ in range(3)]
    assert [frame.number for frame in frames if frame] == [1, 2, 3]
    assert [frame.time_s for frame in frames if frame] == [0, 0.25, 0.5]


def test_a_span_sink_says_how_it_is() -> None:
    assert SpanSink().state.status == "working"
