"""The settings of a live watch as options, which ``live`` and ``bundle`` share."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from crack_edge.shared.completion import complete_model, complete_source
from crack_edge.shared.live_types import MqttType, RoiType, ServeType, SizeType, SourceType
from crack_edge.shared.numbers import Number, WholeNumber
from crack_edge.shared.settings_file import require_known_variables, use_settings_file, variable_of
from edge.files.errors import InputError
from edge.live.loop.controls import THRESHOLDS
from edge.live.run.settings import LiveSettings

# What a name in the command line is called in the dataclass, where a unit belongs to it.
_FIELDS = {
    "smooth": "smooth_s",
    "hold": "hold_s",
    "max_temp": "max_temp_c",
    "size": "size_wh",
}

# For the defaults, which are the library's.
_USUAL = LiveSettings(source="drawn")
_FILE = click.Path(path_type=Path)
_SCORE = Number(0, 1, min_open=True, max_open=True)
_POSITIVE = Number(0, min_open=True)


def _option(name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return an option's spelling and its declaration for click."""
    return name, more


_OPTIONS = (
    _option(
        "--config",
        metavar="FILE",
        type=_FILE,
        is_eager=True,
        callback=use_settings_file,
        help="TOML file with any of these settings, such as max-fps = 5. Options override "
        "environment variables such as CRACK_EDGE_MAX_FPS, which override the file.  "
        "[default: none]",
    ),
    _option(
        "--source",
        metavar="SOURCE",
        type=SourceType(),
        required=True,
        shell_complete=complete_source,
        help="What to watch: 0 or /dev/video0 (a camera), picamera, rtsp://... or http://... (a "
        "stream), a video file, a folder of photos, or drawn (no camera needed).",
    ),
    _option(
        "--model",
        metavar="MODEL",
        default=_USUAL.model,
        shell_complete=complete_model,
        help="Model file, or the name of a shipped model.",
    ),
    _option(
        "--view",
        default=_USUAL.view,
        type=click.Choice(("dense", "tile")),
        help="How frames are scored: dense scores every window at a stride of one cell, tile "
        "scores windows side by side.",
    ),
    _option(
        "--roi",
        metavar="PART",
        type=RoiType(),
        help="Part of the frame to look at: LEFT,UPPER,RIGHT,LOWER in px or in shares such as "
        "10%,0,90%,100%; or center, a single window in the middle, for slow machines.  "
        "[default: the whole frame]",
    ),
    _option(
        "--scale",
        metavar="FACTOR",
        default=_USUAL.scale,
        type=Number(0.05, 8),
        hidden=True,
        help="Resize frames by this factor before they are scored.",
    ),
    _option(
        "--threshold",
        metavar="SCORE",
        default=_USUAL.threshold,
        type=Number(*THRESHOLDS),
        help=f"Smoothed score, {THRESHOLDS[0]} to {THRESHOLDS[1]}, at or above which an event "
        "begins.",
    ),
    _option(
        "--release",
        metavar="SCORE",
        type=_SCORE,
        hidden=True,
        help="Smoothed score below which an event is about to end.  [default: 0.5, or the "
        "threshold if that is lower]",
    ),
    _option(
        "--smooth",
        metavar="SECONDS",
        default=_USUAL.smooth_s,
        type=Number(0, 60),
        hidden=True,
        help="Time over which scores are smoothed, in seconds; 0 for no smoothing.",
    ),
    _option(
        "--hold",
        metavar="SECONDS",
        default=_USUAL.hold_s,
        type=Number(0, 3600),
        hidden=True,
        help="Time that the score must stay below --release before an event ends, in seconds.",
    ),
    _option(
        "--max-fps",
        metavar="N",
        type=Number(0.01, 1000),
        help="Largest number of frames to look at per second.  [default: as many as possible]",
    ),
    _option(
        "--max-temp",
        metavar="CELSIUS",
        default=_USUAL.max_temp_c,
        type=Number(0, 120),
        hidden=True,
        help="Temperature of the processor, in °C, above which fewer frames are looked at; 0 for "
        "no limit.",
    ),
    _option(
        "--fps",
        metavar="N",
        type=Number(0.2, 1000),
        hidden=True,
        help="Frames per second to request from a camera, or at which a video or folder is played "
        "as if it were a camera.  [default: the camera's own rate; every frame of a file]",
    ),
    _option(
        "--loop/--no-loop",
        default=_USUAL.loop,
        show_default=True,
        hidden=True,
        help="Start again at the end of a video or folder.",
    ),
    _option(
        "--size",
        metavar="WxH",
        type=SizeType(),
        help="Size of frames to request from a camera, in px, such as 1280x720.  [default: the "
        "camera's own size]",
    ),
    _option(
        "--serve",
        metavar="HOST:PORT",
        default="127.0.0.1:8000",
        type=ServeType(),
        help="Address of the page with the live picture; off for no page. An address that other "
        "machines can reach needs a token.",
    ),
    _option(
        "--token",
        metavar="TOKEN",
        hidden=True,
        help="Token that visitors of the page must have. Every user of this machine can see it in "
        "the list of processes, so --token-file is safer.  [default: none]",
    ),
    _option(
        "--token-file",
        metavar="FILE",
        type=_FILE,
        help="File whose first line is the token that visitors of the page must have.  "
        "[default: none]",
    ),
    _option(
        "--record",
        metavar="DIR",
        type=_FILE,
        help="Folder in which events are recorded, as lines of JSON and pictures.  [default: none]",
    ),
    _option(
        "--record-max-mb",
        metavar="MB",
        default=_USUAL.record_max_mb,
        type=_POSITIVE,
        help="Largest size of the folder of recorded events, in MB; the oldest events are removed "
        "first.",
    ),
    _option(
        "--record-max-days",
        metavar="DAYS",
        default=_USUAL.record_max_days,
        type=_POSITIVE,
        hidden=True,
        help="Age at which recorded events are removed, in days.",
    ),
    _option(
        "--record-min-free-mb",
        metavar="MB",
        default=_USUAL.record_min_free_mb,
        type=Number(0),
        help="Free disk space, in MB, below which nothing is recorded.",
    ),
    _option(
        "--mqtt",
        metavar="URL",
        type=MqttType(),
        help="MQTT broker to which events and state are published: mqtt://HOST/PREFIX, or "
        "mqtts:// for TLS.  [default: none]",
    ),
    _option("--mqtt-user", metavar="NAME", help="User name at the MQTT broker.  [default: none]"),
    _option(
        "--mqtt-password-file",
        metavar="FILE",
        type=_FILE,
        help="File whose first line is the password at the MQTT broker.  [default: none]",
    ),
    _option(
        "--mqtt-ca",
        metavar="FILE",
        type=_FILE,
        hidden=True,
        help="File with the certificates (PEM) by which to check the broker's.  [default: those of "
        "the system]",
    ),
    _option(
        "--mqtt-discovery/--no-mqtt-discovery",
        default=_USUAL.mqtt_discovery,
        show_default=True,
        hidden=True,
        help="Publish what Home Assistant needs to find this device.",
    ),
    _option(
        "--threads",
        metavar="N",
        type=WholeNumber(1),
        help="Number of threads that score a frame.  [default: as tune measured, or one for each "
        "core]",
    ),
)


