"""`live --print-service` writes a unit that systemd accepts silently, and keeps secrets out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from edge.photo.codec import write_photo
from tests.unit.edge.live.systemd.test_unit_file import unquote_words

pytest.importorskip("uvicorn", reason="needs the extra live")

# Exposure of 2.0 of 10.
_MOST_EXPOSURE = 20


def _run(*flags: str | Path, environ: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["live", "--print-service", *map(str, flags)], env=environ)


def _write(*flags: str | Path, environ: Mapping[str, str] | None = None) -> str:
    result = _run(*flags, environ=environ)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def _command(text: str) -> list[str]:
    (line,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    # As the service sees it; systemd puts the folder in.
    return unquote_words(line.replace("${CREDENTIALS_DIRECTORY}", "/run/credentials"))


def _refused(*flags: str | Path, environ: Mapping[str, str] | None = None) -> str:
    result = _run(*flags, environ=environ)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return result.stderr.splitlines()[-1]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with a folder of photos, a token, and a camera's address."""
    monkeypatch.chdir(tmp_path)
    write_photo(tmp_path / "my walls" / "a.png", np.full((64, 64, 3), 200, np.uint8))
    (tmp_path / "token").write_text("s3cret-s3cret\n", encoding="utf-8")
    (tmp_path / "live.toml").write_text(
        'source = "rtsp://me:s3cret-s3cret@cam/1?x=1"\ntoken = "s3cret-s3cret"\nmax-fps = 5\n',
        encoding="utf-8",
    )
    return tmp_path


