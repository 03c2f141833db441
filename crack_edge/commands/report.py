"""``crack-edge report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, print_json
from crack_edge.shared.options import json_option, make_site_update, site_options

if TYPE_CHECKING:
    from edge.report.summary import ScanSummary


@click.command("report", cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@site_options
@json_option
@click.pass_context
def report_command(
    ctx: click.Context,
    folder: Path,
    gsd: float | None,
    distance: float | None,
    crack_width: float | None,
    positions: Path | None,
    as_json: bool,
) -> None:
    """Write the tables, maps and report of a scan again, from its store and without scanning.

    FOLDER is the --out folder of a scan. What is said about the site is kept for the next time.
    The exit code is 1 if photos failed in the scan.
    """
    from edge.report.results import write_results

    site = make_site_update(gsd, distance, crack_width, positions)
    summary = write_results(folder, site=site, progress=Console())
    if as_json:
        print_json(summary.to_dict())
    else:
        print_findings(summary, folder)
    ctx.exit(1 if summary.failed else 0)


def print_findings(summary: ScanSummary, out: Path) -> None:
    """Print what was found, and where the report lies."""
    found, triage = summary.findings, summary.triage
    click.echo(
        f"findings: {found['crack']} sure, {found['review']} to review; photos: "
        + ", ".join(f"{count} {word}" for word, count in triage.items())
    )
    if unused := summary.unused_positions:
        shown = ", ".join(unused[:3]) + (", ..." if len(unused) > 3 else "")
        click.echo(f"positions of no photo of this scan: {len(unused)} ({shown})")
    click.echo(f"report: {out / 'report.html'}")
