"""The panning video: it shows all of each photo, the same each time, and its truth is right."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.project.pan_path import PanSettings, plan_path
from benchmarks.project.pan_video import PanVideo
from edge.files.errors import DataError
from edge.live.capture.source import SourceEndedError, SourceLostError
from edge.photo.codec import write_photo
from tests.unit.fakes import draw_wall

CALM = PanSettings(
    size_wh=(96, 64), fps=5.0, speed_px_s=60.0, shake_px=0.0, drift=0.0, noise_levels=0.0
)
HANDHELD = replace(CALM, shake_px=2.0, drift=0.06, noise_levels=2.0)
CRACKED = (128, 64, 192, 128)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two walls of squares of 64 px; one square of the first is cracked: it is black."""
    lines = ["photo,x,y,width,height,label"]
    for name, black in (("a.png", [CRACKED]), ("b.png", [])):
        write_photo(tmp_path / name, draw_wall((320, 192), *black))
        for y in range(0, 192, 64):
            for x in range(0, 320, 64):
                label = "crack" if (x, y, x + 64, y + 64) in black else "no_crack"
                lines.append(f"{name},{x},{y},64,64,{label}")
    (tmp_path / "tiles.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def read_all(video: PanVideo) -> list[NDArray[np.uint8]]:
    video.open()
    return [video.read().picture for _ in video.frames]


def test_all_of_a_photo_comes_into_view() -> None:
    seen = np.zeros((192, 320), bool)
    for left, top in plan_path((320, 192), CALM):
        seen[math.ceil(top) : int(top + 64), math.ceil(left) : int(left + 96)] = True
    # Where the camera turns between two frames it may come short of the side by one step.
    step = math.ceil(CALM.speed_px_s / CALM.fps)
    assert seen[:, step:-step].all()


def test_the_camera_moves_evenly_and_stays_on_the_photo() -> None:
    places = plan_path((320, 192), CALM)
    moves = np.hypot(*np.diff(places, axis=0).T)
    assert moves.max() <= CALM.speed_px_s / CALM.fps + 1e-6
    assert places.min() >= 0
    assert (places.max(axis=0) <= (320 - 96, 192 - 64)).all()


def test_a_photo_as_large_as_a_frame_is_one_place() -> None:
    assert np.unique(plan_path((96, 64), CALM), axis=0).tolist() == [[0, 0]]


def test_the_truth_is_what_the_frames_show(photos: Path) -> None:
    video = PanVideo(photos, CALM)
    for frame, picture in zip(video.frames, read_all(video), strict=True):
        dark = np.count_nonzero(picture[:, :, 0] < 128)
        share = dark / (64 * 64)
        assert share == pytest.approx(frame.crack_share * 96 * 64 / (64 * 64), abs=0.04)
        if share > 0.55:
            assert frame.truth.cracked == ("a.png/128,64",)
        if share < 0.45:
            assert frame.truth.cracked == ()
        if frame.truth.is_free:
            assert dark == 0
    assert any(frame.truth.cracked for frame in video.frames)
    assert any(frame.truth.is_free for frame in video.frames if frame.photo.name == "a.png")


def test_a_photo_without_a_crack_is_free_throughout(photos: Path) -> None:
    frames = [frame for frame in PanVideo(photos, CALM).frames if frame.photo.name == "b.png"]
    assert frames
    assert all(frame.truth.is_free for frame in frames)


def test_times_go_on_evenly_over_all_photos(photos: Path) -> None:
    times = [frame.truth.time_s for frame in PanVideo(photos, CALM).frames]
    assert np.diff(times) == pytest.approx(1 / CALM.fps)


def test_the_same_seed_gives_the_same_video_and_another_one_does_not(photos: Path) -> None:
    first, again = PanVideo(photos, HANDHELD), PanVideo(photos, HANDHELD)
    other = PanVideo(photos, replace(HANDHELD, seed=1))
    assert first.frames == again.frames
    assert first.frames != other.frames
    assert np.array_equal(first.render(7), again.render(7))
    assert not np.array_equal(first.render(7), other.render(7))


def test_a_frame_does_not_depend_on_those_before_it(photos: Path) -> None:
    video = PanVideo(photos, HANDHELD)
    alone = video.render(5)
    assert np.array_equal(read_all(video)[5], alone)


def test_each_frame_is_disturbed_in_its_own_way(photos: Path) -> None:
    still = replace(HANDHELD, shake_px=0.0, speed_px_s=1.0)
    video = PanVideo(photos, still)
    assert not np.array_equal(video.render(0), video.render(1))


def test_a_shaking_hand_does_not_leave_the_photo(photos: Path) -> None:
    video = PanVideo(photos, replace(CALM, shake_px=30.0))
    for frame in video.frames:
        assert 0 <= frame.left_px <= 320 - 96
        assert 0 <= frame.top_px <= 192 - 64


def test_it_is_read_as_a_source_that_is_not_live(photos: Path) -> None:
    video = PanVideo(photos, CALM)
    assert not video.is_live
    with pytest.raises(SourceLostError, match="not open"):
        video.read()
    video.open()
    shots = [video.read() for _ in video.frames]
    assert shots[3].media_s == pytest.approx(3 / CALM.fps)
    assert {shot.picture.shape for shot in shots} == {(64, 96, 3)}
    with pytest.raises(SourceEndedError):
        video.read()
    video.close()
    video.open()
    assert video.read().media_s == 0


def test_a_photo_smaller_than_a_frame_is_refused(photos: Path) -> None:
    with pytest.raises(DataError, match=r"a\.png: is smaller than a frame of 640 x 480 px"):
        PanVideo(photos)


@pytest.mark.parametrize("change", [{"fps": 0}, {"speed_px_s": -1}, {"overlap": 1.0}])
def test_settings_without_a_meaning_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        replace(CALM, **change)
