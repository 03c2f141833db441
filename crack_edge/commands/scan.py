"""``crack-edge scan``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.commands.report import print_findings
from crack_edge.shared.command import Command
from crack_edge.shared.console import STOPPED, Console, print_json, stop_on_signals
from crack_edge.shared.options import (
    cascade_options,
    check_cascade,
    crack_threshold_option,
    force_option,
    hidden,
    json_option,
    make_site_update,
    model_option,
    out_option,
    scale_option,
    site_options,
    threshold_option,
    view_option,
)

if TYPE_CHECKING:
    from edge.detect.settings import View
    from edge.geo.site import SiteUpdate
    from edge.scan.folder_scan import ScanRun
    from edge.scan.parallelism import Parallelism

# With so many, the minute or two that measuring the machine takes are soon won back.
_MANY_PHOTOS = 1000


class _Shard(click.ParamType):  # type: ignore[type-arg]
    name = "I/N"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        """Turn ``2/8`` into (2, 8)."""
        match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", str(value))
        number, count = map(int, match.groups()) if match else (0, 0)
        if not 1 <= number <= count:
            self.fail(f"{value!r}: expected I/N such as 2/8, I from 1 to N", param, ctx)
        return number, count


@click.command("scan", cls=Command)
@click.argument("source", nargs=-1, required=True, type=click.Path(path_type=Path))
@out_option("Folder for the results.")
@model_option
@hidden(view_option)
@click.option(
    "--overlap",
    hidden=True,
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 0.9),
    help="Of neighbouring tiles, as a share of their side; tile view only.",
)
@hidden(scale_option)
@threshold_option
@crack_threshold_option
@cascade_options
@site_options
@click.option(
    "--shard", type=_Shard(), help="Only the I-th of N parts of the photos; `merge` joins them."
)
@click.option(
    "--threads",
    hidden=True,
    type=click.IntRange(1),
    help="Threads that score.  [default: as `tune` measured, or all cores]",
)
@force_option
@json_option
@click.pass_context
def scan_command(
    ctx: click.Context,
    source: tuple[Path, ...],
    out: Path,
    model: str,
    view: View,
    overlap: float,
    scale: tuple[float, ...],
    threshold: float | None,
    crack_threshold: float | None,
    cascade: str | None,
    unsure_from: float | None,
    gsd: float | None,
    distance: float | None,
    crack_width: float | None,
    positions: Path | None,
    shard: tuple[int, int] | None,
    threads: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Find cracks in photos: a report to sign, tables, maps, and pictures of each photo.

    SOURCE are photos or folders of photos. A photo that cannot be scanned is reported, the others
    are scanned, and the exit code is 1. The same command goes on where an earlier one ended;
    --force starts again.
    """
    if overlap and view != "tile":
        raise click.UsageError("--overlap is for --view tile; the dense view overlaps by itself")
    check_cascade(view, cascade, unsure_from)
    run = scan_with(
        source,
        out,
        model=model,
        cascade=cascade,
        site=make_site_update(gsd, distance, crack_width, positions),
        shard=shard,
        threads=threads,
        force=force,
        view=view,
        overlap=overlap,
        scales=scale,
        threshold=threshold,
        crack_threshold=crack_threshold,
        unsure_from=unsure_from,
    )
    if as_json:
        print_json(run.to_dict())
    else:
        _print_run(run, out)
    if run.left:
        ctx.exit(STOPPED)
    ctx.exit(1 if run.failed else 0)


def _print_run(run: ScanRun, out: Path) -> None:
    from edge.detect.cascade import describe_in_words
    from edge.files.formatting import count_of

    summary = run.summary
    before = f" ({run.resumed} of them before)" if run.resumed else ""
    click.echo(
        f"{count_of(summary.photos, 'photo')}{before}, {summary.megapixels:.1f} Mpx in "
        f"{run.seconds:.1f} s: {summary.regions} regions, {run.failed} failed"
    )
    if summary.cascade:
        click.echo(f"cascade: {describe_in_words(summary.cascade)}")
    if run.left:
        click.echo(f"stopped; {run.left} photos are left: the same command goes on")
    print_findings(summary, out)


def scan_with(
    sources: tuple[Path, ...],
    out: Path,
    *,
    model: str = "default",
    cascade: str | None = None,
    site: SiteUpdate | None = None,
    shard: tuple[int, int] | None = None,
    threads: int | None = None,
    force: bool = False,
    **settings: Any,
) -> ScanRun:
    """Scan with progress on stderr; ``settings`` are those of ``choose_settings``."""
    from edge.detect.settings import Scorers, choose_settings
    from edge.geo.site import SiteUpdate
    from edge.model.classifier import open_classifier
    from edge.scan.folder_scan import scan_folders
    from edge.scan.scan_job import ScanJob, list_tasks

    console = Console()
    tasks = list_tasks(sources, out, shard=shard)
    parallelism = _share_out(model, len(tasks), threads, console)
    scorers = Scorers(
        open_classifier(model, threads=parallelism.threads),
        open_classifier(cascade, threads=parallelism.threads) if cascade else None,
    )
    job = ScanJob(
        tasks=tasks,
        out=out,
        scorers=scorers,
        settings=choose_settings(scorers.main.card, has_cascade=bool(cascade), **settings),
        parallelism=parallelism,
        site=site or SiteUpdate(),
        shard=shard,
        force=force,
    )
    with stop_on_signals(console) as stop:
        return scan_folders(job, progress=console, stop=stop)


def _share_out(model: str, photos: int, threads: int | None, console: Console) -> Parallelism:
    from edge.scan.parallelism import default_parallelism
    from edge.tune.choose import parallelism_for

    if threads:
        return default_parallelism(threads)
    return parallelism_for(model, many=photos >= _MANY_PHOTOS, progress=console)
