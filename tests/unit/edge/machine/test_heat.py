"""Heat and limits are read from what a board says."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.machine.heat import Limits, Vcgencmd, read_heat, read_limits

_PI_4 = "sys/devices/platform/soc/soc:firmware/get_throttled"
_PI_5 = "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"


def _write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    return root


def _zone(number: int, kind: str, temp: str) -> dict[str, str]:
    folder = f"sys/class/thermal/thermal_zone{number}"
    return {f"{folder}/type": kind, f"{folder}/temp": temp}


def test_a_machine_without_sensors_has_no_temperature(tmp_path: Path) -> None:
    assert read_heat(tmp_path) == (None, ())


def test_the_hottest_sensor_of_the_processor_counts(tmp_path: Path) -> None:
    _write(tmp_path, _zone(0, "cpu-thermal", "61200") | _zone(1, "soc-thermal", "63500"))
    _write(tmp_path, _zone(2, "iwlwifi_1", "90000") | _zone(3, "cpu-thermal", "-273200"))
    _write(tmp_path, _zone(4, "cpu-thermal", "hot"))
    assert read_heat(tmp_path) == (63.5, ())


def test_a_sensor_without_a_zone_serves_where_there_is_none(tmp_path: Path) -> None:
    _write(tmp_path, {"sys/class/hwmon/hwmon0/name": "nvme"})
    _write(tmp_path, {"sys/class/hwmon/hwmon0/temp1_input": "80000"})
    _write(tmp_path, {"sys/class/hwmon/hwmon1/name": "k10temp"})
    _write(tmp_path, {"sys/class/hwmon/hwmon1/temp1_input": "45250"})
    assert read_heat(tmp_path) == (45.25, ())


@pytest.mark.parametrize("file", [_PI_4, _PI_5])
@pytest.mark.parametrize(
    ("bits", "limits"),
    [
        ("0", ()),
        ("50000", ()),
        ("1", ("under-voltage",)),
        ("50005", ("under-voltage", "throttled")),
        ("0xe000a", ("frequency capped", "soft temperature limit")),
        ("odd", ()),
    ],
)
def test_the_firmwares_bits_of_now_are_put_in_words(
    tmp_path: Path, file: str, bits: str, limits: tuple[str, ...]
) -> None:
    _write(tmp_path, {file: bits})
    assert read_heat(tmp_path) == (None, limits)


@pytest.mark.parametrize(
    ("bits", "limits"),
    [
        ("0", Limits()),
        ("50000", Limits((), ("under-voltage", "throttled"))),
        (
            "0xe0008",
            Limits(
                ("soft temperature limit",),
                ("frequency capped", "throttled", "soft temperature limit"),
            ),
        ),
        ("odd", None),
    ],
)
def test_the_bits_of_now_are_told_from_those_since_boot(
    tmp_path: Path, bits: str, limits: Limits | None
) -> None:
    _write(tmp_path, {_PI_5: bits})
    assert read_limits(tmp_path) == limits


def test_where_nobody_says_what_holds_it_back_that_is_not_known(tmp_path: Path) -> None:
    assert read_limits(tmp_path, ask_firmware=lambda: None) is None


def test_the_program_is_asked_only_where_the_files_are_silent(tmp_path: Path) -> None:
    assert read_heat(tmp_path, ask_firmware=lambda: "throttled=0x4")[1] == ("throttled",)
    _write(tmp_path, {_PI_4: "0"})
    assert read_heat(tmp_path, ask_firmware=lambda: "throttled=0x4")[1] == ()


def _make_program(path: Path, lines: str) -> str:
    path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_the_program_answers(tmp_path: Path) -> None:
    ask = Vcgencmd(_make_program(tmp_path / "vcgencmd", 'echo "throttled=0x2 $1" | cut -c 1-13'))
    assert ask() == "throttled=0x2"


def test_a_program_that_fails_is_not_asked_again(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    ask = Vcgencmd(_make_program(tmp_path / "vcgencmd", f"echo x >> {calls}; exit 1"))
    assert ask() is None
    assert ask() is None
    assert calls.read_text(encoding="utf-8") == "x\n"


def test_the_program_is_asked_whether_it_is_throttled(tmp_path: Path) -> None:
    assert Vcgencmd(_make_program(tmp_path / "vcgencmd", 'echo "$1"'))() == "get_throttled"
