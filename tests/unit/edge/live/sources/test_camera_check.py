"""One picture of a source shows whether it works, and a black or plain one is a warning."""

from __future__ import annotations

import numpy as np
import pytest

from edge.live.capture.source import RawFrame, SourceLostError
from edge.live.sources.camera_check import check_camera, find_warning
from tests.unit.edge.live.cameras_made import FakeSource, raw_frames
from tests.unit.edge.live.waiting import until


def test_a_camera_is_left_time_to_find_its_exposure() -> None:
    source = FakeSource()
    source.will_read(*raw_frames(range(40, 80, 10)))
    trial = check_camera(source, settle_s=0.2, stop_s=0)
    source.end()
    assert trial.picture[0, 0, 0] == 70
    assert trial.frames == 4
    until(lambda: source.closed == 1)


def test_photos_that_cannot_be_read_are_no_test_shot() -> None:
    source = FakeSource(is_live=False)
    source.will_open(SourceLostError("there are no photos in the folder now"))
    with pytest.raises(SourceLostError, match="there are no photos in the folder now"):
        check_camera(source)


def test_a_camera_that_gives_nothing_is_no_test_shot() -> None:
    source = FakeSource()
    source.will_read(RawFrame(np.zeros((0, 0, 3), np.uint8)))
    with pytest.raises(SourceLostError, match="no frame arrived in time"):
        check_camera(source, first_frame_s=0.05, stop_s=0)
    source.end()


@pytest.mark.parametrize(
    ("level", "noise", "word"),
    [(0, 0, "black"), (8, 4, "black"), (128, 0, "single colour"), (128, 30, None), (10, 60, None)],
)
def test_a_warning_is_about_black_and_plain_pictures(
    level: int, noise: int, word: str | None
) -> None:
    rng = np.random.default_rng(1)
    noisy = np.clip(rng.normal(level, noise, (60, 80, 3)), 0, 255).astype(np.uint8)
    warning = find_warning(noisy)
    assert (warning is None) == (word is None)
    assert word is None or word in str(warning)
