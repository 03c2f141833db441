"""The folder of recorded events: bounded, whole after a cut, and nobody else's files touched."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.files.errors import OutputError
from edge.live.record.folder import NoRoomError, RecordFolder, RecordSettings
from edge.live.record.json_lines import DRAWN, LINES_NAME, PLAIN, append_line, mend_lines
from edge.live.timing.clock import iso_time
from edge.store.folder_lock import LOCK_NAME
from tests.unit.edge.live.clocks_made import WALL_S, HandClock
from tests.unit.edge.live.notices_made import event_id

DAY_S = 86_400.0
SPACIOUS = RecordSettings(min_free_mb=0)


@contextmanager
def opened(
    path: Path,
    bounds: RecordSettings = SPACIOUS,
    *,
    clock: HandClock | None = None,
    free_mb: Callable[[Path], float] = lambda path: 1e6,
) -> Iterator[RecordFolder]:
    clock = clock or HandClock()
    folder = RecordFolder(path, settings=bounds, clock=clock.clock, free_mb=free_mb)
    folder.lock()
    try:
        yield folder
    finally:
        folder.close()


def write(
    folder: RecordFolder,
    number: int,
    *,
    pictures: int = 0,
    line: int = 0,
    at_s: float = WALL_S,
    spared: tuple[str, ...] = (),
) -> None:
    """Write an event with a picture of so many bytes and a line at least so long."""
    facts = {"id": event_id(number), "peak_at": iso_time(at_s), "pad": "x" * line}
    data = {PLAIN: b"p" * (pictures - pictures // 2), DRAWN: b"d" * (pictures // 2)}
    line_bytes = (json.dumps(facts) + "\n").encode()
    folder.write(event_id(number), line_bytes, data if pictures else {}, at_s=at_s, spared=spared)


def names(path: Path) -> set[str]:
    return {one.name for one in path.iterdir()} - {LOCK_NAME}


def size_of(path: Path) -> int:
    return sum(one.stat().st_size for one in path.iterdir() if one.name != LOCK_NAME)


def lines_of(path: Path) -> list[int]:
    """Return the numbers of the events of all lines, in order."""
    files = sorted(path.glob("events-*.jsonl")) + list(path.glob(LINES_NAME))
    texts = [line for file in files for line in file.read_text().splitlines()]
    return [int(json.loads(text)["id"][-8:], 16) for text in texts]


def test_an_event_is_a_line_and_two_pictures(tmp_path: Path) -> None:
    with opened(tmp_path / "new" / "rec") as folder:
        write(folder, 1, pictures=10)
        write(folder, 1, pictures=12)
        write(folder, 1)
    path = tmp_path / "new" / "rec"
    assert names(path) == {LINES_NAME, f"{event_id(1)}.jpg", f"{event_id(1)}.plain.jpg"}
    assert (path / f"{event_id(1)}.jpg").read_bytes() == b"d" * 6
    assert lines_of(path) == [1, 1, 1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["write", "write", "write", "end", "restart"]),
            st.integers(0, 6000),
            st.integers(0, 1500),
        ),
        max_size=40,
    )
)
def test_the_folder_never_takes_more_than_it_may(steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rec"
        bounds = RecordSettings(max_mb=0.02, min_free_mb=0)
        number, written = 0, []
        with_folder = opened(path, bounds)
        folder = with_folder.__enter__()
        for step, pictures, line in steps:
            if step == "restart":
                with_folder.__exit__(None, None, None)
                with_folder = opened(path, bounds)
                folder = with_folder.__enter__()
                folder.sweep()
            else:
                number += step == "write"
                write(folder, number, pictures=pictures, line=line)
                written.append(number)
                assert size_of(path) == folder._index.total_bytes
            assert size_of(path) <= 20_000
            # The newest stay, whole: lines are the last that were written, the newest has pictures.
            kept = lines_of(path)
            assert kept == written[len(written) - len(kept) :]
            assert not written or kept[-1] == written[-1]
        with_folder.__exit__(None, None, None)


def test_the_oldest_go_first_and_the_event_that_lasts_stays(tmp_path: Path) -> None:
    path = tmp_path / "rec"
    with opened(path, RecordSettings(max_mb=0.01, min_free_mb=0)) as folder:
        write(folder, 0, pictures=3000)
        for number in range(1, 9):
            write(folder, number, pictures=2000, spared=(event_id(0),))
    pictures = sorted(name for name in names(path) if name.endswith(PLAIN))
    assert pictures == [f"{event_id(number)}{PLAIN}" for number in (0, 6, 7, 8)]


def test_what_is_too_old_goes_once_the_clock_is_steady(tmp_path: Path) -> None:
    clock, path = HandClock(), tmp_path / "rec"
    with opened(path, clock=clock) as folder:
        write(folder, 1, pictures=10)
        clock.advance(20 * DAY_S)
        write(folder, 2, pictures=10, at_s=clock.wall_s)
        clock.advance(11 * DAY_S)
        folder.sweep()
        assert f"{event_id(1)}{PLAIN}" not in names(path)
        assert f"{event_id(2)}{PLAIN}" in names(path)
    with opened(path, clock=clock) as folder:
        clock.advance(20 * DAY_S)
        folder.sweep()
        assert names(path) == {LINES_NAME}


def test_a_clock_that_jumps_for_a_moment_removes_nothing(tmp_path: Path) -> None:
    clock, path = HandClock(), tmp_path / "rec"
    folder = RecordFolder(path, settings=SPACIOUS, clock=clock.clock, free_mb=lambda path: 1e6)
    folder.lock()
    for number, wall_s in enumerate([WALL_S, 0.0, WALL_S + 14 * 365 * DAY_S, WALL_S + 60]):
        clock.wall_s = wall_s
        write(folder, number, pictures=10, at_s=wall_s)
        folder.sweep()
    folder.close()
    assert len(names(path)) == 9


def test_a_line_that_was_cut_is_cut_off_and_the_next_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "rec"
    with opened(path) as folder:
        write(folder, 1)
    with (path / LINES_NAME).open("ab") as file:
        file.write(b'{"id": "2026')
    with opened(path) as folder:
        write(folder, 2)
    assert lines_of(path) == [1, 2]


@given(st.binary(max_size=300))
def test_of_any_file_the_whole_lines_remain(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "lines"
        path.write_bytes(data)
        whole = data[: data.rfind(b"\n") + 1]
        assert mend_lines(path) == len(whole)
        assert path.read_bytes() == whole


def test_a_cut_line_longer_than_what_is_read_at_once_is_found(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"a\n" + b"\0" * 200_000)
    assert mend_lines(path) == 2


def test_lines_that_are_none_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "rec"
    path.mkdir()
    odd = ['{"id": "../outside"}', "[]", "none", '{"id": 5}', "[" * 5000, '{"id": "ok-1"}', ""]
    (path / LINES_NAME).write_bytes("\n".join(odd).encode() + b"\xff\n")
    (tmp_path / "outside.jpg").write_bytes(b"precious")
    with opened(path, RecordSettings(max_mb=1e-6, min_free_mb=0)) as folder:
        folder.sweep()
    assert (tmp_path / "outside.jpg").exists()


def test_files_of_others_stay_and_links_are_not_followed(tmp_path: Path) -> None:
    path, precious = tmp_path / "rec", tmp_path / "precious.jpg"
    precious.write_bytes(b"precious")
    with opened(path) as folder:
        write(folder, 1, pictures=10)
    others = {"holiday.jpg", "events.txt", "events-1.jsonl", ".unfinished-mine", "notes"}
    for name in others - {"notes"}:
        (path / name).write_bytes(b"precious" * 100)
    (path / "notes").mkdir()
    (path / f"{event_id(2)}.jpg").symlink_to(precious)
    (path / f"{event_id(3)}.jpg").mkdir()
    with opened(path, RecordSettings(max_mb=1e-6, min_free_mb=0)) as folder:
        write(folder, 2)
        write(folder, 3)
        write(folder, 4)
    odd = {f"{event_id(2)}.jpg", f"{event_id(3)}.jpg"}
    assert names(path) >= others | odd
    assert f"{event_id(1)}.jpg" not in names(path)
    assert precious.read_bytes() == b"precious"


def test_pictures_without_lines_are_the_oldest(tmp_path: Path) -> None:
    path = tmp_path / "rec"
    with opened(path) as folder:
        write(folder, 1, pictures=3000)
    (path / LINES_NAME).unlink()
    with opened(path, RecordSettings(max_mb=0.004, min_free_mb=0)) as folder:
        write(folder, 2, pictures=2000)
    assert names(path) == {LINES_NAME, f"{event_id(2)}.jpg", f"{event_id(2)}.plain.jpg"}


def test_what_a_kill_left_half_written_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "rec"
    path.mkdir()
    (path / ".unfinished-a1b2c3d_").write_bytes(b"half")
    with opened(path) as folder:
        folder.sweep()
        assert names(path) == set()


def test_a_line_through_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rec"
    path.mkdir()
    (path / LINES_NAME).symlink_to(tmp_path / "elsewhere")
    with opened(path) as folder, pytest.raises(OSError, match="symbolic links"):
        write(folder, 1)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_an_error() -> None:
    with pytest.raises(OSError, match="No space left"):
        append_line(Path("/dev/full"), b"line\n")


def test_too_little_free_is_named_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "rec"
    bounds = RecordSettings(min_free_mb=500)
    with (
        opened(path, bounds, free_mb=lambda path: 2.4) as folder,
        pytest.raises(NoRoomError, match=r"^2 MB free on the disk; recording needs 500 MB free$"),
    ):
        write(folder, 1, pictures=10)
    assert names(path) == set()


def test_a_folder_that_was_removed_is_made_again_but_not_those_above(tmp_path: Path) -> None:
    above = tmp_path / "stick"
    path = above / "rec"
    with opened(path) as folder:
        write(folder, 1)
        for one in path.iterdir():
            one.unlink()
        path.rmdir()
        write(folder, 2)
        assert lines_of(path) == [2]
        above.rename(tmp_path / "taken out")
        with pytest.raises(FileNotFoundError):
            write(folder, 3)
        (tmp_path / "taken out").rename(above)
        write(folder, 4)
    assert lines_of(path) == [2, 4]


def test_a_folder_of_another_recorder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rec"
    with opened(path), pytest.raises(OutputError, match="a folder of its own"), opened(path):
        pass
    with opened(path):
        assert (path / LOCK_NAME).exists()
