"""``crack-edge live --print-service``: the same watch as a systemd service of this machine."""

from __future__ import annotations

import functools
import os
import site
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from crack_edge.shared.console import require_extra
from crack_edge.shared.service_unit import CREDENTIALS, Place, describe_unit, list_given
from edge.files.errors import InputError
from edge.live.run.settings import LiveSettings
from edge.live.systemd.unit_file import write_unit

_NO_USERS = ("root", "0", "nobody", "")


def service_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command with the settings of a live watch print them as a service instead."""

    @click.option(
        "--print-service",
        is_flag=True,
        help="Print a systemd unit that keeps this watch running, and do not watch now. Settings "
        "in --config stay in that file. Passwords and tokens must be in files, which systemd "
        "passes to the service.",
    )
    @click.option(
        "--user",
        metavar="NAME",
        hidden=True,
        help="User who runs the service of --print-service; it can't be root.  [default: a user "
        "that systemd creates]",
    )
    @functools.wraps(command)
    def with_service(
        *arguments: Any, options: LiveSettings, print_service: bool, user: str | None, **words: Any
    ) -> Any:
        if print_service:
            # The service would end at once for want of them, and systemd leave it so.
            if options.serve:
                require_extra("live", "starlette", "uvicorn", otherwise="add --serve off")
            if options.mqtt:
                require_extra("live", "paho")
            given = list_given(click.get_current_context())
            click.echo(describe_service(options, given=given, user=user), nl=False)
            return None
        if user is not None:
            raise click.UsageError("--user is for --print-service")
        return command(*arguments, options=options, **words)

    return with_service


def describe_service(
    options: LiveSettings, *, given: Sequence[str], user: str | None = None
) -> str:
    """Return a systemd unit for a live watch on this machine.

    Args:
        options: of the watch.
        given: names of those that were not left to the file of settings or to the default.
        user: who runs it; None for a user that systemd creates.

    Raises:
        InputError: a source or model that does not exist, a secret that would be in the unit, or a
            path that the service could not reach.
    """
    if user in _NO_USERS:
        raise InputError(f"--user {user}: expected a user other than root and nobody")
    return write_unit(describe_unit(options, given=given, place=_find_place(), user=user))


def _find_place() -> Place:
    """Return how this program is started, what it is made of, and where its files lie."""
    import edge

    package = Path(edge.__file__).parent.parent
    if _is_of_user(package):
        raise InputError(
            f"{package}: only one user can load crack-edge from here; install it into an "
            "environment of its own (python -m venv)"
        )
    # Isolated: what lies in the folder or belongs to a user is not loaded.
    start = [os.path.abspath(sys.executable), "-I", "-u", "-m", "crack_edge"]
    return Place(start, _locate, [Path(sys.prefix), Path(sys.base_prefix), package])


def _is_of_user(package: Path) -> bool:
    own = site.getusersitepackages() if site.ENABLE_USER_SITE else None
    return own is not None and Path(own) in (package, *package.parents)


def _locate(name: str, path: Path) -> Path:
    """Return the absolute path of a file that a setting names."""
    return _require_there(path) if name in CREDENTIALS else _absolute(path)


def _require_there(path: Path) -> Path:
    """Return the absolute path of a file, which root alone may read; without it systemd retries."""
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
