"""The recorder: events on the disk, and what it says where the disk does not take them."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.files.errors import OutputError
from edge.live.events.event import describe_event
from edge.live.record.folder import RecordSettings
from edge.live.record.json_lines import LINES_NAME
from edge.live.record.recorder import Recorder
from edge.live.scoring.observation import Observation
from edge.photo.codec import read_photo
from edge.store.folder_lock import LOCK_NAME
from tests.unit.edge.live.clocks_made import HandClock
from tests.unit.edge.live.notices_made import event_id, make_notice
from tests.unit.edge.live.states_made import make_state
from tests.unit.edge.live.waiting import until

ROOT = Path(__file__).resolve().parents[5]
SPACIOUS = RecordSettings(min_free_mb=0)


def draw(observation: Observation) -> NDArray[np.uint8]:
    return np.full((50, 60, 3), (200, 0, 0), np.uint8)


@contextmanager
def recorder_in(
    path: Path,
    *,
    settings: RecordSettings = SPACIOUS,
    draw: Callable[[Observation], NDArray[np.uint8]] = draw,
    **options: Any,
) -> Iterator[Recorder]:
    recorder = Recorder(path, draw=draw, settings=settings, **options)
    try:
        yield recorder
    finally:
        recorder.close(timeout_s=20)


def lines_of(path: Path) -> list[dict[str, Any]]:
    text = (path / LINES_NAME).read_text()
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def names(path: Path) -> set[str]:
    return {one.name for one in path.iterdir()}


def is_working(recorder: Recorder) -> bool:
    return recorder.state.status == "working"


def test_an_event_is_recorded_with_its_frame_and_what_is_drawn_on_it(tmp_path: Path) -> None:
    path = tmp_path / "rec"
    begin, peak = make_notice(1), make_notice(1, "peak", frame=2)
    end = make_notice(1, "end", frame=2)
    with recorder_in(path) as recorder:
        for notice in (begin, peak, end):
            recorder.take(notice)
        assert until(lambda: recorder.state.done == 3)
        assert is_working(recorder)
    assert lines_of(path) == [
        describe_event(notice.event, notice.phase) for notice in (begin, peak, end)
    ]
    plain = read_photo(path / f"{event_id(1)}.plain.jpg").astype(int)
    assert np.abs(plain - end.best.frame.picture).max() <= 2
    drawn = read_photo(path / f"{event_id(1)}.jpg")
    assert drawn.shape == (50, 60, 3)
    assert np.abs(drawn[25, 30].astype(int) - (200, 0, 0)).max() <= 6
    assert names(path) == {LINES_NAME, f"{event_id(1)}.jpg", f"{event_id(1)}.plain.jpg"}


def test_the_same_best_frame_is_written_once(tmp_path: Path) -> None:
    drawn = []

    def remember(observation: Observation) -> NDArray[np.uint8]:
        drawn.append(observation.frame.number)
        return draw(observation)

    with recorder_in(tmp_path, draw=remember) as recorder:
        for notice in (make_notice(1), make_notice(1, "peak", frame=5)):
            recorder.take(notice)
        recorder.take(make_notice(1, "end", frame=5))
        recorder.take(make_notice(2, frame=5))
    assert drawn == [1, 5, 5]


def test_closing_writes_what_waits_and_lets_others_in(tmp_path: Path) -> None:
    with recorder_in(tmp_path) as recorder:
        for number in range(8):
            recorder.take(make_notice(number, size_wh=(640, 480)))
    assert recorder.state.done + recorder.state.dropped == 8
    assert LOCK_NAME not in names(tmp_path)
    with recorder_in(tmp_path):
        assert LOCK_NAME in names(tmp_path)


def test_frames_that_a_slow_disk_cannot_take_are_dropped_and_counted(tmp_path: Path) -> None:
    go_on = threading.Event()

    def wait(observation: Observation) -> NDArray[np.uint8]:
        go_on.wait(20)
        return draw(observation)

    with recorder_in(tmp_path, draw=wait) as recorder:
        assert until(lambda: is_working(recorder))
        recorder.take(make_notice(0))
        assert until(lambda: recorder.state.waiting == 0)
        for number in range(1, 30):
            recorder.take(make_notice(number))
        assert (recorder.state.waiting, recorder.state.dropped) == (8, 21)
        go_on.set()
    assert [line["id"] for line in lines_of(tmp_path)] == [
        event_id(number) for number in (0, *range(22, 30))
    ]


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from edge.files.errors import OutputError\n"
        "from edge.live.record.recorder import Recorder\n"
        "try:\n"
        "    Recorder(Path(sys.argv[1]), draw=lambda observation: None).close(timeout_s=5)\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with recorder_in(tmp_path):
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert f"{tmp_path}: cannot record here" in done.stdout
    assert "a folder of its own" in done.stdout
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == ""


def test_a_folder_that_cannot_be_made_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file/rec: Not a directory"):
        Recorder(tmp_path / "file" / "rec", draw=draw)
    with pytest.raises(OutputError, match="file: File exists"):
        Recorder(tmp_path / "file", draw=draw)


def test_an_id_that_is_no_name_is_refused(tmp_path: Path) -> None:
    notice = make_notice(1)
    object.__setattr__(notice.event, "id", "../outside")
    with recorder_in(tmp_path) as recorder, pytest.raises(ValueError, match="event id"):
        recorder.take(notice)


def test_a_disk_with_too_little_free_stops_the_recorder_until_there_is_room(
    tmp_path: Path,
) -> None:
    free, clock = [1000.0], HandClock()
    settings = RecordSettings(min_free_mb=500)
    with recorder_in(
        tmp_path, settings=settings, clock=clock.clock, free_mb=lambda path: free[0]
    ) as recorder:
        recorder.take(make_notice(1))
        assert until(lambda: recorder.state.done == 1)
        free[0] = 2.0
        clock.advance(61)
        recorder.tell(make_state())
        assert until(lambda: recorder.state.status == "stopped")
        assert recorder.state.reason == "2 MB free on the disk; recording needs 500 MB free"
        recorder.take(make_notice(2))
        assert until(lambda: recorder.state.dropped == 1)
        free[0] = 600.0
        clock.advance(11)
        recorder.tell(make_state())
        assert until(lambda: is_working(recorder))
        assert recorder.state.reason is None
        recorder.take(make_notice(2, "end"))
        assert until(lambda: recorder.state.done == 2)
    assert [line["phase"] for line in lines_of(tmp_path)] == ["begin", "end"]
    assert f"{event_id(2)}.jpg" in names(tmp_path)


def test_a_folder_that_is_taken_away_stops_the_recorder_until_it_is_back(tmp_path: Path) -> None:
    path, clock = tmp_path / "rec", HandClock()
    with recorder_in(path, clock=clock.clock) as recorder:
        recorder.take(make_notice(1))
        assert until(lambda: recorder.state.done == 1)
        path.rename(tmp_path / "away")
        path.write_bytes(b"something else")
        recorder.take(make_notice(2))
        assert until(lambda: recorder.state.status == "stopped")
        assert "rec" in str(recorder.state.reason)
        path.unlink()
        (tmp_path / "away").rename(path)
        clock.advance(11)
        recorder.tell(make_state())
        assert until(lambda: is_working(recorder))
        recorder.take(make_notice(3))
        assert until(lambda: recorder.state.done == 2)
    assert [line["id"] for line in lines_of(path)] == [event_id(1), event_id(3)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_expected_is_not_swallowed(tmp_path: Path) -> None:
    def fail(observation: Observation) -> NDArray[np.uint8]:
        raise ZeroDivisionError("drawn badly")

    with recorder_in(tmp_path, draw=fail) as recorder:
        recorder.take(make_notice(1))
        assert until(lambda: recorder.state.status == "stopped")
        assert recorder.state.reason == "ZeroDivisionError: drawn badly"
        with pytest.raises(RuntimeError, match="drawn badly"):
            recorder.take(make_notice(2))
    with recorder_in(tmp_path):
        pass


def test_reopening_takes_account_anew(tmp_path: Path) -> None:
    with recorder_in(tmp_path) as recorder:
        recorder.take(make_notice(1))
        assert until(lambda: recorder.state.done == 1)
        (tmp_path / LINES_NAME).rename(tmp_path / "kept-elsewhere.txt")
        recorder.reopen()
        recorder.take(make_notice(2))
    assert [line["id"] for line in lines_of(tmp_path)] == [event_id(2)]


CHILD = """
import resource, signal, sys, time
from pathlib import Path
import numpy as np
from edge.live.record.recorder import Recorder
from edge.live.record.folder import RecordSettings
from tests.unit.edge.live.notices_made import make_notice

