"""``crack-edge cameras``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crack_edge.console import Console, print_json
from crack_edge.options import force_option, json_option
from edge.files.errors import EnvironmentLacksError, GateError

if TYPE_CHECKING:
    from edge.live.source import Source
    from edge.live.sources.devices import VideoDevice

NONE_FOUND = (
    "no cameras found. A USB camera: plug it in, and look at `sudo dmesg | tail`. A Raspberry Pi's "
    "own: rpicam-hello --list-cameras. A camera on the network: --source rtsp://HOST/PATH. "
    "Without a camera: --source drawn, a video or a folder of photos."
)


@dataclass(frozen=True)
class Camera:
    """A line of the list.

    Attributes:
        source: for ``--source``.
        name: of the camera.
        obstacle: why it is no source; None if it is one, as far as is known.
    """

    source: str
    name: str
    obstacle: str | None = None


@dataclass(frozen=True)
class Shot:
    """How a test shot went.

    Attributes:
        source: for ``--source``, without a password.
        file: the JPEG; None if there is none.
        size_wh: of the picture, px.
        first_frame_s: from opening to the first frame.
        warning: what looks wrong with the picture.
        error: why there is no picture.
    """

    source: str
    file: str | None = None
    size_wh: tuple[int, int] | None = None
    first_frame_s: float | None = None
    warning: str | None = None
    error: str | None = None


@click.command("cameras")
@click.option(
    "--test-shot",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Take a picture with each camera and write it to this folder.",
)
@click.option(
    "--source",
    metavar="SOURCE",
    help="Only this one, of any kind that `crack-edge live` takes: 0, picamera, rtsp://HOST/PATH.",
)
@force_option
@json_option
def cameras_command(folder: Path | None, source: str | None, force: bool, as_json: bool) -> None:
    """List this machine's cameras, and take a test shot.

    Each line begins with what `--source` takes. Exit code 1: a test shot failed.
    """
    if source is not None and folder is None:
        raise click.UsageError("--source is for --test-shot DIR")
    cameras = [] if source is not None else list_cameras()
    if not as_json and source is None:
        for line in format_cameras(cameras):
            click.echo(line)
    shots: list[Shot] = []
    if folder is not None:
        from edge.live.sources.choose import choose_source

        usable = [camera.source for camera in cameras if camera.obstacle is None]
        sources = [choose_source(text) for text in ([source] if source is not None else usable)]
        for shot in take_shots(sources, folder, force=force, say=Console().say):
            shots.append(shot)
            if not as_json:
                click.echo(format_shot(shot))
    if as_json:
        described = {"cameras": [asdict(camera) for camera in cameras]}
        print_json(described | {"test_shots": [asdict(shot) for shot in shots]})
    if failed := [shot.source for shot in shots if shot.error is not None]:
        raise GateError(f"no test shot: {', '.join(failed)}")


def list_cameras(
    *,
    devices: Sequence[VideoDevice] | None = None,
    list_pi_cameras: Callable[[], list[str]] | None = None,
) -> list[Camera]:
    """Return the Pi's own cameras and all video devices, those that are no source with the reason.

    Args:
        devices: of Linux; looked for if None.
        list_pi_cameras: returns the models of the Pi's own cameras.
    """
    from edge.live.sources.devices import list_devices
    from edge.live.sources.picamera import list_pi_cameras as list_by_picamera2

    try:
        models = (list_pi_cameras or list_by_picamera2)()
    except EnvironmentLacksError:
        # Not installed, so this is no Pi, or its user has no camera there.
        models = []
    own = [
        Camera("picamera" if number == 0 else f"picamera:{number}", model)
        for number, model in enumerate(models)
    ]
    others = [
        Camera(str(device.path), device.name, device.obstacle)
        for device in (list_devices() if devices is None else devices)
    ]
    return own + others


def format_cameras(cameras: Sequence[Camera]) -> list[str]:
    """Return a line for each camera, its parts aligned; what to try where there is none."""
    lines = [] if any(camera.obstacle is None for camera in cameras) else [NONE_FOUND]
    if cameras:
        source_width = max(len(camera.source) for camera in cameras)
        name_width = max(len(camera.name) for camera in cameras)
        lines += [
            f"{camera.source:<{source_width}}  {camera.name:<{name_width}}"
            f"{f'  {camera.obstacle}' if camera.obstacle else ''}".rstrip()
            for camera in cameras
        ]
    return lines


def take_shots(
    sources: Sequence[Source], folder: Path, *, force: bool, say: Callable[[str], None]
) -> Iterator[Shot]:
    """Take a picture of each source, one after the other, and write it.

    Raises:
        OutputError: a file stands where one would go, or cannot be written.
    """
    from edge.files.atomic_write import refuse_to_overwrite
    from edge.live.source import SourceLostError
    from edge.live.sources.trial import try_source
    from edge.photo.codec import write_photo

    paths = [folder / f"{name_file(source.name)}.jpg" for source in sources]
    refuse_to_overwrite(*paths, force=force)
    for source, path in zip(sources, paths, strict=True):
        say(f"{source.name}: waiting for a picture")
        try:
            trial = try_source(source)
        except SourceLostError as error:
            yield Shot(source.name, error=str(error))
            continue
        write_photo(path, trial.picture)
        height, width, _ = trial.picture.shape
        seconds = round(trial.first_frame_s, 3)
        yield Shot(source.name, str(path), (width, height), seconds, trial.warning)


def name_file(source: str) -> str:
    """Return a file's name for a source: its letters and digits, the rest as dashes."""
    return re.sub("[^A-Za-z0-9]+", "-", source.removeprefix("/dev/")).strip("-")[:100] or "source"


def format_shot(shot: Shot) -> str:
    """Return a line about a test shot."""
    if shot.size_wh is None:
        return f"{shot.source}: failed: {shot.error}"
    text = f"{shot.source}: {shot.file}, {shot.size_wh[0]} x {shot.size_wh[1]} px, first frame "
    text += f"after {shot.first_frame_s:.2f} s"
    return f"{text}; warning: {shot.warning}" if shot.warning else text
