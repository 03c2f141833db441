"""``crack-edge demo``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.commands.scan import scan_with
from crack_edge.shared.command import Command
from crack_edge.shared.console import echo, print_next
from crack_edge.shared.options import force_option, out_option
from crack_edge.shared.scan_summary import print_findings

_SIZE_WH = (2048, 1536)
_SEED = 1


@click.command("demo", cls=Command)
@out_option(
    "Folder for the photo and the report.",
    required=False,
    metavar="FOLDER",
    default="crack-edge-demo",
    show_default=True,
)
@force_option
def demo_command(out: Path, force: bool) -> None:
    """Draw a photo of cracked concrete and scan it with the shipped model.

    This shows in a few seconds whether crack-edge works here and what a report looks like.

    Example:
        crack-edge demo
    """
    from edge.evaluation.synthetic import draw_concrete
    from edge.files.atomic_write import refuse_to_overwrite
    from edge.photo.codec import write_photo

    refuse_to_overwrite(out, force=force)
    photo = out / "photo" / "concrete.jpg"
    write_photo(photo, draw_concrete(_SIZE_WH, seed=_SEED).photo)
    run, scanned = scan_with((photo,), out / "scan", force=True)
    echo(f"drawn: {photo}")
    print_findings(run.summary, scanned)
    print_next("scan", "YOUR-PHOTOS")
