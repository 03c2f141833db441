"""``crack-edge demo``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.commands.scan import scan_with
from crack_edge.shared.command import Command
from crack_edge.shared.options import force_option, out_option

_SIZE_WH = (2048, 1536)
_SEED = 1


@click.command("demo", cls=Command)
@out_option(
    "Folder for the photo and the report.",
    required=False,
    default="crack-edge-demo",
    show_default=True,
)
@force_option
def demo_command(out: Path, force: bool) -> None:
    """Draw a photo of cracked concrete and scan it with the shipped model."""
    from edge.evaluation.synthetic import draw_concrete
    from edge.files.atomic_write import refuse_to_overwrite
    from edge.photo.codec import write_photo

    refuse_to_overwrite(out, force=force)
    photo = out / "photo" / "concrete.jpg"
    write_photo(photo, draw_concrete(_SIZE_WH, seed=_SEED).photo)
    scanned = out / "scan"
    run = scan_with((photo,), scanned, force=True)
    click.echo(f"drew {photo} and found {run.summary.regions} regions on it")
    click.echo(f"report: {(scanned / 'report.html').resolve()}")
