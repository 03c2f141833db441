"""``crack-edge live`` from end to end: files to the end, processes by signals."""

from __future__ import annotations

import dataclasses
import json
import signal
import socket
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from edge.evaluation.synthetic import draw_concrete
from edge.model.tflite_file import append_card, find_model, read_tflite
from edge.photo.codec import write_photo
from tests.unit.crack_edge.commands.live_process import LiveProcess
from tests.unit.edge.live.ports import free_port

QUICK = ("--model", "small", "--serve", "off")


def live(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["live", *map(str, words)])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder of drawn photos: three without a crack, three with, three without."""
    folder = tmp_path / "photos"
    for number in range(9):
        cracks = 1 if 3 <= number < 6 else 0
        drawing = draw_concrete((640, 480), seed=number, cracks=cracks, joints=0)
        write_photo(folder / f"{number}.jpg", drawing.photo)
    return folder


def test_a_folder_is_watched_to_its_end_and_its_crack_is_one_event(photos: Path) -> None:
    result = live("--source", photos, *QUICK, "--json")
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    event = json.loads(line)
    assert event["peak_score"] > 0.9
    assert event["model"] == "small"
    assert event["regions"]
    assert f"event {event['id']} began" in result.stderr
    assert f"event {event['id']} ended after" in result.stderr


def test_events_are_recorded_with_their_pictures(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "events"
    result = live("--source", photos, *QUICK, "--record", folder, "--record-min-free-mb", "0")
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert [line["phase"] for line in lines if line["phase"] != "peak"] == ["begin", "end"]
    with_overlay, plain = (
        cv2.imread(str(folder / f"{lines[0]['id']}{suffix}")) for suffix in (".jpg", ".plain.jpg")
    )
    assert with_overlay.shape == plain.shape == (480, 640, 3)


def test_the_end_of_a_video_is_the_end(tmp_path: Path) -> None:
    path = tmp_path / "wall.avi"
    sound, cracked = (
        draw_concrete((640, 480), seed=cracks, cracks=cracks, joints=0).photo for cracks in (0, 1)
    )
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for picture in [sound] * 15 + [cracked] * 15:
        writer.write(picture[:, :, ::-1])
    writer.release()
    result = live("--source", path, *QUICK, "--json", "--view", "tile")
    assert result.exit_code == 0, result.output
    (event,) = map(json.loads, result.stdout.splitlines())
    assert event["ended_by"] == "source"
    assert event["duration_s"] < 1.5


def test_photos_that_cannot_be_read_are_counted_and_the_others_looked_at(photos: Path) -> None:
    (photos / "4.jpg").write_bytes(b"no picture")
    result = live("--source", photos, *QUICK)
    assert result.exit_code == 0
    assert "8 frames checked, 0 skipped, 1 unreadable; 1 event\n" in result.stderr


def test_a_folder_of_which_nothing_can_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"no picture")
    result = live("--source", tmp_path, *QUICK)
    assert result.exit_code == 2
    assert f"{tmp_path}: not a single frame" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--source", "nowhere.avi"), 2, "nowhere.avi"),
        (("--source", "drawn", "--model", "nothing"), 2, "nothing"),
        (("--source", "drawn", "--serve", "0.0.0.0:0"), 2, "token"),
        (("--source", "drawn", "--roi", "9,9,1,1"), 2, "9,9,1,1"),
        (("--source", "drawn", "--threshold", "0.999"), 2, "0.98"),
    ],
)
def test_bad_words_are_one_line_that_says_what_is_wrong(
    words: tuple[str, ...], code: int, said: str
) -> None:
    result = live(*words)
    assert result.exit_code == code
    assert said in result.stderr.strip().splitlines()[-1]


def test_an_address_that_is_taken_is_said_and_what_was_open_is_closed(tmp_path: Path) -> None:
    pytest.importorskip("starlette", reason="serves the page: pip install 'crack-edge[live]'")
    pytest.importorskip("uvicorn")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ("--source", "drawn", "--model", "small", "--record", tmp_path / "events")
        result = live(*words, "--serve", f"127.0.0.1:{port}")
    assert result.exit_code == 2
    assert str(port) in result.stderr.strip().splitlines()[-1]
    again = live("--source", "nowhere.avi", "--record", tmp_path / "events")
    assert "nowhere.avi" in again.stderr


@pytest.mark.skipif(find_spec("starlette") is not None, reason="the extra live is installed")
def test_without_the_extra_the_page_is_refused_with_both_ways_out() -> None:
    result = live("--source", "drawn", "--model", "small")
    assert result.exit_code == 3
    assert "pip install 'crack-edge[live]', or add --serve off" in result.stderr


@pytest.mark.skipif(find_spec("starlette") is not None, reason="the extra live is installed")
def test_without_the_extra_no_service_is_written_that_would_not_start() -> None:
    result = live("--source", "drawn", "--print-service")
    assert result.exit_code == 3
    assert "pip install 'crack-edge[live]', or add --serve off" in result.stderr
    assert "ExecStart" in live("--source", "drawn", "--print-service", "--serve", "off").stdout


def test_a_model_that_fails_its_self_test_is_never_run(tmp_path: Path) -> None:
    shipped = read_tflite(find_model("small"))
    promise = shipped.card.self_test
    assert promise is not None
    other = dataclasses.replace(promise, logits=tuple(value + 3 for value in promise.logits))
    path = tmp_path / "wrong.tflite"
    path.write_bytes(append_card(shipped.model, dataclasses.replace(shipped.card, self_test=other)))
    result = live("--source", "drawn", "--model", path, "--serve", "off")
    assert result.exit_code == 3
    assert "self-test failed" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


Start = Callable[..., LiveProcess]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[LiveProcess] = []

    def start_it(*words: str | Path, **more: dict[str, str]) -> LiveProcess:
        started.append(LiveProcess(*words, **more))
        return started[-1]

    yield start_it
    for one in started:
        one.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_its_records_closed(
    number: signal.Signals, start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / "events"
    watching = start(
        *("--source", "drawn", *QUICK, "--threshold", "0.02", "--release", "0.02"),
        *("--record", folder, "--record-min-free-mb", "0"),
    )
    watching.wait_for("began")
    watching.send(number)
    assert watching.wait() == 0
    assert "stopped" in watching.lines[-2]
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert lines[-1]["ended_by"] == "stop"


def test_a_stream_that_is_not_there_is_said_once_without_its_password(start: Start) -> None:
    place = f"127.0.0.1:{free_port()}/bridge"
    watching = start("--source", f"rtsp://me:secret@{place}", *QUICK)
    watching.wait_for("lost")
    watching.send(signal.SIGTERM)
    assert watching.wait() == 0
    # FFmpeg's own lines would show the password.
    assert [line.split(":")[0] for line in watching.lines] == [
        *(
            "watching rtsp",
            "rtsp",
            "0 frames checked, 0 skipped, 0 unreadable; 0 events; camera lost 1 time",
        )
    ]
    assert "secret" not in "".join(watching.lines)


def test_sighup_asks_to_open_the_source_again_and_ends_nothing(start: Start) -> None:
    watching = start("--source", "drawn", *QUICK)
    watching.wait_for("running")
    watching.send(signal.SIGHUP)
    watching.wait_for("reopening source and sinks")
    watching.send(signal.SIGTERM)
    assert watching.wait() == 0


def test_systemd_is_told_that_it_lives(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(60)
        watching = start(
            *("--source", "drawn", *QUICK),
            environ={"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "400000"},
        )
        heard = ""
        while heard.count("WATCHDOG=1") < 3:
            heard += listener.recv(4096).decode() + "\n"
        watching.send(signal.SIGTERM)
        while "STOPPING=1" not in heard:
            heard += listener.recv(4096).decode() + "\n"
    assert heard.startswith("READY=1") or "\nREADY=1" in heard
    assert watching.wait() == 0