_CASES: dict[str, tuple[str, ...]] = {
    "camera": ("--source", "0"),
    "picamera": ("--source", "picamera", "--size", "1280x720", "--max-fps", "4.5"),
    "stream": ("--source", "rtsp://cam/1"),
    "folder": ("--source", "my walls", "--loop", "--fps", "2", "--roi", "10%,0,90%,100%"),
    "nothing": ("--source", "drawn", "--serve", "off"),
    "record": ("--source", "0", "--record", "/var/lib/crack-edge/bridge"),
    "record elsewhere": ("--source", "0", "--record", "/mnt/my usb", "--user", "daemon"),
    "mqtt": ("--source", "picamera", "--mqtt", "mqtts://me@b/x", "--mqtt-password-file", "token"),
    "token": ("--source", "0", "--serve", "0.0.0.0:8000", "--token-file", "token"),
    "all": (
        *("--source", "picamera", "--record", "/var/lib/crack-edge", "--mqtt", "mqtt://b/x"),
        *("--serve", "[::]:8000", "--token-file", "token", "--no-mqtt-discovery"),
    ),
    "settings": ("--config", "live.toml", "--serve", "0.0.0.0:80"),
}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("flags", _CASES.values(), ids=_CASES)
def test_systemd_takes_the_unit_and_calls_it_safe(here: Path, flags: tuple[str, ...]) -> None:
    unit = here / "crack-edge.service"
    unit.write_text(_write(*flags), encoding="utf-8")
    verify = ["verify", "--man=no", str(unit)]
    security = ["security", "--offline=true", f"--threshold={_MOST_EXPOSURE}", str(unit)]
    for words in (verify, security):
        done = subprocess.run(
            ["systemd-analyze", *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "SYSTEMD_COLORS": "0"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        # Whatever the machine's own units are like, of this one nothing is said.
        assert unit.name not in done.stderr, done.stderr


@pytest.mark.parametrize("flags", _CASES.values(), ids=_CASES)
def test_no_secret_stands_in_the_unit(here: Path, flags: tuple[str, ...]) -> None:
    assert "s3cret-s3cret" not in _write(*flags)


def test_the_command_says_what_was_said_with_absolute_paths(here: Path) -> None:
    flags = ("--source", "my walls", "--fps", "2", "--loop", "--no-mqtt-discovery", "--max-temp")
    command = _command(_write(*flags, "0", "--serve", "off", "--roi", "1,2,50%,100%"))
    assert Path(command[0]).is_absolute()
    begin = command.index("live")
    words = set(zip(command[begin + 1 :], [*command[begin + 2 :], ""], strict=True))
    assert ("--source", str(here / "my walls")) in words
    assert {("--fps", "2"), ("--max-temp", "0"), ("--serve", "off")} <= words
    assert ("--roi", "1,2,50%,100%") in words
    assert {"--loop", "--no-mqtt-discovery"} <= set(command)
    assert "--view" not in command


def test_a_setting_of_the_environment_is_written_down(here: Path) -> None:
    command = _command(_write("--source", "0", environ={"CRACK_EDGE_MAX_FPS": "2.5"}))
    assert command[command.index("--max-fps") + 1] == "2.5"


def test_settings_of_a_file_stay_in_the_file(here: Path) -> None:
    text = _write("--config", "live.toml")
    command = _command(text)
    assert command[-2:] == ["--config", "/run/credentials/config.toml"]
    assert "--source" not in command
    assert f"LoadCredential=config.toml:{here}/live.toml\n" in text
    assert "PrivateDevices=yes" in text


def test_a_path_from_where_one_stands_is_written_down_though_the_file_says_it(here: Path) -> None:
    (here / "live.toml").write_text('source = "my walls"\ntoken-file = "token"', encoding="utf-8")
    text = _write("--config", "live.toml")
    command = _command(text)
    assert command[command.index("--source") + 1] == str(here / "my walls")
    assert command[command.index("--token-file") + 1] == "/run/credentials/token"
    assert f"LoadCredential=token:{here}/token\n" in text


def test_the_title_shows_no_password_and_no_query(here: Path) -> None:
    assert "Description=crack-edge live, rtsp://cam/1\n" in _write("--config", "live.toml")


@pytest.mark.parametrize(
    "flags",
    [
        ("--source", "rtsp://me:s3cret-s3cret@cam/1"),
        ("--source", "http://cam/1?password=s3cret-s3cret"),
        ("--source", "0", "--mqtt", "mqtt://me:s3cret-s3cret@broker/x"),
        ("--source", "0", "--token", "s3cret-s3cret"),
    ],
)
def test_a_secret_in_a_flag_is_refused_and_not_shown(here: Path, flags: tuple[str, ...]) -> None:
    line = _refused(*flags)
    assert "into a" in line
    assert "file" in line
    assert "s3cret-s3cret" not in line


def test_a_secret_in_the_environment_is_refused(here: Path) -> None:
    assert "--token-file" in _refused(
        "--source", "0", environ={"CRACK_EDGE_TOKEN": "s3cret-s3cret"}
    )


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--source", "nonesuch.mp4"), "no such source"),
        (("--source", "0", "--model", "nonesuch"), "no such model"),
        (("--source", "0", "--loop"), "loop is for files"),
        (("--source", "0", "--serve", "0.0.0.0:80"), "--token-file"),
        (("--source", "0", "--record", "events"), "--user"),
        (("--source", "0", "--user", "root"), "other than root"),
        (("--source", "0", "--token-file", "nonesuch"), "no such file"),
    ],
)
def test_what_could_not_run_is_refused(here: Path, flags: tuple[str, ...], words: str) -> None:
    assert words in _refused(*flags)


def test_a_user_without_a_service_is_refused(here: Path) -> None:
    result = CliRunner().invoke(main, ["live", "--source", "drawn", "--user", "daemon"])
    assert result.exit_code == 2
    assert "--print-service" in result.stderr


def test_the_program_starts_as_the_service_would_start_it() -> None:
    command = _command(_write("--source", "0"))
    begin = command[: command.index("live")]
    done = subprocess.run(
        [*begin, "live", "--help"], cwd="/", capture_output=True, text=True, check=False
    )
    if "No module named" in done.stderr:
        pytest.skip("crack-edge is not installed here: tests run from its folder")
    assert done.returncode == 0, done.stderr
    assert "Watch a camera" in done.stdout
