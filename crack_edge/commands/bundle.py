"""``crack-edge bundle``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, echo, print_next, require_extra
from crack_edge.shared.live_options import live_options_with, option_names
from crack_edge.shared.options import force_option, out_option
from crack_edge.shared.service_unit import CREDENTIALS, Place, describe_unit, list_given
from edge.bundle import layout
from edge.bundle.platforms import PLATFORMS
from edge.files.atomic_write import require_writable
from edge.files.errors import InputError
from edge.files.formatting import count_of
from edge.live.run.settings import LiveSettings
from edge.live.systemd.unit_file import Credential, write_unit

if TYPE_CHECKING:
    from edge.bundle.make import BundleReport, Service

_RECORD = layout.RECORDS_THERE / "events"
# A service is for a camera, and one that keeps nothing is of little use.
DEFAULTS_THERE = {
    "source": {
        "required": False,
        "default": "0",
        "help": "Source on the device: 0 or /dev/video0 (a camera), picamera, rtsp://... or "
        "http://... (a stream), or drawn (no camera needed).",
    },
    "record": {
        "default": Path(_RECORD),
        "help": f"Folder on the device in which events are recorded, as lines of JSON and "
        f"pictures; {layout.RECORDS_THERE} or below it.",
    },
}
# Certificates are no secret; settings may hold tokens, and addresses with passwords.
_SECRETS = ("config", "token_file", "mqtt_password_file")
_MB = 1e6


# All settings of `live` work here; its own help explains the others.
_SHOWN = ("config", "source", "model", "record", "serve", "mqtt")
_CHANGES = {
    name: {**DEFAULTS_THERE.get(name, {}), **({} if name in _SHOWN else {"hidden": True})}
    for name in option_names()
}


@click.command("bundle", cls=Command)
@live_options_with(_CHANGES)
@click.option(
    "--platform",
    "platform",
    required=True,
    type=click.Choice(tuple(PLATFORMS)),
    help="System of the device: 64-bit Raspberry Pi OS bookworm (Python 3.11) or trixie "
    "(Python 3.13).",
)
@out_option("Archive to write, such as pi.tar.gz.", metavar="FILE")
@click.option(
    "--wheels",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with all wheels that the device needs, including pip's, so that nothing is "
    "downloaded.  [default: the package index]",
)
@force_option
@click.pass_context
def bundle_command(
    ctx: click.Context,
    options: LiveSettings,
    platform: str,
    out: Path,
    wheels: Path | None,
    force: bool,
) -> None:
    """Pack one file that makes a Raspberry Pi watch a camera as a service, without a network.

    The command takes all options of `live`. The archive contains crack-edge in the version that
    runs here, the packages it needs, the model, the service, and files such as --token-file. Its
    install.sh checks the device, tests the model there, and starts the service or replaces an older
    one. See docs/raspberry-pi.md.

    Example:
        crack-edge bundle --platform pi-trixie --out pi.tar.gz
    """
    require_extra("bundle", "packaging", "pip")
    from edge.bundle.make import make_bundle
    from edge.model.tflite_file import find_model

    if out.is_dir():
        raise InputError(f"{out}: is a folder; expected the name of a file such as pi.tar.gz")
    require_writable(out)
    report = make_bundle(
        find_model(options.model),
        out,
        service=describe_service_there(options, given=list_given_there(ctx)),
        platform=PLATFORMS[platform],
        wheels=wheels,
        force=force,
        progress=Console(),
    )
    for line in format_report(report):
        echo(line)
    print_next(report.path, "USER@DEVICE:", program="scp")


def list_given_there(ctx: click.Context) -> list[str]:
    """Return the settings that the service must be told: its own defaults are others."""
    unsaid = [
        name for name in DEFAULTS_THERE if ctx.get_parameter_source(name) is ParameterSource.DEFAULT
    ]
    return [*list_given(ctx), *unsaid]


def describe_service_there(options: LiveSettings, *, given: Sequence[str]) -> Service:
    """Return the service of a live watch on a device, its unit and the files that it gets.

    Args:
        options: of the watch.
        given: names of those that were not left to the file of settings.

    Raises:
        InputError: a source that the device would not have, a folder that the service could not
            write, a secret that would be in the unit or that others can read, or a file that
            cannot be read.
    """
    from edge.bundle.make import Service
    from edge.model.tflite_file import find_model

    # A shipped model is a file there too.
    options = replace(options, model=str(find_model(options.model)))
    place = Place(layout.START_THERE, locate_there, head=layout.HEAD_OF_UNIT)
    unit = describe_unit(options, given=given, place=place)
    _check_secrets(options)
    files = {name: path for name in CREDENTIALS if (path := getattr(options, name))}
    return Service(
        unit=write_unit(unit),
        words=tuple(_show(word) for word in unit.command),
        settings={CREDENTIALS[name]: _read(path) for name, path in files.items()},
        secrets=tuple(CREDENTIALS[name] for name in _SECRETS if name in files),
        page=_describe_page(options),
        uses_apt=unit.source == "picamera",
    )


def locate_there(name: str, path: Path) -> PurePosixPath:
    """Return where on the device lies what a setting names.

    Raises:
        InputError: it would not be there, or could not be written.
    """
    if name in CREDENTIALS:
        return layout.SETTINGS_THERE / CREDENTIALS[name]
    if name == "model":
        return layout.MODELS_THERE / layout.name_model(path)
    there = PurePosixPath(path.as_posix())
    if name == "source":
        raise InputError(
            f"--source {path}: is a file or folder of this machine, which the device would not "
            "have; give a camera, picamera, the address of a stream, or drawn"
        )
    is_below = layout.RECORDS_THERE in (there, *there.parents)
    if not is_below or ".." in there.parts:
        raise InputError(
            f"--record {path}: the service on the device can write in {layout.RECORDS_THERE} only; "
            f"give that or a folder below it, such as {_RECORD}"
        )
    return there


def format_report(report: BundleReport) -> list[str]:
    """Return what was written and what to do with it."""
    facts = report.facts
    lines = [
        f"{report.path}: {report.size_bytes / _MB:.1f} MB for {facts.platform.system} "
        f"(Python {facts.platform.python}): crack-edge {facts.crack_edge}, model "
        f"{facts.model.name}, {count_of(len(facts.wheels), 'wheel')}",
        f"service: {' '.join(facts.service.words)}",
    ]
    if report.secrets:
        lines.append(
            f"secrets: it holds {', '.join(report.secrets)}; only you can read it. Delete it and "
            f"the folder {layout.TOP} from the device after installing"
        )
    return [
        *lines,
        "copy it to the device, then run there:",
        f"  tar xzf {report.path.name}",
        f"  sudo sh {layout.TOP}/{layout.INSTALLER}",
    ]


def _check_secrets(options: LiveSettings) -> None:
    """Check tokens, passwords and certificates as `live` will, while they can be corrected."""
    from edge.live.web.access import check_access

    if options.serve:
        check_access(options.serve.host, options.read_token())
    options.read_mqtt()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def _show(word: str | Credential) -> str:
    return word if isinstance(word, str) else f"${{CREDENTIALS_DIRECTORY}}/{word.name}"


def _describe_page(options: LiveSettings) -> str | None:
    if options.serve is None:
        return None
    address = f"http://{options.serve}/"
    if options.serve.is_loopback:
        tunnel = f"ssh -L {options.serve.port}:{options.serve} USER@DEVICE"
        return f"{address} on the device itself; from another machine first: {tunnel}"
    if options.serve.host in ("0.0.0.0", "::"):
        return f"http://DEVICE:{options.serve.port}/ with the token"
    return f"{address} with the token"
