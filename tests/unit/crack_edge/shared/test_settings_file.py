"""Settings come from flags, the environment and a file, and each mistake is named."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from crack_edge.shared.live_options import live_options
from crack_edge.shared.settings_file import require_known_variables
from edge.files.errors import InputError
from edge.live.run.settings import LiveSettings

if sys.version_info < (3, 11):
    pytest.importorskip("tomli", reason="Python 3.10 reads TOML with the extra live")


def _read(
    tmp_path: Path, toml: str | bytes, *flags: str, environ: Mapping[str, str] | None = None
) -> LiveSettings:
    """Return what a command gets."""
    got: list[LiveSettings] = []

    @click.command("live")
    @live_options
    def command(options: LiveSettings) -> None:
        got.append(options)

    path = tmp_path / "live.toml"
    path.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    result: Result = CliRunner().invoke(command, ["--config", str(path), *flags], env=environ)
    if isinstance(result.exception, InputError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return got[0]


_MINIMAL = 'source = "0"\n'


def test_a_flag_is_stronger_than_the_environment_and_that_than_the_file(tmp_path: Path) -> None:
    toml = _MINIMAL + "max-fps = 1\nmax-temp = 60\nhold = 3\n"
    environ = {"CRACK_EDGE_MAX_FPS": "2", "CRACK_EDGE_MAX_TEMP": "70"}
    options = _read(tmp_path, toml, "--max-fps", "3", environ=environ)
    assert (options.max_fps, options.max_temp_c, options.hold_s) == (3, 70, 3)
    assert options.smooth_s == 0.5


def test_settings_may_stand_in_a_table_and_names_may_have_dashes_or_underscores(
    tmp_path: Path,
) -> None:
    toml = "max_fps = 2\n[live]\nsource = 0\nrecord-max-mb = 10\nmqtt_discovery = false\n"
    options = _read(tmp_path, toml)
    assert (options.source, options.max_fps, options.record_max_mb) == ("0", 2, 10)
    assert options.mqtt_discovery is False


def test_every_kind_of_value_is_read(tmp_path: Path) -> None:
    toml = """
        source = "walls"
        loop = true
        roi = "10%,0,90%,100%"
        size = "640x480"
        serve = "off"
        threads = 2
        scale = 1
        record = "/data"
        view = "tile"
    """
    options = _read(tmp_path, toml)
    assert str(options.roi) == "10%,0,90%,100%"
    assert (options.size_wh, options.serve, options.threads) == ((640, 480), None, 2)
    assert (options.loop, options.record, options.view) == (True, Path("/data"), "tile")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("max-fsp = 5", ("max-fsp", "did you mean max-fps?")),
        ("fps = '5'", ("fps", "a number", "'5'")),
        ("fps = true", ("fps", "a number")),
        ("threads = 1.5", ("threads", "a whole number", "1.5")),
        ("workers = 2", ("workers", "it is called threads now")),
        ("loop = 1", ("loop", "true or false")),
        ("mqtt = 1883", ("mqtt", "text in quotes")),
        ("threshold = 1.5", ("threshold", "1.5", "range")),
        ("view = 'sparse'", ("view", "sparse")),
        ("roi = '1,2'", ("roi", "LEFT,UPPER,RIGHT,LOWER")),
        ("view = 'grid'", ("view", "dense", "tile")),
        ("size = [640, 480]", ("size", "text in quotes")),
        ("max_fps = 1\nmax-fps = 1", ("max-fps", "twice")),
        ("config = 'x.toml'", ("config", "no such setting")),
        ("[camera]\nfps = 1", ("camera", "no such setting")),
        ("live = 1", ("live", "table")),
        ("fps =", ("is not TOML",)),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key(
    tmp_path: Path, line: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, _MINIMAL + line)
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "live.toml"))
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not TOML"):
        _read(tmp_path, b"\xff\xfe")


def test_a_file_too_large_for_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 MiB"):
        _read(tmp_path, b"#" * (1 << 20) + b"\n")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nonesuch\.toml: settings cannot be read"):
        _read(tmp_path, "", "--config", str(tmp_path / "nonesuch.toml"))


def test_a_wrong_address_of_a_broker_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, _MINIMAL + 'mqtt = "http://me:secret@host"')
    assert "secret" not in str(caught.value)


def test_a_misspelled_variable_is_refused_and_another_programs_is_left() -> None:
    require_known_variables({"CRACK_EDGE_DRONE_PHOTOS": "x", "MAX_FSP": "x"}, ["max_fps"])
    with pytest.raises(InputError, match=r"CRACK_EDGE_MAX_FSP: .*CRACK_EDGE_MAX_FPS"):
        require_known_variables({"CRACK_EDGE_MAX_FSP": "5"}, ["max_fps"])


def test_a_variable_of_a_renamed_setting_names_the_new_one() -> None:
    with pytest.raises(InputError, match=r"CRACK_EDGE_WORKERS: .*CRACK_EDGE_THREADS now"):
        require_known_variables({"CRACK_EDGE_WORKERS": "2"}, ["threads", "token"])
