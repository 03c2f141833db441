"""``crack-edge service``."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from crack_edge.live_options import live_options
from crack_edge.live_settings import LiveOptions
from crack_edge.service_unit import CREDENTIALS, Place, describe_unit, list_given
from edge.files.errors import InputError
from edge.live.unit_file import write_unit

_NO_USERS = ("root", "0", "nobody", "")


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
    text = describe_service(options, given=list_given(ctx), user=user, program=program)
    click.echo(text, nl=False)


def describe_service(
    options: LiveOptions,
    *,
    given: Sequence[str],
    user: str | None = None,
    program: Path | None = None,
) -> str:
    """Return a systemd unit for a live watch on this machine.

    Args:
        options: of the watch.
        given: names of those that were not left to the file of settings or to the default.
        user: who runs it; None for a user that systemd makes up.
        program: that it starts; None for this Python's.

    Raises:
        InputError: a source or model that there is none, a secret that would stand in the unit, or
            a path that the service could not reach.
    """
    if user in _NO_USERS:
        raise InputError(f"--user {user}: expected a user of its own, not root and not nobody")
    unit = describe_unit(options, given=given, place=_find_place(program), user=user)
    return write_unit(unit)


def _find_place(program: Path | None) -> Place:
    """Return how this program is started, what it is made of, and where its files lie."""
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
        start = [os.path.abspath(sys.executable), "-I", "-u", "-m", "crack_edge"]
        return Place(start, _locate, folders)
    if not os.access(program, os.X_OK) or program.is_dir():
        raise InputError(f"--exec {program}: is no program")
    # A program in an environment needs all of the environment.
    folders.append(_absolute(program).parent.parent)
    return Place([str(_absolute(program))], _locate, folders)


def _is_of_user(package: Path) -> bool:
    own = site.getusersitepackages() if site.ENABLE_USER_SITE else None
    return own is not None and Path(own) in (package, *package.parents)


def _locate(name: str, path: Path) -> Path:
    """Return the absolute path of a file that a setting names."""
    return _require_there(path) if name in CREDENTIALS else _absolute(path)


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
