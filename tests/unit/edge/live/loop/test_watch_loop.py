"""The loop, from frames to events."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.live.capture.camera_stats import CameraState
from edge.live.capture.frame import Frame
from edge.live.events.event import Notice
from edge.live.loop.controls import Controls
from edge.live.loop.latest_observation import LatestObservation
from edge.live.loop.live_state import HeatState, LiveState, SinkState
from edge.live.loop.watch_loop import WatchLoop, WatchSettings, describe_in_a_line
from edge.live.scoring.frame_scorer import FrameScorer
from edge.live.scoring.roi import parse_roi
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.states_made import make_state
from tests.unit.fakes import DarknessScorer, draw_wall

WALL = draw_wall((128, 64))
CRACK = draw_wall((128, 64), (0, 0, 64, 64))


class FakeCamera:
    """Gives frames 0.1 s apart; None stands for a wait of 0.2 s in vain."""

    def __init__(self, clock: HandClock, pictures: Iterable[NDArray[np.uint8] | None]) -> None:
        self.state = CameraState("drawn", "running")
        self.reopened = 0
        self._clock = clock
        self._pictures = deque(pictures)
        self._number = 0

    @property
    def has_ended(self) -> bool:
        return not self._pictures

    def wait(self, timeout_s: float) -> Frame | None:
        picture = self._pictures.popleft()
        self._clock.advance(0.1 if picture is not None else timeout_s)
        if picture is None:
            return None
        self._number += 1
        now_s = self._clock.monotonic_s
        return Frame(self._number, picture, now_s, now_s, self._clock.wall_s)

    def reopen(self) -> None:
        self.reopened += 1


class FakeSink:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.states: list[LiveState] = []
        self.reopened = 0
        self.state = SinkState("fake", "working")

    def take(self, notice: Notice) -> None:
        self.notices.append(notice)

    def tell(self, state: LiveState) -> None:
        self.states.append(state)

    def reopen(self) -> None:
        self.reopened += 1

    def close(self, *, timeout_s: float) -> None:
        raise AssertionError("the loop does not own its sinks")


class Rig:
    """A loop and all around it."""

    def __init__(
        self, pictures: Iterable[NDArray[np.uint8] | None], *, roi: str | None = None
    ) -> None:
        self.clock = HandClock()
        self.camera = FakeCamera(self.clock, pictures)
        self.sink = FakeSink()
        self.latest = LatestObservation(
            make_state(status="starting", frames=0), clock=self.clock.clock
        )
        self.controls = Controls(0.9)
        self.feeds: list[str] = []
        self.watch = WatchLoop(
            FrameScorer(DarknessScorer(), roi=parse_roi(roi) if roi else None),
            self.camera,
            settings=WatchSettings(),
            latest=self.latest,
            controls=self.controls,
            sinks=[self.sink],
            watchdog=self,
            clock=self.clock.clock,
        )

    def feed_watchdog(self, status: str) -> None:
        self.feeds.append(status)

    def phases(self) -> list[str]:
        return [notice.phase for notice in self.sink.notices if notice.phase != "peak"]


def test_a_crack_that_passes_is_one_event_with_its_best_frame() -> None:
    rig = Rig([WALL] * 20 + [CRACK] * 20 + [WALL] * 30)
    rig.watch.run()
    assert rig.phases() == ["begin", "end"]
    end = rig.sink.notices[-1]
    assert end.event.duration_s == pytest.approx(2.0, abs=0.5)
    assert np.array_equal(end.best.frame.picture, CRACK)
    assert end.event.regions[0].xyxy == (0, 0, 64, 64)
    assert end.event.source == "drawn"
    assert end.event.model == "fake"
    assert rig.latest.state.events == 1
    assert rig.latest.state.frames == 70
    assert rig.latest.state.status == "ended"


def test_the_end_of_a_file_ends_the_event_that_lasts() -> None:
    rig = Rig([WALL] * 5 + [CRACK] * 20)
    rig.watch.run()
    assert rig.phases() == ["begin", "end"]
    assert rig.sink.notices[-1].event.ended_by == "source"


def test_a_wish_to_stop_ends_the_loop_and_the_event() -> None:
    rig = Rig([CRACK] * 1000)
    for _ in range(30):
        rig.watch.turn()
    rig.controls.stop.set()
    rig.watch.run()
    assert rig.phases() == ["begin", "end"]
    assert rig.sink.notices[-1].event.ended_by == "stop"
    assert rig.latest.state.frames == 30


def test_silence_ends_an_event_and_is_no_reason_to_stop() -> None:
    rig = Rig([CRACK] * 20 + [None] * 50 + [CRACK] * 20)
    rig.watch.run()
    assert rig.phases() == ["begin", "end", "begin", "end"]
    ends = [notice.event for notice in rig.sink.notices if notice.phase == "end"]
    assert ends[0].ended_by == "source"
    assert ends[0].duration_s < 2.1
    assert len(rig.feeds) == 91


def test_without_frames_it_says_so_and_shows_no_old_picture() -> None:
    rig = Rig([WALL] * 5 + [None] * 30)
    for _ in range(5):
        rig.watch.turn()
    assert rig.latest.state.status == "looking"
    assert rig.latest.fresh_observation() is not None
    for _ in range(29):
        rig.watch.turn()
    assert rig.latest.state.status == "no picture"
    assert rig.latest.fresh_observation() is None
    assert rig.sink.states[-1].status == "no picture"


def test_a_lost_camera_is_no_picture_at_once() -> None:
    rig = Rig([WALL] * 5 + [None] * 5)
    for _ in range(5):
        rig.watch.turn()
    rig.camera.state = CameraState("drawn", "lost", "no frame for 10 s", losses=1)
    rig.watch.turn()
    assert rig.latest.state.status == "no picture"
    assert rig.feeds[-1] == "no picture, camera lost: no frame for 10 s"


def test_before_the_first_frame_it_is_starting() -> None:
    rig = Rig([None] * 5)
    rig.watch.turn()
    assert rig.latest.state.status == "starting"


def test_a_frame_of_another_size_is_looked_at_too() -> None:
    rig = Rig([WALL] * 5 + [draw_wall((320, 240), (0, 0, 64, 64))] * 20)
    rig.watch.run()
    assert rig.phases() == ["begin", "end"]
    assert rig.sink.notices[-1].event.size_wh == (320, 240)


def test_frames_too_small_for_the_region_of_interest_are_said_and_waited_out() -> None:
    rig = Rig([WALL] * 3 + [draw_wall((64, 64))] * 40 + [WALL] * 3, roi="70,0,128,64")
    for _ in range(43):
        rig.watch.turn()
    assert rig.latest.state.status == "no picture"
    assert "64 x 64 px" in str(rig.latest.state.camera.reason)
    assert rig.watch.turn() is not None
    assert rig.latest.state.camera.reason is None
    assert rig.latest.state.status == "looking"


@pytest.mark.parametrize("threshold", [0.0, 0.01, 0.99, 1.0, float("nan")])
def test_a_threshold_that_smoothed_scores_never_cross_is_refused(threshold: float) -> None:
    controls = Controls(0.9)
    with pytest.raises(ValueError, match=r"from 0.02 to 0.98"):
        controls.threshold = threshold
    assert controls.threshold == 0.9


def test_a_wall_clock_that_jumps_changes_no_event() -> None:
    rig = Rig([WALL] * 5 + [CRACK] * 40 + [WALL] * 30)
    for _ in range(25):
        rig.watch.turn()
    rig.clock.wall_s -= 1e9
    rig.watch.run()
    assert rig.phases() == ["begin", "end"]
    event = rig.sink.notices[-1].event
    assert event.duration_s == pytest.approx(4.0, abs=0.6)
    assert event.ended_at == pytest.approx(event.began_at + event.duration_s)


def test_the_threshold_may_be_moved_while_it_runs() -> None:
    doubtful = np.full((64, 128, 3), 122, np.uint8)
    rig = Rig([doubtful] * 100)
    for _ in range(30):
        rig.watch.turn()
    assert rig.phases() == []
    rig.controls.threshold = 0.6
    rig.watch.turn()
    assert rig.phases() == ["begin"]
    assert rig.sink.notices[0].event.threshold == 0.6
    assert rig.latest.state.threshold == 0.6


def test_a_wish_to_reopen_reaches_source_and_sinks_once() -> None:
    rig = Rig([WALL] * 10)
    rig.controls.reopen.set()
    rig.watch.turn()
    rig.watch.turn()
    assert (rig.camera.reopened, rig.sink.reopened) == (1, 1)


def test_sinks_hear_how_it_goes_once_a_second_and_at_each_change() -> None:
    rig = Rig([WALL] * 35)
    rig.watch.run()
    assert [state.status for state in rig.sink.states] == ["looking"] * 4 + ["ended"]


class Cold:
    """A processor that gets hot."""

    state = HeatState(85.0, ("throttled",), is_slowed=True)

    def limit_fps(self, wanted_fps: float | None, measured_fps: float) -> float | None:
        return 0.5


def test_a_hot_processor_slows_the_loop_and_it_says_so() -> None:
    rig = Rig([WALL] * 3 + [None] * 0)
    watch = WatchLoop(
        FrameScorer(DarknessScorer()),
        rig.camera,
        settings=WatchSettings(max_fps=1000),
        latest=rig.latest,
        controls=rig.controls,
        cooling=Cold(),
        clock=rig.clock.clock,
    )
    assert watch.turn() is not None
    assert rig.latest.state.target_fps == 0.5
    assert rig.latest.state.heat.temperature_c == 85.0
    assert watch.turn() is None
    assert watch.turn() is None
    rig.clock.advance(2.0)
    assert watch.turn() is not None


def test_a_status_line_says_what_matters() -> None:
    state = make_state(status="looking", fps=4.25, events=2)
    assert describe_in_a_line(state) == "4.2 frames/s checked, 2 events"
    hot = replace(state, heat=HeatState(85.0, (), is_slowed=True))
    assert describe_in_a_line(hot) == "4.2 frames/s checked, 2 events, slowed to cool down"
