"""The unit of a live watch, for wherever the service runs: this machine, or a device."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from click.core import Context, ParameterSource

from crack_edge.shared.live_options import field_of, option_names
from edge.files.errors import InputError
from edge.live.run.settings import LiveSettings
from edge.live.sources.source_kind import kind_of_source
from edge.live.systemd.unit_file import HOW_TO_INSTALL, Credential, NetworkUse, Unit

if TYPE_CHECKING:
    Word = str | Credential

# Files that root alone may read, by setting: systemd hands them to the service under these names.
CREDENTIALS = {
    "config": "config.toml",
    "token_file": "token",
    "mqtt_password_file": "mqtt-password",
    "mqtt_ca": "mqtt-ca.pem",
}
_SECRET_IN_QUERY = re.compile(r"(pass|pwd|pw|token|key|auth|secret)[^=&]*=", re.IGNORECASE)
_GIVEN = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)


@dataclass(frozen=True)
class Place:
    """Where things lie for the service.

    Attributes:
        start: words that start this program there.
        locate: name of a setting, path here of what it names -> path there. Raises InputError
            where the service could not reach it.
        reads: files and folders that the program itself is made of.
        head: comments that the unit begins with.
    """

    start: Sequence[str]
    locate: Callable[[str, Path], PurePath]
    reads: Sequence[PurePath] = ()
    head: str = HOW_TO_INSTALL


def list_given(ctx: Context) -> list[str]:
    """Return the settings that were not left to a file of settings or to the default."""
    names = (name for name in ctx.params if name in option_names())
    return [name for name in names if ctx.get_parameter_source(name) in _GIVEN]


def describe_unit(
    options: LiveSettings, *, given: Sequence[str], place: Place, user: str | None = None
) -> Unit:
    """Return what the service of a live watch is made of.

    Args:
        options: of the watch.
        given: names of those that were not left to the file of settings or to the default.
        place: where it runs.
        user: who runs it; None for a user that systemd makes up.

    Raises:
        InputError: a source or model that does not exist, a secret that would be in the unit, or
            a path that the service could not reach.
    """
    from edge.live.sources.choose import choose_source
    from edge.model.tflite_file import find_model

    chosen = choose_source(
        options.source, fps=options.fps, loop=options.loop, size_wh=options.size_wh
    )
    find_model(options.model)
    _refuse_open_secrets(options, given)
    there = {
        name: place.locate(name, value)
        for name, value in _values(options).items()
        if isinstance(value, Path)
    }
    files = [there[name] for name in ("model", "source") if name in there]
    return Unit(
        title=there["source"].name if "source" in there else chosen.name,
        command=[*place.start, "live", *_write_options(options, given, there)],
        source=kind_of_source(options.source),
        network=_network_of(options),
        reads=[*place.reads, *files],
        record=there.get("record"),
        user=user,
        head=place.head,
    )


def _refuse_open_secrets(options: LiveSettings, given: Sequence[str]) -> None:
    """Refuse a secret that would be in the unit file, which everyone may read."""
    if "token" in given and options.token:
        raise InputError(
            "the token would be in the unit file, which everyone may read: write it into a "
            "file and give --token-file"
        )
    if "source" in given and _has_password(options.source):
        raise InputError(
            "the password in --source would be in the unit file, which everyone may read: "
            'write source = "..." into a TOML file and give --config'
        )


def _has_password(address: str) -> bool:
    if "://" not in address:
        return False
    parts = urlsplit(address)
    return parts.password is not None or bool(_SECRET_IN_QUERY.search(parts.query))


def _network_of(options: LiveSettings) -> NetworkUse:
    if kind_of_source(options.source) == "stream" or options.mqtt:
        return "any"
    if options.serve is None:
        return "none"
    return "loopback" if options.serve.is_loopback else "any"


def _write_options(
    options: LiveSettings, given: Sequence[str], there: dict[str, PurePath]
) -> list[Word]:
    """Return the words that give the same settings again, from whichever folder."""
    words: list[Word] = []
    for name, value in _values(options).items():
        # A path in the file of settings is written where it would mean another one to the service.
        is_moved = name in there and (name in CREDENTIALS or there[name] != value)
        if name not in given and not is_moved:
            continue
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(flag if value else f"--no-{flag[2:]}")
        elif name in CREDENTIALS and name in there:
            words += [flag, Credential(CREDENTIALS[name], there[name])]
        elif name in there:
            words += [flag, str(there[name])]
        else:
            words += [flag, _write_value(name, value)]
    return words


def _values(options: LiveSettings) -> dict[str, Any]:
    """Return the settings by the names of their flags; what is a path as a path."""
    values = {name: getattr(options, field_of(name)) for name in option_names()}
    if kind_of_source(options.source) == "file":
        values["source"] = Path(options.source)
    if Path(options.model).is_file():
        values["model"] = Path(options.model)
    return values


def _write_value(name: str, value: Any) -> str:
    if value is None:
        return {"serve": "off", "max_temp": "0"}[name]
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)