path, first, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(first)
noise = rng.integers(0, 255, (120, 160, 3), np.uint8)
settings = RecordSettings(max_mb=1, min_free_mb=0)
recorder = Recorder(path, draw=lambda observation: noise, settings=settings)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
for number in range(first, first + 10_000):
    recorder.take(make_notice(number))
    while recorder.state.waiting > 4:
        time.sleep(0.001)
    state = recorder.state
    print(state.done, state.status, state.reason, flush=True)
    if limit and number == first + 30:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    if limit and number == first + 60:
        break
recorder.close(timeout_s=10)
print(recorder.state.done, recorder.state.status, recorder.state.reason, flush=True)
"""


def start_child(path: Path, first: int, *, limit: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), str(first), str(limit)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def check_whole(path: Path) -> list[int]:
    """Check that all that is there is whole; return the events' numbers, by line."""
    for picture in path.glob("*.jpg"):
        decoded = cv2.imdecode(np.frombuffer(picture.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        assert picture.read_bytes().endswith(b"\xff\xd9")
    files = [*sorted(path.glob("events-*.jsonl")), path / LINES_NAME]
    text = "".join(file.read_text() for file in files)
    assert text.endswith("\n")
    return [int(json.loads(line)["id"][-8:], 16) for line in text.splitlines()]


def test_a_recorder_that_is_killed_at_any_moment_leaves_what_is_whole(tmp_path: Path) -> None:
    rng = random.Random(5)
    for kill in range(4):
        child = start_child(tmp_path, kill * 20_000)
        assert child.stdout is not None
        for _ in range(rng.randint(5, 60)):
            assert child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
    with recorder_in(tmp_path) as recorder:
        recorder.take(make_notice(99_999))
    numbers = check_whole(tmp_path)
    assert numbers == sorted(numbers)
    assert numbers[-1] == 99_999
    assert len({number // 20_000 for number in numbers[:-1]}) == 4
    assert not [name for name in names(tmp_path) if name.startswith(".")]


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files as Linux does")
def test_a_write_that_fails_halfway_leaves_nothing_half_written(tmp_path: Path) -> None:
    child = start_child(tmp_path, 1, limit=5000)
    out, _ = child.communicate(timeout=60)
    states = out.splitlines()
    assert any("stopped" in state and "File too large" in state for state in states)
    assert states[-1].split(maxsplit=1)[1] == "working None"
    numbers = check_whole(tmp_path)
    assert numbers == sorted(numbers)
    assert numbers[-1] == 61
    assert not [name for name in names(tmp_path) if name.startswith(".")]


@contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    """Hold a disk of 256 kB."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(path)]
    has_mount = shutil.which("mount") is not None
    if not has_mount or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may make a small disk")
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


def test_a_disk_that_is_full_stops_the_recorder_until_there_is_room(tmp_path: Path) -> None:
    clock = HandClock()
    noise = np.random.default_rng(1).integers(0, 255, (150, 150, 3), np.uint8)
    with small_disk(tmp_path / "disk") as disk:
        path = disk / "rec"
        with recorder_in(path, draw=lambda observation: noise, clock=clock.clock) as recorder:
            for number in range(20):
                recorder.take(make_notice(number))
                assert until(lambda: recorder.state.waiting == 0)
            assert until(lambda: recorder.state.done + recorder.state.dropped == 20)
            assert recorder.state.status == "stopped"
            assert "No space left" in str(recorder.state.reason)
            for number in range(3):
                (path / f"{event_id(number)}.jpg").unlink()
            clock.advance(11)
            recorder.tell(make_state())
            assert until(lambda: is_working(recorder))
            recorder.take(make_notice(21))
        assert is_working(recorder)
        check_whole(path)
        assert f"{event_id(21)}.jpg" in names(path)
        assert not [name for name in names(path) if name.startswith(".")]
