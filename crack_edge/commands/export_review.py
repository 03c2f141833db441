"""``crack-edge export-review``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, print_json
from crack_edge.shared.options import force_option, json_option, out_option


@click.command("export-review", cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@out_option("Folder for the tiles to label.")
@click.option(
    "--count",
    default=200,
    show_default=True,
    type=click.IntRange(1),
    help="Number of tiles; fewer if the scan has not as many.",
)
@click.option(
    "--photos",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the photos, if they were moved.  [default: where they were scanned]",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    hidden=True,
    type=click.IntRange(0),
    help="Seed by which the control tiles are drawn.",
)
@force_option
@json_option
@click.pass_context
def export_review_command(
    ctx: click.Context,
    folder: Path,
    out: Path,
    count: int,
    photos: Path | None,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Cut the tiles that the model doubts out of a scan, for people to label and train on.

    FOLDER is the --out folder of a scan. Tiles that ask for a look, those just below the
    threshold, and a few plain ones go into to_sort/, beside empty crack/, no_crack/ and unsure/;
    README.txt there says how to go on, by hand or with Label Studio. The exit code is 1 if photos
    are gone or were changed since.
    """
    from edge.review.export import export_review

    summary = export_review(
        folder, out, progress=Console(), count=count, photos=photos, seed=seed, force=force
    )
    if as_json:
        print_json(summary)
    else:
        whys = ", ".join(f"{count} {why}" for why, count in summary["whys"].items())
        click.echo(f"{summary['tiles']} tiles of {summary['photos']} photos: {whys}")
        if left_out := summary["left_out"]:
            click.echo(f"left out: {len(left_out)} photos that are gone or were changed")
        click.echo(f"next: {out / 'README.txt'}")
    ctx.exit(1 if summary["left_out"] else 0)
