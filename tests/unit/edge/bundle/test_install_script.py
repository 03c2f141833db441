"""`install.sh` refuses before it touches anything, and leaves a working installation behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.bundle import layout
from edge.bundle.make import Service, make_bundle
from edge.bundle.platforms import PLATFORMS
from edge.files.progress import Silent
from edge.model.tflite_file import shipped_models
from tests.unit.edge.bundle.devices import Device
from tests.unit.edge.bundle.wheels_made import write_needed, write_own

SCRIPT = Path(__file__).resolve().parents[4] / "edge" / "bundle" / "install.sh"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("flock") is None, reason="install.sh is for Linux"
)
Pack = Callable[..., Path]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Return what makes a bundle and unpacks it: a fresh folder each time."""
    folder = tmp_path_factory.mktemp("bundles")
    wheels = write_needed(folder / "wheels", numpy="1.26.4", opencv_python_headless="4.11.0.86")
    made: dict[str, Path] = {}

    def pack_one(kind: str = "camera", *, unit: str = "[Unit]\n# first\n") -> Path:
        key = f"{kind} {unit}"
        if key not in made:
            made[key] = folder / f"{len(made)}.tar.gz"
            make_bundle(
                shipped_models()["small"],
                made[key],
                service=Service(
                    unit=unit,
                    words=("live",),
                    settings={"token": b"s3cret-s3cret\n"} if kind == "secret" else {},
                    secrets=("token",) if kind == "secret" else (),
                    page=None if kind == "no page" else "http://DEVICE:8000/",
                    uses_apt=kind == "picamera",
                ),
                platform=PLATFORMS["pi-bookworm"],
                wheels=wheels,
                progress=Silent(),
                make_wheel=write_own,
            )
        target = tmp_path_factory.mktemp("unpacked folder")
        with tarfile.open(made[key]) as archive:
            archive.extractall(target)
        return target / layout.TOP

    return pack_one


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def _beside(device: Device) -> list[str]:
    return [name for name in device.files() if ".new" in name or ".old" in name]


def test_the_script_is_plain_sh() -> None:
    text = SCRIPT.read_bytes()
    assert text.startswith(b"#!/bin/sh\n")
    assert b"\r" not in text
    assert max(map(len, text.splitlines())) <= 100
    for shell in filter(shutil.which, ("dash", "bash")):
        subprocess.run([shell, "-n", str(SCRIPT)], check=True)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
def test_shellcheck_finds_nothing() -> None:
    subprocess.run(["shellcheck", str(SCRIPT)], check=True)


def test_the_script_and_the_unit_mean_the_same_places() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    for name, path in (
        ("home", layout.ENVIRONMENT_THERE),
        ("settings", layout.SETTINGS_THERE),
        ("records", layout.RECORDS_THERE),
        ("unit", f"/etc/systemd/system/{layout.UNIT}"),
    ):
        assert f"\n{name}=$root{path}\n" in text


def test_it_installs_proves_and_starts_in_this_order(device: Device, pack: Pack) -> None:
    done = device.install(pack("secret"))
    assert done.returncode == 0, done.stderr
    kinds = [line.split(" -", maxsplit=1)[0].removesuffix(" --quiet") for line in device.log()]
    assert kinds == [
        *("venv", "pip", "doctor", "sync"),
        *("systemctl daemon-reload", "systemctl enable", "systemctl restart crack-edge"),
    ]
    files = device.files()
    model = shipped_models()["small"].read_bytes()
    assert files["opt/crack-edge/models/small.int8.tflite"] == (0o644, model)
    assert files["etc/systemd/system/crack-edge.service"] == (0o644, b"[Unit]\n# first\n")
    assert files["etc/crack-edge"][0] == 0o700
    assert files["etc/crack-edge/token"] == (0o600, b"s3cret-s3cret\n")
    assert "opt/crack-edge/bundle.json" in files
    assert _beside(device) == []
    for word in (
        "systemctl status crack-edge",
        "journalctl -u crack-edge -f",
        "http://DEVICE:8000/",
    ):
        assert word in done.stdout
    assert "delete the archive and" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr


def test_where_there_is_no_page_none_is_told(device: Device, pack: Pack) -> None:
    done = device.install(pack("no page"))
    assert done.returncode == 0, done.stderr
    assert "page:" not in done.stdout


