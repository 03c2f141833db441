"""``crack-edge scan``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.console import Console, print_json
from crack_edge.options import force_option, json_option, mode_option, threshold_option

if TYPE_CHECKING:
    from edge.scan import Mode


@click.command("scan")
@click.argument("source", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder for the results."
)
@click.option("--model", default="default", show_default=True, help="Model file or shipped model.")
@mode_option
@click.option(
    "--overlap",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 0.9),
    help="Of neighbouring tiles, as a share of their side; tiles mode only.",
)
@threshold_option
@click.option("--workers", type=click.IntRange(1), help="Threads that score.  [default: all cores]")
@force_option
@json_option
@click.pass_context
def scan_command(
    ctx: click.Context,
    source: tuple[Path, ...],
    out: Path,
    model: str,
    mode: Mode,
    overlap: float,
    threshold: float | None,
    workers: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Find cracks in photos: a heat map and an overlay for each, one table, one report.

    SOURCE are photos or folders of photos. A photo that cannot be read is reported, the others
    are scanned, and the exit code is 1.
    """
    if overlap and mode != "tiles":
        raise click.UsageError("--overlap is for --mode tiles; the dense mode overlaps by itself")
    summary = run_scan(
        source,
        out,
        model=model,
        mode=mode,
        overlap=overlap,
        threshold=threshold,
        workers=workers,
        force=force,
    )
    if as_json:
        print_json(summary)
    else:
        click.echo(
            f"{summary['photos']} photos, {summary['megapixels']:.1f} Mpx in "
            f"{summary['seconds']:.1f} s: {summary['regions']} regions, {summary['failed']} failed"
        )
        click.echo(f"report: {out / 'report.html'}")
    ctx.exit(1 if summary["failed"] else 0)


def run_scan(
    sources: tuple[Path, ...],
    out: Path,
    *,
    model: str = "default",
    mode: Mode = "dense",
    overlap: float = 0.0,
    threshold: float | None = None,
    workers: int | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Scan with progress on stderr; the words are those of the options."""
    from edge.classifier import open_classifier
    from edge.scan import ScanSettings, scan

    scorer = open_classifier(model, workers=workers or os.cpu_count() or 1)
    settings = ScanSettings(
        threshold=threshold or scorer.card.threshold,
        mode=mode,
        overlap=overlap,
    )
    return scan(sources, out, scorer=scorer, settings=settings, progress=Console(), force=force)
