"""Events of a camera from Python."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import crack_edge as ce
import crack_edge.api.watch
from crack_edge.api.model import Model
from edge.live.capture.source import RawFrame
from edge.live.sources.folder import FolderSource
from edge.model.card import TILE_LOGIT
from edge.model.classifier import Classifier
from edge.photo.codec import write_photo
from tests.unit.crack_edge.api.walls import SIZE_WH, cracked_wall, dark_model, sound_wall
from tests.unit.edge.live.waiting import until
from tests.unit.fakes import FakeBackend, make_card

MODEL = dark_model()


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    """A second each: twice a crack comes into view, the second time to the end."""
    for number, is_cracked in enumerate([0, 1, 1, 0, 0, 0, 0, 1]):
        wall = cracked_wall() if is_cracked else sound_wall()
        write_photo(tmp_path / f"frames/{number}.png", wall)
    return tmp_path / "frames"


def watching_threads() -> list[str]:
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith(("capture", "heat"))]


def test_finished_events_come_with_their_best_frame(frames: Path) -> None:
    events = list(ce.watch(frames, MODEL, threshold=0.8, smooth_s=0.01))
    assert [(event.phase, event.frames) for event in events] == [("end", 2), ("end", 1)]
    first = events[0]
    assert (first.source, first.duration_s) == (str(frames), 1)
    assert np.array_equal(first.picture, cracked_wall())
    assert [finding.verdict for finding in first.findings] == ["crack"]
    assert first.findings[0].xyxy == (128, 0, 192, SIZE_WH[1])
    assert first.ended_at is not None
    assert first.began_at.tzinfo is timezone.utc
    assert first.began_at < first.ended_at
    assert (first.overlay() == (214, 20, 20)).all(axis=-1).any()


def test_an_alarm_hears_of_the_beginning(frames: Path) -> None:
    events = list(ce.watch(frames, MODEL, smooth_s=0.01, phases=("begin", "end")))
    assert [event.phase for event in events] == ["begin", "end", "begin", "end"]
    assert [event.ended_at is None for event in events] == [True, False, True, False]
    assert events[0].id == events[1].id != events[2].id


def test_leaving_the_loop_closes_the_camera(frames: Path) -> None:
    for event in ce.watch(frames, MODEL, phases=("begin",)):
        assert watching_threads()
        assert event.phase == "begin"
        break
    assert until(lambda: not watching_threads())


def test_an_error_in_the_loop_closes_the_camera(frames: Path) -> None:
    events = ce.watch(frames, MODEL, phases=("begin",))
    next(events)
    with pytest.raises(RuntimeError, match="of the caller"):
        events.throw(RuntimeError("of the caller"))
    assert until(lambda: not watching_threads())


def test_only_the_part_that_is_asked_for_is_looked_at(frames: Path) -> None:
    assert list(ce.watch(frames, MODEL, smooth_s=0.01, roi="0,0,96,250")) == []


@pytest.mark.parametrize(
    ("source", "arguments", "words"),
    [
        ("missing.mp4", {}, "missing.mp4: no such source"),
        ("/dev/video77", {}, "/dev/video77: no such device"),
        (None, {"roi": "900,0,999,99"}, r"lies outside the frame of 320 x 250 px"),
    ],
)
def test_a_source_that_gives_nothing_is_an_error(
    frames: Path, source: str | None, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ce.CrackEdgeError, match=words):
        next(ce.watch(source or frames, MODEL, **arguments))


def test_a_folder_without_a_readable_photo_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ce.CrackEdgeError, match="not a single frame of it could be read"):
        list(ce.watch(tmp_path, MODEL))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"phases": ("start",)}, "phases holds 'start'; expected one or more of begin, peak, end"),
        ({"phases": "start"}, "phases holds 'start'; expected one or more of begin, peak, end"),
        ({"phases": ()}, "phases is empty; expected one or more of begin, peak, end"),
        ({"threshold": 1.0}, "threshold is 1.0; expected a value from 0.02 to 0.98"),
        ({"roi": "all"}, "'all': expected center"),
        ({"smooth_s": -1}, "smooth_s is -1; expected 0 or more"),
        ({"smooth_s": float("nan")}, "smooth_s is nan"),
        ({"hold_s": -1}, "hold_s is -1"),
        ({"hold_s": float("inf")}, "hold_s is inf; expected a finite number"),
        ({"view": "tiles"}, "expected dense or tile"),
        ({"scale": 100}, "expected one or more of 0.05 to 8"),
        ({"max_fps": 0}, "max_fps is 0; expected a number above 0"),
        ({"fps": float("nan")}, "fps is nan"),
        ({"size_wh": (1,)}, r"size_wh is \(1,\); expected \(width, height\)"),
        ({"size_wh": (0, 480)}, "size_wh is 0"),
    ],
)
def test_values_out_of_range_are_refused_before_a_camera_is_opened(
    arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        ce.watch("/dev/video77", MODEL, **arguments)


@pytest.mark.parametrize(
    "name", ["threshold", "smooth_s", "hold_s", "scale", "fps", "max_fps", "phases", "roi"]
)
def test_values_of_a_wrong_type_are_refused_by_the_name_of_their_argument(name: str) -> None:
    with pytest.raises(TypeError, match=rf"\b{name}\b.*expected"):
        ce.watch("/dev/video77", MODEL, **{name: b"x"})
    with pytest.raises(TypeError, match="source is of type NoneType"):
        ce.watch(None, MODEL)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="size_wh is of type float"):
        ce.watch("/dev/video77", MODEL, size_wh=(640.0, 480.0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"fps": 5000}, "--fps 5000: expected 0.2 to 1000"),
        ({"size_wh": (1, 1)}, "--size 1x1"),
        ({"source": "missing.mp4"}, "no such source"),
    ],
)
def test_what_the_source_cannot_do_is_said_at_the_call(
    arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ce.CrackEdgeError, match=words):
        ce.watch(**{"source": "/dev/video77", "model": MODEL, **arguments})


def test_the_dense_view_of_a_model_without_one_is_refused_at_the_call(frames: Path) -> None:
    card = make_card(output=TILE_LOGIT, cell_px=64)
    only_tiles = Model(Classifier(FakeBackend(card)))
    with pytest.raises(ce.CrackEdgeError, match="has no dense view"):
        ce.watch(frames, only_tiles)


def test_each_photo_of_a_folder_counts_from_the_first_on(tmp_path: Path) -> None:
    write_photo(tmp_path / "wall.png", cracked_wall())
    assert [event.frames for event in ce.watch(tmp_path, MODEL)] == [1]
    assert [event.frames for event in ce.watch(tmp_path / "wall.png", MODEL)] == [1]
    assert list(ce.watch(tmp_path, MODEL, smooth_s=0.5)) == []


def test_a_single_phase_need_not_be_in_a_list(frames: Path) -> None:
    assert {event.phase for event in ce.watch(frames, MODEL, phases="begin")} == {"begin"}


class _HangingSource(FolderSource):
    """Plays its first photos, then hangs in its driver until it is let go."""

    def __init__(self, folder: Path, let_go: threading.Event) -> None:
        super().__init__(folder)
        self._let_go = let_go
        self.is_hanging = threading.Event()

    def read(self) -> RawFrame:
        if self._tried >= 2:
            self.is_hanging.set()
            self._let_go.wait(20)
        return super().read()


@pytest.fixture
def hanging(frames: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_HangingSource]:
    let_go = threading.Event()
    source = _HangingSource(frames, let_go)
    monkeypatch.setattr(crack_edge.api.watch, "choose_source", lambda *_, **__: source)
    yield source
    let_go.set()
    assert until(lambda: not watching_threads())


def test_a_camera_that_hangs_and_cannot_be_closed_is_an_error(hanging: _HangingSource) -> None:
    events = ce.watch("hanging", MODEL, phases="begin")
    next(events)
    assert hanging.is_hanging.wait(10)
    with pytest.raises(ce.CrackEdgeError, match=r"its driver hangs.*os\._exit\(1\)"):
        events.close()


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_an_error_of_the_caller_comes_before_that_of_a_camera_that_hangs(
    hanging: _HangingSource, kind: type[BaseException]
) -> None:
    events = ce.watch("hanging", MODEL, phases="begin")
    next(events)
    assert hanging.is_hanging.wait(10)
    with pytest.raises(kind, match="of the caller"):
        events.throw(kind("of the caller"))
