"""``crack-edge service``."""

from __future__ import annotations

import os
import re
import site
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from crack_edge.live_options import field_of, live_options
from crack_edge.live_settings import LiveOptions
from edge.errors import InputError
from edge.live.unit_file import Credential, NetworkUse, Unit, kind_of_source, write_unit

if TYPE_CHECKING:
    Word = str | Credential

# Files that root alone may read: systemd hands them to the service.
_CREDENTIALS = {
    "config": "config.toml",
    "token_file": "token",
    "mqtt_password_file": "mqtt-password",
    "mqtt_ca": "mqtt-ca.pem",
}
_NO_USERS = ("root", "0", "nobody", "")
_SECRET_IN_QUERY = re.compile(r"(pass|pwd|pw|token|key|auth|secret)[^=&]*=", re.IGNORECASE)
_GIVEN = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)


@click.command("service")
@live_options
@click.option(
    "--user",
    metavar="NAME",
    help="Who runs the service; never root.  [default: a user that systemd makes up]",
)
@click.option(
    "--exec",
    "program",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The crack-edge program that the service starts.  [default: the one that runs now]",
)
@click.pass_context
def service_command(
    ctx: click.Context, options: LiveOptions, user: str | None, program: Path | None
) -> None:
    """Write a systemd unit that keeps `live` running, to stdout.

    It takes the options of `live`, checks them, and writes them down with absolute paths; settings
    from --config stay in that file. Passwords and tokens do not go into the unit: keep them in
    files, which systemd hands to the service.

    crack-edge service --source 0 > crack-edge.service
    """
    given = [
        name
        for name in ctx.params
        if name not in ("user", "program") and ctx.get_parameter_source(name) in _GIVEN
    ]
    text = describe_service(options, given=given, user=user, program=program)
    click.echo(text, nl=False)


def describe_service(
    options: LiveOptions,
    *,
    given: Sequence[str],
    user: str | None = None,
    program: Path | None = None,
) -> str:
    """Return a systemd unit for a live watch.

    Args:
        options: of the watch.
        given: names of those that were not left to the file of settings or to the default.
        user: who runs it; None for a user that systemd makes up.
        program: that it starts; None for this Python's.

    Raises:
        InputError: a source or model that there is none, a secret that would stand in the unit, or
            a path that the service could not reach.
    """
    from edge.live.sources.choose import choose_source
    from edge.modelfile import find_model

    chosen = choose_source(
        options.source, fps=options.fps, loop=options.loop, size_wh=options.size_wh
    )
    find_model(options.model)
    _refuse_open_secrets(options, given)
    if user in _NO_USERS:
        raise InputError(f"--user {user}: expected a user of its own, not root and not nobody")
    begin, folders = _find_program(program)
    source = Path(options.source)
    is_file = kind_of_source(options.source) == "file"
    model = [_absolute(Path(options.model))] if Path(options.model).is_file() else []
    return write_unit(
        Unit(
            title=_absolute(source).name if is_file else chosen.name,
            command=[*begin, "live", *_write_options(options, given)],
            source=kind_of_source(options.source),
            network=_network_of(options),
            reads=[*folders, *model, *([_absolute(source)] if is_file else [])],
            record=_absolute(options.record) if options.record else None,
            user=user,
        )
    )


def _refuse_open_secrets(options: LiveOptions, given: Sequence[str]) -> None:
    """Stop before a secret stands in a unit file, which everyone may read."""
    if "token" in given and options.token:
        raise InputError(
            "the token would stand in the unit file, which everyone may read: write it into a "
            "file and give --token-file"
        )
    if "source" in given and _has_password(options.source):
        raise InputError(
            "the password in --source would stand in the unit file, which everyone may read: "
            'write source = "..." into a TOML file and give --config'
        )


def _has_password(address: str) -> bool:
    if "://" not in address:
        return False
    parts = urlsplit(address)
    return parts.password is not None or bool(_SECRET_IN_QUERY.search(parts.query))


def _find_program(program: Path | None) -> tuple[list[str], list[Path]]:
    """Return how to start this program, and the folders that it is made of."""
    import edge

    package = Path(edge.__file__).parent.parent
    if program is None and _is_of_user(package):
        raise InputError(
            f"{package}: is found by one user only; install crack-edge into an environment of its "
            "own (python -m venv), or name a program with --exec"
        )
    folders = [Path(sys.prefix), Path(sys.base_prefix), package]
    if program is None:
        # Isolated: what lies in the folder or belongs to a user is not loaded.
        return [os.path.abspath(sys.executable), "-I", "-u", "-m", "crack_edge"], folders
    if not os.access(program, os.X_OK) or program.is_dir():
        raise InputError(f"--exec {program}: is no program")
    # A program in an environment needs all of the environment.
    return [str(_absolute(program))], [*folders, _absolute(program).parent.parent]


def _is_of_user(package: Path) -> bool:
    own = site.getusersitepackages() if site.ENABLE_USER_SITE else None
    return own is not None and Path(own) in (package, *package.parents)


def _network_of(options: LiveOptions) -> NetworkUse:
    if kind_of_source(options.source) == "stream" or options.mqtt:
        return "any"
    if options.serve is None:
        return "none"
    return "loopback" if options.serve.is_loopback else "any"


def _write_options(options: LiveOptions, given: Sequence[str]) -> list[Word]:
    """Return the words that give the same settings again, from whichever folder."""
    words: list[Word] = []
    for name, value in _values(options).items():
        is_path = isinstance(value, Path)
        if name not in given and not (is_path and _must_be_said(name, value)):
            continue
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(flag if value else f"--no-{flag[2:]}")
        elif name in _CREDENTIALS and is_path:
            words += [flag, Credential(_CREDENTIALS[name], _require_there(value))]
        else:
            words += [flag, _write_value(name, value)]
    return words


def _must_be_said(name: str, path: Path) -> bool:
    """Tell whether a path from the file of settings would mean another one to the service."""
    return name in _CREDENTIALS or not path.is_absolute()


def _values(options: LiveOptions) -> dict[str, Any]:
    """Return the settings by the names of their flags; what is a path as a path."""
    from crack_edge.live_options import option_names

    values = {name: getattr(options, field_of(name)) for name in option_names()}
    if kind_of_source(options.source) == "file":
        values["source"] = Path(options.source)
    if Path(options.model).is_file():
        values["model"] = Path(options.model)
    return values


def _write_value(name: str, value: Any) -> str:
    if value is None:
        return {"serve": "off", "max_temp": "0"}[name]
    if isinstance(value, Path):
        return str(_absolute(value))
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _require_there(path: Path) -> Path:
    """Return the absolute path of a file, which may be root's own; systemd would try for ever."""
    try:
        path.stat()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; the service could not start") from error
    except OSError:
        pass
    return _absolute(path)


def _absolute(path: Path) -> Path:
    # Not resolve(): a link, such as /dev/v4l/by-id/..., is what was meant.
    return Path(os.path.abspath(path))
