"""``crack-edge export-review``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, echo, print_json, print_next
from crack_edge.shared.numbers import WholeNumber
from crack_edge.shared.options import force_option, json_option, out_option
from crack_edge.shared.result_folder import require_scan
from edge.files.atomic_write import require_writable
from edge.files.formatting import count_of


@click.command("export-review", cls=Command)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@out_option("Folder for the tiles to label.", metavar="FOLDER")
@click.option(
    "--count",
    metavar="N",
    default=200,
    show_default=True,
    type=WholeNumber(1),
    help="Number of tiles to cut out, or fewer if the scan has fewer.",
)
@click.option(
    "--photos",
    metavar="FOLDER",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder where the photos are now, if they were moved.  [default: where they were scanned]",
)
@click.option(
    "--seed",
    metavar="N",
    default=0,
    show_default=True,
    hidden=True,
    type=WholeNumber(0),
    help="Seed for choosing the control tiles.",
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
    """Cut doubtful tiles out of the photos of a scan, so that you can label them and train on them.

    FOLDER holds the results of a scan. Tiles to review, tiles just below the threshold and a few
    clear cases as controls go into to_sort, beside the empty folders crack, no_crack and unsure.
    README.txt in the same place explains how to sort them or label them in Label Studio. The exit
    code is 1 if photos are missing or have changed since the scan.

    Example:
        crack-edge export-review photos-scan --out photos-review
    """
    from edge.review.export import export_review

    require_scan(folder)
    require_writable(out)
    summary = export_review(
        folder, out, progress=Console(), count=count, photos=photos, seed=seed, force=force
    )
    if as_json:
        print_json(summary)
    else:
        whys = ", ".join(f"{count} {why}" for why, count in summary["whys"].items())
        tiles, of = count_of(summary["tiles"], "tile"), count_of(summary["photos"], "photo")
        echo(f"cut out: {tiles} of {of}: {whys}")
        if left_out := summary["left_out"]:
            echo(f"left out: {count_of(len(left_out), 'photo')}, missing or changed")
        echo(f"sort: move each tile from {out / 'to_sort'} into crack, no_crack or unsure")
        echo(f"help: {out / 'README.txt'} explains that, and how to use Label Studio")
        print_next("train", "DATA", out, "--out", "FOLDER")
    ctx.exit(1 if summary["left_out"] else 0)
