"""A camera watched by the library alone: parts put together, run, and closed again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.evaluation.synthetic import draw_concrete
from edge.files.errors import InputError, OutputError
from edge.live.events.event import Notice
from edge.live.loop.controls import Controls
from edge.live.loop.live_state import LiveState
from edge.live.run.settings import LiveSettings
from edge.live.run.watch_camera import watch_camera
from edge.live.sources.folder import FolderSource
from edge.photo.codec import write_photo


class RememberingSink:
    """Remembers what it was told; calls what it is given with each state."""

    state = None

    def __init__(self, on_state: Callable[[], object] = lambda: None) -> None:
        self.phases: list[str] = []
        self.is_closed = False
        self._on_state = on_state

    def take(self, notice: Notice) -> None:
        self.phases.append(notice.phase)

    def tell(self, state: LiveState) -> None:
        if state.frames:
            self._on_state()

    def reopen(self) -> None:
        pass

    def close(self, *, timeout_s: float) -> None:
        self.is_closed = True


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of two photos: one without a crack, one with."""
    for cracks in (0, 1):
        drawing = draw_concrete((640, 480), seed=4, cracks=cracks, joints=0)
        write_photo(tmp_path / "photos" / f"{cracks}.png", drawing.photo)
    return tmp_path / "photos"


def test_a_folder_is_watched_to_its_end_and_all_is_closed(photos: Path) -> None:
    sink = RememberingSink()
    lines: list[str] = []
    settings = LiveSettings(str(photos), model="small", smooth_s=0)
    state = watch_camera(settings, sinks=[sink], say=lines.append)
    assert (state.status, state.frames, state.events) == ("ended", 2, 1)
    assert (sink.phases, sink.is_closed) == (["begin", "end"], True)
    assert lines == [f"watching {photos} with model small on {state.backend}"]


def test_it_ends_when_it_is_asked_to_stop() -> None:
    controls = Controls(0.9)
    sink = RememberingSink(controls.stop.set)
    state = watch_camera(LiveSettings("drawn", model="small"), controls=controls, sinks=[sink])
    assert state.status == "ended"
    assert state.camera.status == "running"
    assert sink.is_closed


def test_sinks_that_are_open_are_closed_where_the_next_one_fails(
    photos: Path, tmp_path: Path
) -> None:
    sink = RememberingSink()
    (tmp_path / "file").write_text("x")
    settings = LiveSettings(str(photos), model="small", record=tmp_path / "file")
    with pytest.raises(OutputError, match="file"):
        watch_camera(settings, sinks=[sink])
    assert sink.is_closed


def test_a_driver_that_hangs_is_reported_with_the_error_that_ended_the_watch(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    controls = Controls(0.9)
    reported: list[BaseException | None] = []

    def hang(source: FolderSource) -> None:
        controls.stop.set()
        go_on.wait(20)

    monkeypatch.setattr(FolderSource, "open", hang)
    settings = LiveSettings(str(photos), model="small")
    watch_camera(settings, controls=controls, on_hang=reported.append)
    go_on.set()
    assert reported == [None]


def test_settings_that_do_not_go_together_cannot_be_made() -> None:
    with pytest.raises(InputError, match=r"--release 0\.7 is above --threshold 0\.6"):
        LiveSettings("0", threshold=0.6, release=0.7)
    with pytest.raises(InputError, match="--mqtt-user needs --mqtt"):
        LiveSettings("0", mqtt_user="me")
