"""`crack-edge bundle` takes the options of `live`, for a device where paths are others."""

from __future__ import annotations

import json
import re
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from crack_edge.__main__ import main
from crack_edge.commands.bundle import DEFAULTS_THERE, describe_service_there, list_given_there
from crack_edge.shared.live_options import live_options_with
from edge.bundle.make import Service
from edge.live.run.settings import LiveSettings
from edge.model.tflite_file import shipped_models
from edge.photo.codec import write_photo
from tests.unit.edge.bundle.wheels_made import NEEDED, write_needed
from tests.unit.edge.live.systemd.test_unit_file import unquote_words

if sys.version_info < (3, 11):
    pytest.importorskip("tomli", reason="Python 3.10 reads TOML with the extra live")

_START = ["/opt/crack-edge/bin/python", "-I", "-u", "-m", "crack_edge", "live"]
_MODEL = ["--model", "/opt/crack-edge/models/small.int8.tflite"]


def _run(*flags: str | Path, environ: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["bundle", *map(str, flags)], env=environ)


def _refused(here: Path, *flags: str | Path, code: int = 2) -> str:
    """Check that nothing is written, and return the error."""
    words = ("--platform", "pi-bookworm", "--out", here / "pi.tar.gz", "--wheels", here / "wheels")
    result = _run("--model", "small", *words, *flags)
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert not (here / "pi.tar.gz").exists()
    return result.stderr.splitlines()[-1]


