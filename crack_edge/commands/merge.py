"""``crack-edge merge``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.commands.report import print_findings
from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, print_json
from crack_edge.shared.options import force_option, json_option, out_option


@click.command("merge", cls=Command)
@click.argument("folder", nargs=-1, required=True, type=click.Path(path_type=Path))
@out_option("Folder for the joined results.")
@force_option
@json_option
@click.pass_context
def merge_command(
    ctx: click.Context, folder: tuple[Path, ...], out: Path, force: bool, as_json: bool
) -> None:
    """Join the results of several scans, such as the shards of several machines.

    FOLDER are --out folders of scans with equal settings and models. A photo that several have is
    taken once. The exit code is 1 if photos failed in the scans.
    """
    from edge.files.formatting import count_of
    from edge.scan.merge import merge_scans

    run = merge_scans(folder, out, progress=Console(), force=force)
    summary = run.summary
    if as_json:
        print_json(run.to_dict())
    else:
        click.echo(
            f"{count_of(run.stores, 'scan')}: {count_of(summary.photos, 'photo')}, "
            f"{summary.megapixels:.1f} Mpx, "
            f"{summary.regions} regions, {summary.failed} failed"
        )
        click.echo(
            f"{run.repeated} photos were in several, {run.renamed} have a new name, "
            f"{run.missing_pictures} pictures are missing"
        )
        print_findings(summary, out)
    ctx.exit(1 if summary.failed else 0)
