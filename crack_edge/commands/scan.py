"""``crack-edge scan``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import (
    STOPPED,
    Console,
    echo,
    print_json,
    print_next,
    stop_on_signals,
)
from crack_edge.shared.numbers import Number, WholeNumber
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
from crack_edge.shared.result_folder import choose_folder, require_room
from crack_edge.shared.scan_summary import print_findings, print_next_step
from edge.files.atomic_write import require_writable

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
@click.argument(
    "source", metavar="PHOTOS...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@out_option(
    "Folder for the results.  [default: beside PHOTOS, such as photos-scan for photos]",
    required=False,
    metavar="FOLDER",
)
@model_option
@hidden(view_option)
@click.option(
    "--overlap",
    metavar="SHARE",
    hidden=True,
    default=0.0,
    show_default=True,
    type=Number(0, 0.9),
    help="Overlap of neighbouring tiles, as a share of their side; only for --view tile.",
)
@hidden(scale_option)
@threshold_option
@crack_threshold_option
@cascade_options
@site_options
@click.option(
    "--shard", type=_Shard(), help="Scan only part I of N of the photos; `merge` joins the parts."
)
@click.option(
    "--threads",
    metavar="N",
    hidden=True,
    type=WholeNumber(1),
    help="Number of threads that score.  [default: as `tune` measured, or all cores]",
)
@force_option
@json_option
@click.pass_context
def scan_command(
    ctx: click.Context,
    source: tuple[Path, ...],
    out: Path | None,
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
    """Find cracks in photos and write a report, tables, maps and pictures.

    PHOTOS are photos or folders of photos. A photo that cannot be read is reported, the others are
    scanned, and the exit code is 1. A scan that was stopped continues when you run the same command
    again; --force starts over. See docs/scan.md.

    Example:
        crack-edge scan photos --gsd 0.5
    """
    if overlap and view != "tile":
        raise click.UsageError("--overlap is for --view tile; the dense view overlaps by itself")
    check_cascade(view, cascade, unsure_from)
    if shard and not out:
        raise click.UsageError("--shard needs --out: each part of a scan has a folder of its own")
    run, out = scan_with(
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
        _print_run(run, out, shard)
    if run.left:
        ctx.exit(STOPPED)
    ctx.exit(1 if run.failed else 0)


def _print_run(run: ScanRun, out: Path, shard: tuple[int, int] | None) -> None:
    from edge.detect.cascade import describe_in_words
    from edge.files.formatting import count_of

    summary = run.summary
    print_findings(summary, out)
    if summary.cascade:
        echo(f"cascade: {describe_in_words(summary.cascade)}")
    if run.left:
        left = count_of(run.left, "photo")
        echo(f"stopped: {left} not scanned yet; run the same command again to continue")
    elif shard:
        print_next("merge", out, "OTHER-PARTS", "--out", "FOLDER")
    else:
        print_next_step(summary, out)


def scan_with(
    sources: tuple[Path, ...],
    out: Path | None,
    *,
    model: str = "default",
    cascade: str | None = None,
    site: SiteUpdate | None = None,
    shard: tuple[int, int] | None = None,
    threads: int | None = None,
    force: bool = False,
    **settings: Any,
) -> tuple[ScanRun, Path]:
    """Scan with progress on stderr; ``settings`` are those of ``choose_settings``.

    Returns:
        What was done, and the folder of the results: beside the photos where ``out`` is None.
    """
    from edge.detect.settings import Scorers, choose_settings
    from edge.geo.site import SiteUpdate
    from edge.model.classifier import open_classifier
    from edge.scan.folder_scan import scan_folders
    from edge.scan.scan_job import ScanJob, list_tasks

    console = Console()
    is_named = out is not None
    out = out or choose_folder(sources)
    tasks = list_tasks(sources, out, shard=shard)
    if is_named:
        require_writable(out)
    else:
        require_room(out)
        console.say(f"results go to {out}")
    parallelism = _share_out(model, len(tasks), threads, console)
    scorers = Scorers(
        open_classifier(model, threads=parallelism.threads),
        open_classifier(cascade, threads=parallelism.threads) if cascade else None,
    )
    if reservation := scorers.main.card.reservation:
        console.say(f"note: {reservation}")
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
        return scan_folders(job, progress=console, stop=stop), out


def _share_out(model: str, photos: int, threads: int | None, console: Console) -> Parallelism:
    from edge.scan.parallelism import default_parallelism
    from edge.tune.choose import parallelism_for

    if threads:
        return default_parallelism(threads)
    return parallelism_for(model, many=photos >= _MANY_PHOTOS, progress=console)