def test_nothing_of_the_installation_names_the_folder_it_was_made_in(
    device: Device, pack: Pack
) -> None:
    assert device.install(pack()).returncode == 0
    files = device.files()
    home = device.root / "opt" / "crack-edge"
    assert f"# made in {home}/bin" in files["opt/crack-edge/bin/crack-edge"][1].decode()
    assert not [name for name, (_, data) in files.items() if b"crack-edge.new" in data]


def test_packages_come_from_the_bundle_alone(device: Device, pack: Pack) -> None:
    assert device.install(pack()).returncode == 0
    (pip,) = (line for line in device.log() if line.startswith("pip"))
    words = pip.split()
    assert {"--isolated", "--no-index", "--ignore-installed"} <= set(words)
    assert words[words.index("--find-links") + 1] == "wheels"
    assert words[-1].startswith("wheels/crack_edge-")
    assert words[-1].endswith("-py3-none-any.whl[live]")


@pytest.mark.parametrize(("kind", "sees"), [("picamera", True), ("camera", False)])
def test_only_the_pis_own_camera_sees_packages_of_apt(
    device: Device, pack: Pack, kind: str, sees: bool
) -> None:
    device.has("picamera2")
    assert device.install(pack(kind)).returncode == 0
    (venv,) = (line for line in device.log() if line.startswith("venv"))
    assert ("--system-site-packages" in venv) is sees


@pytest.mark.parametrize(
    ("kind", "has", "code", "words"),
    [
        ("camera", {"user": "1000"}, 2, "this script must run as root: sudo sh"),
        (
            "camera",
            {"packages": "armhf"},
            3,
            "this is a 32-bit system (armhf; a 64-bit kernel alone is not enough)",
        ),
        ("camera", {"machine": "aarch64 32"}, 3, "this is a 32-bit system"),
        ("camera", {"packages": "armhf", "machine": "armv7l 32"}, 3, "this is a 32-bit system"),
        (
            "camera",
            {"packages": "amd64", "machine": "x86_64 64"},
            3,
            "this machine is amd64 (x86_64)",
        ),
        (
            *("camera", {"python": "3.13"}, 3),
            "for 64-bit Raspberry Pi OS bookworm (Python 3.11), but this machine has Python "
            "3.13: make one with --platform pi-trixie",
        ),
        (
            "camera",
            {"python": "3.9"},
            3,
            "has Python 3.9: make one with --platform for this sys",
        ),
        ("camera", {"free": "200000"}, 3, "opt has 195 MB free but needs 400 MB"),
        ("picamera", {}, 3, "sudo apt install python3-picamera2"),
    ],
)
def test_what_a_device_lacks_is_said_before_anything_is_touched(
    device: Device, pack: Pack, kind: str, has: dict[str, str], code: int, words: str
) -> None:
    for name, text in has.items():
        device.has(name, text)
    done = device.install(pack(kind))
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert not [name for name in device.files() if name != "opt"]
    assert device.log() == []


def test_a_device_without_python_is_told_so(device: Device, pack: Pack) -> None:
    (device.root / "usr/bin/python3").unlink()
    done = device.install(pack())
    assert done.returncode == 3
    assert "sudo apt install python3" in done.stderr


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _add(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("models/small.int8.tflite", _flip),
        ("wheels/pip-25.0-py3-none-any.whl", _flip),
        ("crack-edge.service", _flip),
        ("bundle.json", _flip),
        ("wheels/click-8.3.0-py3-none-any.whl", Path.unlink),
        ("bundle.json", Path.unlink),
        ("SHA256SUMS", Path.unlink),
        ("wheels/evil-1.0-py3-none-any.whl", _add),
        ("settings/token", _add),
        ("wheels/sub/x", _add),
        ("link", lambda path: path.symlink_to("/etc/passwd")),
    ],
)
def test_a_copy_that_is_not_what_was_made_is_refused_by_name(
    device: Device, pack: Pack, name: str, harm: Callable[[Path], object]
) -> None:
    bundle = pack()
    harm(bundle / name)
    done = device.install(bundle)
    assert done.returncode == 2
    assert name in done.stderr
    assert device.files() == {}
    assert device.log() == []


@pytest.mark.parametrize("fault", ["doctor-fails", "pip-fails"])
def test_a_first_installation_that_fails_leaves_nothing(
    device: Device, pack: Pack, fault: str
) -> None:
    device.has(fault)
    done = device.install(pack("secret"))
    assert done.returncode != 0
    assert "nothing was changed" in done.stderr
    assert [name for name, (_, data) in device.files().items() if data] == []
    assert not [line for line in device.log() if line.startswith("systemctl")]


