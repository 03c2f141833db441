"""What a live watch tells on the screen or in the journal."""

from __future__ import annotations

import json

import pytest

from crack_edge.shared.live_log import LogSink
from edge.live.capture.camera_stats import CameraStatus
from edge.live.events.event import Phase
from edge.live.loop.live_state import HeatState, SinkState
from tests.unit.edge.live.notices_made import event_id, make_notice
from tests.unit.edge.live.states_made import make_state


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def log(lines: list[str]) -> LogSink:
    return LogSink(lines.append)


def lost(reason: str, status: CameraStatus = "lost") -> dict[str, object]:
    return {"source": "camera 0", "status": status, "reason": reason}


def test_events_are_told_when_they_begin_and_end(log: LogSink, lines: list[str]) -> None:
    phases: tuple[Phase, ...] = ("begin", "peak", "end")
    for phase in phases:
        log.take(make_notice(1, phase))
    assert [line.split()[:3] for line in lines] == [
        ["event", event_id(1), "began"],
        ["event", event_id(1), "ended"],
    ]


def test_an_event_that_ended_is_a_line_of_json_for_machines(lines: list[str]) -> None:
    put: list[str] = []
    log = LogSink(lines.append, put.append)
    log.take(make_notice(1))
    assert put == []
    log.take(make_notice(1, "end"))
    assert json.loads(put[0])["id"] == event_id(1)


def test_a_camera_is_told_of_when_it_changes_and_not_while_seconds_are_counted(
    log: LogSink, lines: list[str]
) -> None:
    log.tell(make_state())
    log.tell(make_state())
    for seconds in range(10, 90):
        log.tell(make_state(camera=lost(f"no frame for {seconds} s")))
    log.tell(make_state(camera=lost("the stream broke off")))
    log.tell(make_state())
    assert lines == [
        "camera 0: running, 128 x 96 px",
        "camera 0: lost: no frame for 10 s",
        "camera 0: lost: the stream broke off",
        "camera 0: running, 128 x 96 px",
    ]


def test_heat_is_told_when_it_slows_the_loop_and_when_that_is_over(
    log: LogSink, lines: list[str]
) -> None:
    hot = make_state(heat=HeatState(84.6, ("throttled",), is_slowed=True), target_fps=5.0)
    for state in (make_state(), hot, hot, make_state()):
        log.tell(state)
    assert lines[1:] == ["slowed to 5.0 frames/s: 85 °C, throttled", "cooled down: full rate"]


def test_a_sink_is_told_of_when_it_fails_and_when_it_works_again(
    log: LogSink, lines: list[str]
) -> None:
    full = SinkState("record", "stopped", "2 MB free, 500 MB wanted")
    for sink in (SinkState("record", "working"), full, full, SinkState("record", "working")):
        log.tell(make_state(sinks=(sink,)))
    assert lines[1:] == ["record stopped: 2 MB free, 500 MB wanted", "record working"]
