"""``crack-edge doctor``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from crack_edge.shared.command import Command
from crack_edge.shared.completion import complete_source
from crack_edge.shared.console import Console, echo, print_json, print_next
from crack_edge.shared.options import force_option, json_option, model_option, out_option
from edge.files.errors import EnvironmentLacksError

if TYPE_CHECKING:
    from edge.doctor.check import Check

# Most terminals would break a longer line.
_LINE_CHARS = 100


@click.command("doctor", cls=Command)
@model_option
@click.option(
    "--test-shot",
    "source",
    metavar="SOURCE",
    shell_complete=complete_source,
    help="Take a picture from this source, which can be any that `live` watches: 0, picamera, "
    "rtsp://HOST/PATH.  [default: no picture is taken]",
)
@out_option(
    "JPEG file to which the test shot is written.",
    required=False,
    metavar="FILE",
    default="test-shot.jpg",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
)
@force_option
@json_option
@click.pass_context
def doctor_command(
    ctx: click.Context, model: str, source: str | None, out: Path, force: bool, as_json: bool
) -> None:
    """Check this machine: what is installed, what is missing and how to get it.

    Each line begins with ok, optional (missing, but not needed to scan), warning or failed, and an
    arrow leads to the remedy. The model runs its self-test. Cameras are listed by the name that
    `live --source` takes. If scanning or the test shot fails here, the exit code is 3.

    Example:
        crack-edge doctor --test-shot 0
    """
    from edge.doctor.examine import examine_machine
    from edge.doctor.shot import check_source
    from edge.files.atomic_write import refuse_to_overwrite, require_writable

    if source is not None:
        refuse_to_overwrite(out, force=force)
        require_writable(out)
    elif ctx.get_parameter_source("out") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--out is for --test-shot")
    checks = examine_machine(Path.cwd(), model=model)
    if source is not None:
        Console().say("waiting for a picture")
        checks.append(check_source(source, out, checks))
    report_checks(checks, as_json=as_json)


def report_checks(checks: Sequence[Check], *, as_json: bool) -> None:
    """Print the checks, or one JSON object.

    Raises:
        EnvironmentLacksError: one of them failed.
    """
    failed = [check.name for check in checks if check.state == "failed"]
    if as_json:
        print_json({"ok": not failed, "checks": [dataclasses.asdict(check) for check in checks]})
    else:
        for line in format_checks(checks):
            echo(line)
    if failed:
        raise EnvironmentLacksError(f"does not work on this machine: {', '.join(failed)}")
    if not as_json:
        echo("crack-edge can scan on this machine")
        print_next("scan", "PHOTOS")


def format_checks(checks: Sequence[Check]) -> list[str]:
    """Return a line for each check, its parts aligned; a long remedy has a line of its own."""
    state_width = max(len(check.state) for check in checks)
    name_width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        line = f"{check.state:<{state_width}}  {check.name:<{name_width}}  {check.found}"
        remedy = f"-> {check.remedy}" if check.remedy else ""
        if not remedy or len(line) + len(remedy) + 2 <= _LINE_CHARS:
            lines.append(f"{line}  {remedy}".rstrip())
        else:
            lines += [line, " " * (state_width + name_width + 4) + remedy]
    return lines
