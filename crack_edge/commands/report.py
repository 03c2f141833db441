"""``crack-edge report``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, print_json
from crack_edge.shared.options import json_option, make_site_update, site_options
from crack_edge.shared.result_folder import require_scan
from crack_edge.shared.scan_summary import print_findings, print_next_step


@click.command("report", cls=Command)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
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
    """Write the report, tables and maps of a scan again, without scanning.

    FOLDER holds the results of `scan` or `merge`. Use this command to add the scale or the
    positions of the photos; the scan remembers what you give. The exit code is 1 if photos failed
    in the scan.

    Example:
        crack-edge report photos-scan --gsd 0.5
    """
    from edge.report.results import write_results

    require_scan(folder)
    site = make_site_update(gsd, distance, crack_width, positions)
    summary = write_results(folder, site=site, progress=Console())
    if as_json:
        print_json(summary.to_dict())
    else:
        print_findings(summary, folder)
        print_next_step(summary, folder)
    ctx.exit(1 if summary.failed else 0)