def test_a_model_that_cannot_score_is_said_with_what_the_doctor_found(
    device: Device, pack: Pack
) -> None:
    device.has("doctor-fails")
    done = device.install(pack())
    assert done.returncode == 3
    assert "failed  runtime" in done.stderr
    assert "the model does not work on this machine" in done.stderr


@pytest.mark.parametrize("fault", ["doctor-fails", "pip-fails"])
def test_an_upgrade_that_fails_touches_neither_the_service_nor_its_files(
    device: Device, pack: Pack, fault: str
) -> None:
    assert device.install(pack("secret")).returncode == 0
    before, _ = device.files(), device.log()
    device.has("active", "active")
    device.has(fault)
    assert device.install(pack(unit="[Unit]\n# second\n")).returncode != 0
    assert device.files() == before
    assert not [line for line in device.log() if line.startswith("systemctl")]


def test_an_upgrade_replaces_all_but_the_records(device: Device, pack: Pack) -> None:
    assert device.install(pack("secret")).returncode == 0
    events = device.root / "var/lib/crack-edge/events/events.jsonl"
    events.parent.mkdir(parents=True)
    events.write_text("{}\n")
    (device.root / "opt/crack-edge/stale").write_text("x")
    device.has("active", "active")
    device.log()
    done = device.install(pack(unit="[Unit]\n# second\n"))
    assert done.returncode == 0, done.stderr
    log = [line for line in device.log() if line.startswith("systemctl")]
    assert log == [
        "systemctl is-active crack-edge",
        "systemctl stop crack-edge",
        "systemctl daemon-reload",
        "systemctl enable --quiet crack-edge",
        "systemctl restart crack-edge",
    ]
    files = device.files()
    assert files["etc/systemd/system/crack-edge.service"][1] == b"[Unit]\n# second\n"
    assert "etc/crack-edge" not in files
    assert "opt/crack-edge/stale" not in files
    assert events.read_text() == "{}\n"
    assert _beside(device) == []


def test_the_same_bundle_can_be_installed_again(device: Device, pack: Pack) -> None:
    bundle = pack("secret")
    assert device.install(bundle).returncode == 0
    before = device.files()
    assert device.install(bundle).returncode == 0
    assert device.files() == before


def test_a_service_that_does_not_start_gives_way_to_the_one_before(
    device: Device, pack: Pack
) -> None:
    assert device.install(pack()).returncode == 0
    before, _ = device.files(), device.log()
    device.has("active", "active")
    device.has("restart-fails")
    done = device.install(pack("secret", unit="[Unit]\n# second\n"))
    assert done.returncode == 1
    assert "the service does not start; see why: journalctl -u crack-edge" in done.stderr
    assert "the previous installation was restored" in done.stderr
    assert device.files() == before
    assert device.log()[-2:] == ["systemctl daemon-reload", "systemctl restart crack-edge"]


def test_a_service_that_was_set_up_by_hand_comes_back_too(device: Device, pack: Pack) -> None:
    unit = device.root / "etc/systemd/system/crack-edge.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("by hand\n")
    device.has("active", "active")
    device.has("restart-fails")
    assert device.install(pack("secret")).returncode == 1
    files = {name for name, (_, data) in device.files().items() if data}
    assert files == {"etc/systemd/system/crack-edge.service"}
    assert unit.read_text() == "by hand\n"


def test_a_first_service_that_does_not_start_is_left_to_be_looked_at(
    device: Device, pack: Pack
) -> None:
    device.has("restart-fails")
    done = device.install(pack())
    assert done.returncode == 1
    assert "journalctl" in done.stderr
    assert "opt/crack-edge/bundle.json" in device.files()
    assert _beside(device) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_an_installation_that_is_stopped_leaves_the_one_before(
    device: Device, pack: Pack, number: signal.Signals
) -> None:
    assert device.install(pack()).returncode == 0
    before = device.files()
    running = device.hang(pack(unit="[Unit]\n# second\n"))
    os.killpg(running.pid, number)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 128 + number
    assert "nothing was changed" in said
    assert device.files() == before


