"""Videos, folders and the drawn wall: every frame with its time, or played at a rate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.live.capture.source import BadFrameError, Source, SourceEndedError, SourceLostError
from edge.live.sources.folder import FolderSource
from edge.live.sources.video import VideoSource
from edge.photo.codec import write_photo
from tests.unit.edge.live.cameras_made import write_video
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.observations_made import plain_picture


def read_all(source: Source, *, most: int = 100) -> Iterator[tuple[int, float | None]]:
    """Yield level and time of each frame up to the end, bad ones left out."""
    source.open()
    for _ in range(most):
        try:
            raw_frame = source.read()
        except BadFrameError:
            continue
        except SourceEndedError:
            break
        assert (raw_frame.picture.dtype, raw_frame.picture.ndim) == (np.uint8, 3)
        yield round(float(raw_frame.picture.mean())), raw_frame.media_s
    source.close()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "a.avi", range(0, 100, 10), fps=4)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(3):
        write_photo(tmp_path / "photos" / f"{number}.png", plain_picture(50 * number))
    return tmp_path / "photos"


def test_a_video_gives_every_frame_with_its_own_time(video: Path) -> None:
    levels, times = zip(*read_all(VideoSource(video)), strict=True)
    assert levels == pytest.approx(range(0, 100, 10), abs=2)
    assert times == pytest.approx([0.25 * number for number in range(10)])


def test_a_video_that_loops_goes_on_in_time(video: Path) -> None:
    frames = list(read_all(VideoSource(video, loop=True), most=25))
    levels, times = zip(*frames, strict=True)
    assert levels[10:20] == levels[:10]
    assert times == pytest.approx([0.25 * number for number in range(25)])


def test_a_video_opened_again_goes_on_where_it_was(video: Path) -> None:
    source = VideoSource(video)
    source.open()
    before = [source.read() for _ in range(4)]
    source.close()
    after = list(read_all(source))
    assert [level for level, _ in after] == pytest.approx(range(40, 100, 10), abs=2)
    assert before[-1].media_s == 0.75
    assert after[0][1] == 1.0


def test_a_video_at_a_rate_waits_for_each_frame(video: Path) -> None:
    clock = HandClock()
    source = VideoSource(video, fps=2, clock=clock.clock, pause=clock.advance)
    begun = clock.monotonic_s
    times = [media_s for _, media_s in read_all(source)]
    assert times == [0.5 * number for number in range(10)]
    # The tenth wait is for a frame that is not there.
    assert clock.monotonic_s - begun == 5


def test_frames_of_a_video_are_memory_of_their_own(video: Path) -> None:
    source = VideoSource(video)
    source.open()
    first = source.read().picture
    kept = first.copy()
    second = source.read().picture
    assert not np.shares_memory(first, second)
    assert (first == kept).all()


def test_a_video_that_went_away_is_lost_and_not_at_its_end(video: Path) -> None:
    source = VideoSource(video)
    video.unlink()
    with pytest.raises(SourceLostError, match="cannot be opened"):
        source.open()
    with pytest.raises(SourceLostError, match="not open"):
        source.read()


def test_colours_of_a_video_stay_as_they_are(tmp_path: Path) -> None:
    source = VideoSource(write_video(tmp_path / "a.avi", [(220, 40, 20)]))
    source.open()
    assert source.read().picture.mean(axis=(0, 1)) == pytest.approx((220, 40, 20), abs=12)
    source.close()


def test_a_folder_gives_its_photos_in_order_a_second_apart(photos: Path) -> None:
    assert list(read_all(FolderSource(photos))) == [(0, 0), (50, 1), (100, 2)]


def test_a_single_photo_is_a_source_too(photos: Path) -> None:
    assert list(read_all(FolderSource(photos / "1.png"))) == [(50, 0)]


def test_a_photo_that_cannot_be_read_is_one_bad_answer_and_the_next_follows(photos: Path) -> None:
    (photos / "0.png").write_bytes(b"damaged")
    source = FolderSource(photos)
    source.open()
    with pytest.raises(BadFrameError, match=r"0\.png"):
        source.read()
    # Opened again, as after a loss, it does not begin anew.
    source.close()
    assert [level for level, _ in read_all(source)] == [50, 100]


def test_a_folder_that_loops_shows_photos_that_came_meanwhile(photos: Path) -> None:
    source = FolderSource(photos, loop=True)
    frames = read_all(source, most=9)
    assert [next(frames) for _ in range(3)] == [(0, 0), (50, 1), (100, 2)]
    write_photo(photos / "9.png", plain_picture(200))
    assert [next(frames)[0] for _ in range(5)] == [0, 50, 100, 200, 0]


def test_a_folder_that_was_emptied_is_lost(photos: Path) -> None:
    source = FolderSource(photos, loop=True)
    frames = read_all(source)
    for _ in range(3):
        next(frames)
    for path in photos.iterdir():
        path.unlink()
    with pytest.raises(SourceLostError, match="there are no photos in the folder now"):
        next(frames)


def test_a_folder_at_a_rate_is_paced(photos: Path) -> None:
    clock = HandClock()
    source = FolderSource(photos, fps=4, clock=clock.clock, pause=clock.advance)
    begun = clock.monotonic_s
    assert [media_s for _, media_s in read_all(source)] == [0, 0.25, 0.5]
    assert clock.monotonic_s - begun == 0.75
