"""``crack-edge import-review``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import print_json
from crack_edge.shared.options import force_option, json_option


@click.command("import-review", cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("export", metavar="EXPORT.json", type=click.Path(path_type=Path))
@force_option
@json_option
def import_review_command(folder: Path, export: Path, force: bool, as_json: bool) -> None:
    """Turn a Label Studio export into the manifest of a review, ready for a training.

    FOLDER is the --out folder of export-review; its manifest.csv is written. Who sorted the tiles
    into crack/ and no_crack/ by hand needs no import.
    """
    from edge.review.label_import import import_labels

    summary = import_labels(folder, export, force=force)
    if as_json:
        print_json(summary)
        return
    labels = ", ".join(f"{count} {label}" for label, count in summary["labels"].items())
    click.echo(f"{summary['tiles']} tiles: {labels}")
    rest = ", ".join(f"{summary[key]} {key}" for key in ("unsure", "unlabelled", "gone", "unknown"))
    click.echo(f"left out: {rest}")
    click.echo(f"manifest: {folder / 'manifest.csv'}")