class _Setting(click.Option):
    """An option whose errors name the environment variable where the value came from there."""

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return what an error calls it."""
        source = ctx.get_parameter_source(self.name) if ctx and self.name else None
        if source is ParameterSource.ENVIRONMENT:
            return str(self.envvar)
        return super().get_error_hint(ctx)


def live_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the settings of a live watch to a command, which gets them as ``options``."""
    return live_options_with({})(command)


def live_options_with(
    changes: Mapping[str, Mapping[str, Any]],
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what adds the settings of a live watch, some of them with another default.

    Args:
        changes: for the name of a setting, what click is told instead.
    """

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_options(*arguments: Any, **words: Any) -> Any:
            mine = {name: words.pop(name) for name in option_names()}
            return command(*arguments, options=_gather(mine), **words)

        decorated: Callable[..., Any] = with_options
        for spelling, more in reversed(_OPTIONS):
            decorated = _make_option(spelling, {**more, **changes.get(_key_of(spelling), {})})(
                decorated
            )
        return decorated

    return add


def _make_option(
    spelling: str, more: dict[str, Any]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return an option that can be set by the environment too."""
    if more.get("default") is not None and not more.get("is_flag"):
        more.setdefault("show_default", True)
    return click.option(spelling, cls=_Setting, envvar=variable_of(_key_of(spelling)), **more)


def _key_of(spelling: str) -> str:
    return spelling.split("/", maxsplit=1)[0].removeprefix("--").replace("-", "_")


@functools.cache
def option_names() -> tuple[str, ...]:
    """Return the names of the settings, as functions get them."""
    return tuple(_key_of(spelling) for spelling, _ in _OPTIONS)


def field_of(name: str) -> str:
    """Return what a setting is called in ``LiveSettings``."""
    return _FIELDS.get(name, name)


def _gather(words: dict[str, Any]) -> LiveSettings:
    require_known_variables(os.environ, option_names())
    if words["max_temp"] == 0:
        words["max_temp"] = None
    try:
        return LiveSettings(**{field_of(name): value for name, value in words.items()})
    except InputError as error:
        raise click.UsageError(str(error)) from error
