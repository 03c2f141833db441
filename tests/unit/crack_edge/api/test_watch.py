"""Events of a camera from Python."""

from __future__ import annotations

import threading
from datetime import timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import crack_edge as ce
from edge.photo.codec import write_photo
from tests.unit.crack_edge.api.walls import SIZE_WH, cracked_wall, dark_model, sound_wall
from tests.unit.edge.live.waiting import until

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
        ({"phases": ("start",)}, "expected some of begin, peak, end"),
        ({"phases": ()}, "expected some of begin, peak, end"),
        ({"threshold": 1.0}, "threshold 1.0: expected a value from 0.02 to 0.98"),
        ({"roi": "all"}, "'all': expected center"),
    ],
)
def test_values_out_of_range_are_refused_before_a_camera_is_opened(
    arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        ce.watch("/dev/video77", MODEL, **arguments)
