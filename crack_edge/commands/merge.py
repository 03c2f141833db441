"""``crack-edge merge``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import Console, echo, print_json
from crack_edge.shared.options import force_option, json_option, out_option
from crack_edge.shared.result_folder import require_scan
from crack_edge.shared.scan_summary import print_findings, print_next_step
from edge.files.atomic_write import require_writable
from edge.files.formatting import count_of

if TYPE_CHECKING:
    from edge.scan.merge import MergeRun


@click.command("merge", cls=Command)
@click.argument(
    "folder", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@out_option("Folder for the joined results.", metavar="FOLDER")
@force_option
@json_option
@click.pass_context
def merge_command(
    ctx: click.Context, folder: tuple[Path, ...], out: Path, force: bool, as_json: bool
) -> None:
    """Join the results of several scans, such as the parts that several machines scanned.

    Each FOLDER holds the results of a scan; all must have used the same settings and model. A photo
    that several scans contain is kept once. The exit code is 1 if photos failed in the scans.

    Example:
        crack-edge merge part-1 part-2 --out bridge-scan
    """
    from edge.scan.merge import merge_scans

    for one in folder:
        require_scan(one)
    require_writable(out)
    run = merge_scans(folder, out, progress=Console(), force=force)
    summary = run.summary
    if as_json:
        print_json(run.to_dict())
    else:
        echo(f"joined: {_describe_joining(run)}")
        print_findings(summary, out)
        print_next_step(summary, out)
    ctx.exit(1 if summary.failed else 0)


def _describe_joining(run: MergeRun) -> str:
    """Return how many scans there were, and what a user should know of their photos."""
    facts = [count_of(run.stores, "scan")]
    if run.repeated:
        facts.append(f"{count_of(run.repeated, 'photo')} in more than one of them")
    if run.renamed:
        facts.append(f"{count_of(run.renamed, 'photo')} renamed, because the names were taken")
    if run.missing_pictures:
        facts.append(f"{count_of(run.missing_pictures, 'picture')} missing")
    return "; ".join(facts)
