"""``crack-edge export-review``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crack_edge.console import Console, print_json
from crack_edge.options import force_option, json_option


@click.command("export-review")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the tiles to label.")
@click.option(
    "--count",
    default=200,
    show_default=True,
    type=click.IntRange(1),
    help="Tiles wanted; fewer if the scan has not as many.",
)
@click.option(
    "--photos",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the photos, if they were moved.  [default: where they were scanned]",
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the plain tiles."
)
@click.option(
    "--labels",
    metavar="EXPORT.json",
    type=click.Path(path_type=Path),
    help="FOLDER is such a folder of tiles; write its manifest.csv from a Label Studio export.",
)
@force_option
@json_option
@click.pass_context
def export_review_command(
    ctx: click.Context,
    folder: Path,
    out: Path | None,
    count: int,
    photos: Path | None,
    seed: int,
    labels: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Cut the tiles that the model doubts out of a scan, for people to label and train on.

    FOLDER is the --out folder of a scan. Tiles that ask for a look, those just below the
    threshold, and a few plain ones go into to_sort/, beside empty crack/, no_crack/ and unsure/;
    README.txt there says how to go on, by hand or with Label Studio. The exit code is 1 if photos
    are gone or were changed since.
    """
    if (out is None) == (labels is None):
        raise click.UsageError("either --out for new tiles, or --labels for what was said of them")
    if labels is not None:
        summary = run_import(folder, labels, force=force)
    elif out is not None:
        summary = run_export(folder, out, count=count, photos=photos, seed=seed, force=force)
    if as_json:
        print_json(summary)
    elif labels is not None:
        _print_import(summary, folder)
    elif out is not None:
        _print_export(summary, out)
    ctx.exit(1 if summary.get("left_out") else 0)


def _print_export(summary: dict[str, Any], out: Path) -> None:
    whys = ", ".join(f"{count} {why}" for why, count in summary["whys"].items())
    click.echo(f"{summary['tiles']} tiles of {summary['photos']} photos: {whys}")
    if left_out := summary["left_out"]:
        click.echo(f"left out: {len(left_out)} photos that are gone or were changed")
    click.echo(f"next: {out / 'README.txt'}")


def _print_import(summary: dict[str, Any], review: Path) -> None:
    labels = ", ".join(f"{count} {label}" for label, count in summary["labels"].items())
    click.echo(f"{summary['tiles']} tiles: {labels}")
    rest = ", ".join(f"{summary[key]} {key}" for key in ("unsure", "unlabelled", "gone", "unknown"))
    click.echo(f"left out: {rest}")
    click.echo(f"manifest: {review / 'manifest.csv'}")


def run_export(
    folder: Path,
    out: Path,
    *,
    count: int = 200,
    photos: Path | None = None,
    seed: int = 0,
    force: bool = False,
) -> dict[str, Any]:
    """Export with progress on stderr; the words are those of the options."""
    from edge.review.export import export_review

    return export_review(
        folder, out, progress=Console(), count=count, photos=photos, seed=seed, force=force
    )


def run_import(review: Path, labels: Path, *, force: bool = False) -> dict[str, Any]:
    """Read labels; the words are those of the options."""
    from edge.review.export import import_labels

    return import_labels(review, labels, force=force)
