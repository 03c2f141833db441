"""The settings of a live watch as options, which ``live``, ``service`` and ``bundle`` share."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from crack_edge.live_settings import LiveOptions, check_together
from crack_edge.live_types import MqttType, RoiType, ServeType, SizeType
from crack_edge.settings_file import require_known_variables, use_settings_file, variable_of
from edge.live.controls import DEFAULT_THRESHOLD, THRESHOLDS

# What a name in the command line is called in the dataclass, where a unit belongs to it.
_FIELDS = {
    "smooth": "smooth_s",
    "hold": "hold_s",
    "max_temp": "max_temp_c",
    "size": "size_wh",
}

_FILE = click.Path(path_type=Path)
_SCORE = click.FloatRange(0, 1, min_open=True, max_open=True)
_POSITIVE = click.FloatRange(0, min_open=True)


def _option(name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return an option's spelling and what click is told of it."""
    return name, more


_OPTIONS = (
    _option(
        "--config",
        metavar="FILE",
        type=_FILE,
        is_eager=True,
        callback=use_settings_file,
        help="TOML file of these settings, such as max-fps = 5. Flags go before CRACK_EDGE_MAX_FPS "
        "and the like in the environment, those before the file.  [default: none]",
    ),
    _option(
        "--source",
        required=True,
        help="0 or /dev/video0 (a camera), picamera, rtsp://... or http://... (a stream), a video "
        "file, a folder of photos, or drawn (no camera needed).",
    ),
    _option("--model", default="default", help="Model file or shipped model."),
    _option(
        "--view",
        default="dense",
        type=click.Choice(("center", "grid", "dense")),
        help="One window in the middle, windows side by side, or every window at a stride of one "
        "cell.",
    ),
    _option(
        "--roi",
        metavar="LEFT,UPPER,RIGHT,LOWER",
        type=RoiType(),
        help="Part of the frame to look at, px or shares such as 10%,0,90%,100%.  "
        "[default: all of it]",
    ),
    _option(
        "--scale",
        default=1.0,
        type=click.FloatRange(0.05, 8),
        help="Resize frames by this factor before they are scored.",
    ),
    _option(
        "--threshold",
        type=click.FloatRange(*THRESHOLDS),
        help=f"Smoothed score, {THRESHOLDS[0]} to {THRESHOLDS[1]}, at or above which an event "
        f"begins.  [default: {DEFAULT_THRESHOLD}]",
    ),
    _option(
        "--release",
        type=_SCORE,
        help="Smoothed score in (0, 1) below which an event is about to end.  [default: 0.5, or "
        "the threshold if that is lower]",
    ),
    _option(
        "--smooth",
        metavar="SECONDS",
        default=0.5,
        type=click.FloatRange(0, 60),
        help="Time over which scores are smoothed, s; 0 for none.",
    ),
    _option(
        "--hold",
        metavar="SECONDS",
        default=1.0,
        type=click.FloatRange(0, 3600),
        help="How long the score must stay below --release before an event ends, s.",
    ),
    _option(
        "--max-fps",
        type=click.FloatRange(0.01, 1000),
        help="Frames a second to look at, at most.  [default: as many as it can]",
    ),
    _option(
        "--max-temp",
        metavar="CELSIUS",
        default=80.0,
        type=click.FloatRange(0, 120),
        help="Temperature of the processor above which it looks at fewer frames, °C; 0 for never.",
    ),
    _option(
        "--fps",
        type=click.FloatRange(0.2, 1000),
        help="Frames a second: asked of a camera; a video or folder is played at it.  "
        "[default: the source's]",
    ),
    _option(
        "--loop/--no-loop",
        default=False,
        show_default=True,
        help="Begin again at the end of a video or folder.",
    ),
    _option(
        "--size",
        metavar="WxH",
        type=SizeType(),
        help="Size of frames asked of a camera, px, such as 1280x720.  [default: the camera's]",
    ),
    _option(
        "--serve",
        metavar="HOST:PORT",
        default="127.0.0.1:8000",
        type=ServeType(),
        help="Where the page is served; off for no page. Others than this machine need a token.",
    ),
    _option(
        "--token",
        help="What visitors of the page must show. A file is safer: the list of processes shows "
        "this one.  [default: none]",
    ),
    _option(
        "--token-file",
        metavar="FILE",
        type=_FILE,
        help="File that holds the token in its first line.  [default: none]",
    ),
    _option(
        "--record",
        metavar="DIR",
        type=_FILE,
        help="Folder for events: lines of JSON, and pictures.  [default: none]",
    ),
    _option(
        "--record-max-mb",
        default=1000.0,
        type=_POSITIVE,
        help="Size of that folder, MB; the oldest events go first.",
    ),
    _option(
        "--record-max-days", default=30.0, type=_POSITIVE, help="Age of its events, days, at most."
    ),
    _option(
        "--record-min-free-mb",
        default=500.0,
        type=click.FloatRange(0),
        help="Free space of its disk, MB, below which nothing is recorded.",
    ),
    _option(
        "--mqtt",
        metavar="URL",
        type=MqttType(),
        help="Broker for events and state, mqtt://HOST/PREFIX; mqtts:// for TLS.  [default: none]",
    ),
    _option("--mqtt-user", metavar="NAME", help="Name at the broker.  [default: none]"),
    _option(
        "--mqtt-password-file",
        metavar="FILE",
        type=_FILE,
        help="File that holds the password for it in its first line.  [default: none]",
    ),
    _option(
        "--mqtt-ca",
        metavar="FILE",
        type=_FILE,
        help="Certificates that the broker's must be signed by, PEM.  [default: the system's]",
    ),
    _option(
        "--mqtt-discovery/--no-mqtt-discovery",
        default=True,
        show_default=True,
        help="Tell Home Assistant what there is.",
    ),
    _option(
        "--workers",
        type=click.IntRange(1),
        help="Threads that score.  [default: as tune measured, or all cores]",
    ),
)


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
    return click.option(spelling, envvar=variable_of(_key_of(spelling)), **more)


def _key_of(spelling: str) -> str:
    return spelling.split("/", maxsplit=1)[0].removeprefix("--").replace("-", "_")


@functools.cache
def option_names() -> tuple[str, ...]:
    """Return the names of the settings, as functions get them."""
    return tuple(_key_of(spelling) for spelling, _ in _OPTIONS)


def field_of(name: str) -> str:
    """Return what a setting is called in ``LiveOptions``."""
    return _FIELDS.get(name, name)


def _gather(words: dict[str, Any]) -> LiveOptions:
    require_known_variables(os.environ, option_names())
    if words["max_temp"] == 0:
        words["max_temp"] = None
    options = LiveOptions(**{field_of(name): value for name, value in words.items()})
    check_together(options)
    return options
