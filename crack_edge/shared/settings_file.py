"""Settings from a TOML file and from the environment, weaker than flags.

A flag is stronger than the environment (``CRACK_EDGE_MAX_FPS``), that is stronger than the file
(``max-fps = 5``), and the file is stronger than the default: click's own order.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from crack_edge.shared.console import require_extra
from edge.files.errors import InputError

ENVIRONMENT_PREFIX = "CRACK_EDGE_"
# Settings may stand in a table of this name, or in none.
_TABLE = "live"
_MAX_BYTES = 1 << 20
# So alike are a name and its misspelling; other programs' variables are not.
_ALIKE = 0.8
# Settings of older files, and what they are called now.
_RENAMED = {"workers": "threads"}


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return ENVIRONMENT_PREFIX + name.upper()


def use_settings_file(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    """Make the settings of a file the defaults of a command: callback of an eager option.

    Raises:
        InputError: the file cannot be read, or holds something that is not a setting.
        EnvironmentLacksError: Python 3.10 without tomli.
    """
    if path is None or ctx.resilient_parsing:
        return path
    options = {
        one.name: one
        for one in ctx.command.params
        if isinstance(one, click.Option) and one.name and one is not param and one.envvar
    }
    values = read_settings(path, options, ctx)
    ctx.default_map = {**(ctx.default_map or {}), **values}
    return path


def read_settings(
    path: Path, options: Mapping[str, click.Option], ctx: click.Context
) -> dict[str, Any]:
    """Read a TOML file of settings and check each.

    Args:
        path: of the file.
        options: that may be set, by name.
        ctx: of the command.

    Returns:
        Values by name.

    Raises:
        InputError: names the file and the key.
        EnvironmentLacksError: Python 3.10 without tomli.
    """
    settings: dict[str, Any] = {}
    for key, value in _flatten(path, _read_toml(path)):
        name = key.replace("-", "_")
        if name not in options:
            raise InputError(f"{path}: {key}: no such setting{_suggest(name, list(options))}")
        if name in settings:
            raise InputError(f"{path}: {key}: is set twice")
        settings[name] = _check(path, key, value, options[name], ctx)
    return settings


def require_known_variables(environ: Mapping[str, str], names: Sequence[str]) -> None:
    """Refuse an environment variable that is almost one of ours: it would be without effect.

    Raises:
        InputError: names both.
    """
    known = [variable_of(name) for name in names]
    renamed = {variable_of(old): variable_of(new) for old, new in _RENAMED.items()}
    for variable in environ:
        if variable in renamed:
            raise InputError(f"{variable}: no such setting; it is called {renamed[variable]} now")
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in known:
            near = difflib.get_close_matches(variable, known, 1, _ALIKE)
            if near:
                raise InputError(f"{variable}: no such setting; did you mean {near[0]}?")


def _read_toml(path: Path) -> dict[str, Any]:
    name = "tomllib" if sys.version_info >= (3, 11) else "tomli"
    require_extra("live", name)
    toml = importlib.import_module(name)
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: settings cannot be read ({error.strerror})") from error
    if len(data) > _MAX_BYTES:
        raise InputError(f"{path}: is above 1 MiB, so it is not a file of settings")
    # The decoder's errors are children of ValueError, like those of UTF-8.
    try:
        settings: dict[str, Any] = toml.loads(data.decode())
    except ValueError as error:
        raise InputError(f"{path}: is not TOML ({error})") from error
    return settings


def _flatten(path: Path, data: dict[str, Any]) -> list[tuple[str, Any]]:
    table = data.pop(_TABLE, {})
    if not isinstance(table, dict):
        raise InputError(f"{path}: {_TABLE}: expected a table, [{_TABLE}]")
    return [*data.items(), *table.items()]


def _suggest(name: str, names: list[str]) -> str:
    if name in _RENAMED:
        return f"; it is called {_RENAMED[name]} now"
    near = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {near[0].replace('_', '-')}?" if near else ""


def _check(path: Path, key: str, value: Any, option: click.Option, ctx: click.Context) -> Any:
    """Return a value that the option takes; TOML knows types, so a wrong one is not converted."""
    expected, is_right = _expect(option, value)
    if not is_right:
        raise InputError(f"{path}: {key}: expected {expected}, found {value!r}")
    value = value if isinstance(value, bool) else str(value)
    try:
        option.type.convert(value, option, ctx)
    except click.BadParameter as error:
        raise InputError(f"{path}: {key}: {error.message}") from error
    return value


def _expect(option: click.Option, value: Any) -> tuple[str, bool]:
    if option.is_flag:
        return "true or false", isinstance(value, bool)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(option.type, click.IntRange):
        return "a whole number", is_whole
    if isinstance(option.type, click.FloatRange):
        return "a number", is_whole or isinstance(value, float)
    # A camera's number is a number.
    is_number = option.name == "source" and is_whole
    return "text in quotes", isinstance(value, str) or is_number
