"""The options of a live watch: read, checked by themselves and together."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import click
import pytest
from click.testing import CliRunner, Result

from crack_edge.shared.live_options import field_of, live_options, option_names
from edge.live.events.tracker import EventSettings
from edge.live.loop.watch_loop import WatchSettings
from edge.live.run.settings import LiveSettings, ServeAddress
from edge.live.scoring.frame_scorer import View
from edge.live.scoring.roi import CENTER

_got: list[LiveSettings] = []


@click.command("live")
@live_options
@click.option("--other", default=1)
def _command(options: LiveSettings, other: int) -> None:
    assert other == 1
    _got.append(options)


def _run(*flags: str, environ: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(_command, flags, env=environ)


def _read(*flags: str, environ: Mapping[str, str] | None = None) -> LiveSettings:
    result = _run("--source", "0", *flags, environ=environ)
    assert result.exit_code == 0, result.output
    return _got.pop()


def test_every_option_has_a_field_and_every_field_an_option() -> None:
    fields = [field.name for field in dataclasses.fields(LiveSettings)]
    assert sorted(field_of(name) for name in option_names()) == sorted(fields)


def test_the_defaults_are_those_of_the_loop() -> None:
    options = _read()
    assert options.smooth_s == WatchSettings().smooth_s
    assert options.hold_s == EventSettings().hold_s
    (view,) = (option for option in _command.params if option.name == "view")
    assert isinstance(view.type, click.Choice)
    assert tuple(view.type.choices) == get_args(View)
    assert options.serve == ServeAddress("127.0.0.1", 8000)
    assert options.max_fps is options.roi is options.record is options.token is None


def test_every_option_says_its_default() -> None:
    for option in _command.params:
        assert isinstance(option, click.Option)
        if option.name not in ("source", "other"):
            assert option.help
            assert option.show_default or "[default:" in option.help, option.name


def test_a_source_is_required_and_may_come_from_the_environment() -> None:
    result = _run()
    assert result.exit_code == 2
    assert "--source" in result.output
    assert "crack-edge doctor lists the cameras" in result.output
    assert _run(environ={"CRACK_EDGE_SOURCE": "rtsp://cam/1"}).exit_code == 0
    assert _got.pop().source == "rtsp://cam/1"


def test_a_wrong_value_is_blamed_on_where_it_came_from() -> None:
    wrong = {"CRACK_EDGE_SOURCE": "0", "CRACK_EDGE_MAX_FPS": "many"}
    assert "Invalid value for CRACK_EDGE_MAX_FPS: 'many'" in _run(environ=wrong).stderr
    assert "'--max-fps'" in _run("--source", "0", "--max-fps", "many").stderr


def test_the_part_may_be_the_window_in_the_middle() -> None:
    assert _read("--roi", "center").roi == CENTER


def test_a_switch_can_be_set_by_the_environment_and_turned_off_by_a_flag() -> None:
    assert _read(environ={"CRACK_EDGE_LOOP": "1"}).loop
    assert not _read("--no-loop", environ={"CRACK_EDGE_LOOP": "1"}).loop


def test_no_highest_temperature_is_none() -> None:
    assert _read("--max-temp", "0").max_temp_c is None


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("localhost:1", "localhost", 1), ("[::1]:8000", "::1", 8000), ("127.1.2.3:0", "127.1.2.3", 0)],
)
def test_a_page_for_this_machine_needs_no_token(text: str, host: str, port: int) -> None:
    address = _read("--serve", text).serve
    assert address == ServeAddress(host, port)
    assert str(address) == text


def test_a_page_can_be_left_out() -> None:
    assert _read("--serve", "off").serve is None


@pytest.mark.parametrize("text", ["0.0.0.0:8000", "[::]:80", "pi.local:80", "192.168.0.9:80"])
def test_a_page_for_others_needs_a_token(text: str) -> None:
    result = _run("--source", "0", "--serve", text)
    assert result.exit_code == 2
    assert "--token" in result.output
    assert _read("--serve", text, "--token", "t" * 12).serve is not None
    assert _read("--serve", text, "--token-file", "t").serve is not None


@pytest.mark.parametrize(
    "flags",
    [
        ("--serve", "8000"),
        ("--serve", "::1:8000"),
        ("--serve", "localhost:65536"),
        ("--serve", "local host:1"),
        ("--size", "640"),
        ("--size", "0x480"),
        ("--roi", "1,2,3"),
        ("--threshold", "0"),
        ("--threshold", "0.6", "--release", "0.7"),
        ("--scale", "9"),
        ("--token", "a", "--token-file", "b"),
        ("--mqtt", "broker"),
        ("--mqtt", "http://broker"),
        ("--mqtt", "mqtt://broker:99999/x"),
        ("--mqtt", "mqtt://me:secret@broker/x"),
        ("--mqtt-user", "me"),
        ("--mqtt-ca", "ca.pem"),
        ("--threads", "0"),
        ("--record-max-mb", "0"),
    ],
)
def test_wrong_settings_are_a_usage_error_that_names_the_option(flags: tuple[str, ...]) -> None:
    result = _run("--source", "0", *flags)
    assert result.exit_code == 2
    assert flags[0] in result.output


def test_a_token_that_can_be_guessed_is_refused() -> None:
    result = _run("--source", "0", "--token", "short")
    assert result.exit_code == 2
    assert "--token" in result.output


def test_a_broker_may_be_told_with_or_without_tls() -> None:
    assert _read("--mqtt", "mqtt://broker/walls").mqtt == "mqtt://broker/walls"
    assert _read("--mqtt", "mqtts://broker:8883/x", "--mqtt-user", "me").mqtt_user == "me"


def test_a_token_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("  s3cret \nrest\n", encoding="utf-8")
    path.chmod(0o600)
    assert _read("--token-file", str(path)).read_token() == "s3cret"
    assert _read("--token", "t" * 12).read_token() == "t" * 12
    assert _read().read_token() is None