def _command(unit: str) -> list[str]:
    (line,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    return unquote_words(line.replace("${CREDENTIALS_DIRECTORY}", "/run/credentials"))


def _read_facts() -> dict[str, Any]:
    with tarfile.open("pi.tar.gz") as archive:
        facts: dict[str, Any] = json.load(archive.extractfile("crack-edge-bundle/bundle.json"))
    return facts


def _describe(*flags: str | Path, environ: Mapping[str, str] | None = None) -> Service:
    """Return the service that the command would pack."""
    got: list[Service] = []

    @click.command()
    @live_options_with(DEFAULTS_THERE)
    @click.pass_context
    def command(ctx: click.Context, options: LiveSettings) -> None:
        got.append(describe_service_there(options, given=list_given_there(ctx)))

    result = CliRunner().invoke(command, ["--model", "small", *map(str, flags)], env=environ)
    assert result.exit_code == 0, result.output
    return got[0]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with photos, secrets, settings and wheels."""
    monkeypatch.chdir(tmp_path)
    write_photo(tmp_path / "walls" / "a.png", np.full((64, 64, 3), 200, np.uint8))
    for name in ("token", "password"):
        (tmp_path / name).write_text("s3cret-s3cret\n", encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    (tmp_path / "live.toml").write_text(
        'source = "rtsp://me:s3cret-s3cret@cam/1"\ntoken-file = "token"\nmax-fps = 5\n'
        'record = "/var/lib/crack-edge/bridge"\nserve = "0.0.0.0:8000"\n',
        encoding="utf-8",
    )
    write_needed(tmp_path / "wheels")
    return tmp_path


def test_one_command_packs_what_the_device_needs(here: Path) -> None:
    words = ("--model", "small", "--platform", "pi-bookworm", "--wheels", "wheels")
    result = _run(*words, "--out", "pi.tar.gz", "--serve", "0.0.0.0:80", "--token-file", "token")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert re.match(
        r"pi\.tar\.gz: \d\.\d MB for 64-bit Raspberry Pi OS bookworm \(Python 3\.11\): crack-edge "
        r"\S+, model small, 9 wheels$",
        lines[0],
    )
    assert "secrets: it holds token;" in result.stdout
    assert lines[-3:] == [
        *("  tar xzf pi.tar.gz", "  sudo sh crack-edge-bundle/install.sh"),
        "next: scp pi.tar.gz USER@DEVICE:",
    ]
    with tarfile.open("pi.tar.gz") as archive:
        unit = archive.extractfile("crack-edge-bundle/crack-edge.service").read().decode()
        assert archive.extractfile("crack-edge-bundle/settings/token").read() == b"s3cret-s3cret\n"
    assert _command(unit) == [
        *(*_START, "--source", "0", *_MODEL, "--serve", "0.0.0.0:80"),
        *("--token-file", "/run/credentials/token", "--record", "/var/lib/crack-edge/events"),
    ]
    assert "LoadCredential=token:/etc/crack-edge/token\n" in unit
    assert "StateDirectory=crack-edge\n" in unit
    assert "s3cret-s3cret" not in unit

    again = _run(*words, "--out", "pi.tar.gz")
    assert again.exit_code == 2
    assert "--force" in again.stderr
    forced = _run(*words, "--out", "pi.tar.gz", "--force")
    assert forced.exit_code == 0
    assert "secrets" not in forced.stdout
    assert len(_read_facts()["wheels"]) == len(NEEDED) + 1


def test_an_archive_that_cannot_be_written_is_refused_before_any_work(here: Path) -> None:
    out = here / "token" / "pi.tar.gz"
    assert "cannot be written" in _refused(here, "--wheels", here / "walls", "--out", out)


def test_a_model_of_ones_own_is_carried_under_a_plain_name(here: Path) -> None:
    model = here / "my $model.int8.tflite"
    model.write_bytes(shipped_models()["small"].read_bytes())
    words = ("--platform", "pi-trixie", "--wheels", "wheels", "--out", "pi.tar.gz")
    result = _run("--model", model, *words)
    assert result.exit_code == 0, result.output
    facts = _read_facts()
    assert facts["model"]["file"] == "my__model.int8.tflite"
    assert "/opt/crack-edge/models/my__model.int8.tflite" in facts["service"]["words"]
    with tarfile.open("pi.tar.gz") as archive:
        packed = archive.extractfile("crack-edge-bundle/models/my__model.int8.tflite").read()
    assert packed == model.read_bytes()


def test_settings_of_a_file_stay_in_the_file_and_its_files_are_carried(here: Path) -> None:
    service = _describe("--config", "live.toml")
    assert _command(service.unit) == [
        *(*_START, "--config", "/run/credentials/config.toml", *_MODEL),
        *("--token-file", "/run/credentials/token"),
    ]
    assert service.settings == {
        "config.toml": (here / "live.toml").read_bytes(),
        "token": b"s3cret-s3cret\n",
    }
    assert service.secrets == ("config.toml", "token")
    assert "s3cret-s3cret" not in service.unit


def test_what_a_file_of_settings_leaves_open_is_said(here: Path) -> None:
    (here / "live.toml").write_text("max-fps = 5\n", encoding="utf-8")
    command = _command(_describe("--config", "live.toml").unit)
    assert command[command.index("--source") + 1] == "0"
    assert command[command.index("--record") + 1] == "/var/lib/crack-edge/events"


def test_the_words_show_where_a_secret_comes_from_and_not_the_secret(here: Path) -> None:
    words = _describe("--serve", "[::]:80", "--token-file", "token").words
    assert words[words.index("--token-file") + 1] == "${CREDENTIALS_DIRECTORY}/token"


@pytest.mark.parametrize(
    ("flags", "page"),
    [
        (
            (),
            "http://127.0.0.1:8000/ on the device itself; from another machine first: ssh -L",
        ),
        (("--serve", "0.0.0.0:80", "--token-file", "token"), "http://DEVICE:80/ with the token"),
        (("--serve", "[::]:80", "--token-file", "token"), "http://DEVICE:80/ with the token"),
        (("--serve", "pi.local:80", "--token-file", "token"), "http://pi.local:80/ with the tok"),
        (("--serve", "off"), ""),
    ],
)
def test_where_the_page_can_be_seen_is_said(here: Path, flags: tuple[str, ...], page: str) -> None:
    found = _describe(*flags).page
    assert found is None if not page else str(found).startswith(page)


@pytest.mark.parametrize(("source", "uses_apt"), [("picamera:1", True), ("0", False)])
def test_only_the_pis_own_camera_needs_packages_of_apt(
    here: Path, source: str, uses_apt: bool
) -> None:
    assert _describe("--source", source).uses_apt is uses_apt


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--source", "walls"), "--source walls: is a file or folder of this machine"),
        (("--source", "nonesuch.mp4"), "no such source"),
        (("--record", "events"), "--record events: .*in /var/lib/crack-edge only"),
        (("--record", "/mnt/usb"), "--record /mnt/usb: .*in /var/lib/crack-edge only"),
        (("--record", "/var/lib/crack-edge/../x"), "--record .*in /var/lib/crack-edge only"),
        (("--source", "rtsp://me:s3cret-s3cret@cam/1"), "--config"),
        (("--serve", "0.0.0.0:80"), "--token-file"),
        (("--token-file", "nonesuch"), "nonesuch: cannot be read"),
        (("--mqtt", "mqtts://me@b/x", "--mqtt-ca", "token"), "expected certificates"),
        (("--mqtt", "mqtt://b/x", "--mqtt-password-file", "password"), "without a user name"),
        (("--model", "nonesuch"), "no such model"),
        (("--out", "wheels"), "wheels: is a folder; expected the name of a file"),
    ],
)
def test_what_could_not_run_on_the_device_is_refused(
    here: Path, flags: tuple[str, ...], words: str
) -> None:
    line = _refused(here, *flags)
    assert re.search(words, line), line
    assert "s3cret-s3cret" not in line


def test_a_relative_path_of_a_file_of_settings_is_refused_too(here: Path) -> None:
    (here / "live.toml").write_text('record = "events"\n', encoding="utf-8")
    assert "--record events" in _refused(here, "--config", "live.toml")


def test_a_secret_that_all_can_read_is_refused(here: Path) -> None:
    (here / "token").chmod(0o644)
    assert "chmod o=" in _refused(here, "--serve", "0.0.0.0:80", "--token-file", "token")


def test_a_platform_must_be_named(here: Path) -> None:
    result = _run("--out", "pi.tar.gz")
    assert result.exit_code == 2
    assert "--platform" in result.stderr


def test_a_wheel_that_is_missing_is_named_with_who_wants_it(here: Path) -> None:
    (here / "wheels" / "uvicorn-0.40.0-py3-none-any.whl").unlink()
    line = _refused(here)
    assert "wheels: has no wheel of uvicorn for pi-bookworm that fits" in line
    assert re.search(r"uvicorn \S*>=0\.34\S* for crack-edge", line)


def test_numpy_1_is_asked_for_where_apts_packages_are_used(here: Path) -> None:
    # Beside the newer ones, which are there too.
    write_needed(here / "wheels", numpy="1.26.4", opencv_python_headless="4.11.0.86")
    words = ("--platform", "pi-bookworm", "--source", "picamera", "--out", "pi.tar.gz")
    result = _run("--model", "small", "--wheels", "wheels", *words)
    assert result.exit_code == 0, result.output
    facts = _read_facts()
    versions = {wheel["name"]: wheel["version"] for wheel in facts["wheels"]}
    assert versions["numpy"] == "1.26.4"
    assert versions["opencv-python-headless"] == "4.11.0.86"
    assert facts["service"]["uses_apt"] is True