@pytest.mark.parametrize("moved", range(7))
def test_after_a_power_cut_in_the_switch_the_next_run_finds_the_one_or_the_other_whole(
    device: Device, pack: Pack, moved: int
) -> None:
    assert device.install(pack("secret")).returncode == 0
    before = device.files()
    running = device.hang(pack("secret", unit="[Unit]\n# second\n"))
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate(timeout=30)
    places = ("opt/crack-edge", "etc/crack-edge", "etc/systemd/system/crack-edge.service")
    moves = [
        move for place in places for move in ((place, f"{place}.old"), (f"{place}.new", place))
    ]
    for source, target in moves[:moved]:
        (device.root / source).rename(device.root / target)
    device.has("doctor-fails")
    assert device.install(pack()).returncode == 3
    after = device.files()
    unit = after.pop("etc/systemd/system/crack-edge.service")[1]
    assert unit == (b"[Unit]\n# second\n" if moved == len(moves) else b"[Unit]\n# first\n")
    if moved < len(moves):
        before.pop("etc/systemd/system/crack-edge.service")
        assert after == before
    assert _beside(device) == []


def test_two_installations_do_not_get_in_each_others_way(device: Device, pack: Pack) -> None:
    running = device.hang(pack())
    done = device.install(pack())
    os.killpg(running.pid, signal.SIGTERM)
    running.communicate(timeout=30)
    assert done.returncode == 1
    assert "another install.sh is running" in done.stderr


def test_without_a_running_systemd_the_service_waits_for_the_next_boot(
    device: Device, pack: Pack
) -> None:
    (device.root / "run/systemd/system").rmdir()
    done = device.install(pack())
    assert done.returncode == 0
    log = [line for line in device.log() if line.startswith("systemctl")]
    assert log == ["systemctl enable --quiet crack-edge"]
    assert "the service starts at the next boot" in done.stdout


def test_installing_only_neither_enables_nor_starts(device: Device, pack: Pack) -> None:
    done = device.install(pack(), "--no-start")
    assert done.returncode == 0
    log = [line for line in device.log() if line.startswith("systemctl")]
    assert log == ["systemctl daemon-reload"]
    assert "sudo systemctl enable --now crack-edge" in done.stdout


def test_a_running_service_is_left_stopped_where_none_is_to_start(
    device: Device, pack: Pack
) -> None:
    assert device.install(pack()).returncode == 0
    device.has("active", "activating")
    device.log()
    assert device.install(pack(), "--no-start").returncode == 0
    log = [line for line in device.log() if line.startswith("systemctl")]
    assert log[1:] == ["systemctl stop crack-edge", "systemctl daemon-reload"]


@pytest.mark.parametrize("fault", [{}, {"packages": "armhf"}, {"free": "1"}])
def test_uninstalling_keeps_the_records_and_says_where(
    device: Device, pack: Pack, fault: dict[str, str]
) -> None:
    bundle = pack("secret")
    assert device.install(bundle).returncode == 0
    events = device.root / "var/lib/crack-edge/events/events.jsonl"
    events.parent.mkdir(parents=True)
    events.write_text("{}\n")
    device.log()
    for name, text in fault.items():
        device.has(name, text)
    # Also by what was installed: the bundle may be gone.
    done = device.install(device.root / "opt/crack-edge", "--uninstall")
    assert done.returncode == 0, done.stderr
    assert [name for name, (_, data) in device.files().items() if data] == [
        "var/lib/crack-edge/events/events.jsonl"
    ]
    assert f"its records are kept in {device.root}/var/lib/crack-edge" in done.stdout
    assert device.log() == [
        "systemctl disable --quiet crack-edge",
        "systemctl stop crack-edge",
        "systemctl daemon-reload",
    ]
    assert device.install(bundle, "--uninstall").returncode == 0


@pytest.mark.parametrize("words", [["--nonesuch"], ["x"]])
def test_a_wrong_word_is_named_with_the_usage(device: Device, pack: Pack, words: list[str]) -> None:
    done = device.install(pack(), *words)
    assert done.returncode == 2
    assert f"no such option: {words[0]}" in done.stderr
    assert "--uninstall" in done.stderr
    assert device.files() == {}


def test_help_needs_no_root(device: Device, pack: Pack) -> None:
    device.has("user", "1000")
    done = device.install(pack(), "--help")
    assert done.returncode == 0
    assert "usage: sudo sh install.sh" in done.stdout
