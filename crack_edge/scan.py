"""``crack-edge scan``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.console import Console, print_json, stop_on_signals
from crack_edge.options import (
    SiteWords,
    cascade_options,
    check_cascade,
    check_crack_threshold,
    crack_threshold_option,
    force_option,
    json_option,
    mode_option,
    read_site_words,
    scale_option,
    site_options,
    threshold_option,
)
from crack_edge.report import print_findings

if TYPE_CHECKING:
    from edge.detect.settings import Mode
    from edge.scan.plan import Parallelism

# With so many, the minute or two that measuring the machine takes are soon won back.
_MANY_PHOTOS = 1000
# A stop by Ctrl-C or SIGTERM, in the words of the shell.
_STOPPED = 130


class _Shard(click.ParamType):  # type: ignore[type-arg]
    name = "I/N"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        """Turn ``2/8`` into (2, 8)."""
        match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", str(value))
        number, count = map(int, match.groups()) if match else (0, 0)
        if not 1 <= number <= count:
            self.fail(f"{value!r}: expected I/N such as 2/8, I from 1 to N", param, ctx)
        return number, count


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
@scale_option
@threshold_option
@crack_threshold_option
@cascade_options
@site_options
@click.option(
    "--shard", type=_Shard(), help="Only the I-th of N parts of the photos; `merge` joins them."
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="Threads that score, in one process.  [default: as `tune` measured, or all cores]",
)
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
    scale: tuple[float, ...],
    threshold: float | None,
    crack_threshold: float | None,
    cascade: str | None,
    unsure_from: float | None,
    gsd: float | None,
    distance: float | None,
    crack_width: float | None,
    geo: Path | None,
    shard: tuple[int, int] | None,
    workers: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Find cracks in photos: a report to sign, tables, maps, and pictures of each photo.

    SOURCE are photos or folders of photos. A photo that cannot be scanned is reported, the others
    are scanned, and the exit code is 1. The same command goes on where an earlier one ended;
    --force starts again.
    """
    if overlap and mode != "tiles":
        raise click.UsageError("--overlap is for --mode tiles; the dense mode overlaps by itself")
    check_cascade(mode, cascade, unsure_from)
    summary = run_scan(
        source,
        out,
        model=model,
        mode=mode,
        overlap=overlap,
        scales=scale,
        threshold=threshold,
        crack_threshold=crack_threshold,
        cascade=cascade,
        unsure_from=unsure_from,
        site=SiteWords(gsd, distance, crack_width, geo),
        shard=shard,
        workers=workers,
        force=force,
    )
    if as_json:
        print_json(summary)
    else:
        _print_summary(summary, out)
    if summary["left"]:
        ctx.exit(_STOPPED)
    ctx.exit(1 if summary["failed"] else 0)


def _print_summary(summary: dict[str, Any], out: Path) -> None:
    from edge.detect.cascade import describe_in_words

    before = f" ({summary['resumed']} of them before)" if summary["resumed"] else ""
    click.echo(
        f"{summary['photos']} photos{before}, {summary['megapixels']:.1f} Mpx in "
        f"{summary['seconds']:.1f} s: {summary['regions']} regions, {summary['failed']} failed"
    )
    if summary["cascade"]:
        click.echo(f"cascade: {describe_in_words(summary['cascade'])}")
    if summary["left"]:
        click.echo(f"stopped; {summary['left']} photos are left: the same command goes on")
    print_findings(summary, out)


def run_scan(
    sources: tuple[Path, ...],
    out: Path,
    *,
    model: str = "default",
    mode: Mode = "dense",
    overlap: float = 0.0,
    scales: tuple[float, ...] = (1.0,),
    threshold: float | None = None,
    crack_threshold: float | None = None,
    cascade: str | None = None,
    unsure_from: float | None = None,
    site: SiteWords | None = None,
    shard: tuple[int, int] | None = None,
    workers: int | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Scan with progress on stderr; the words are those of the options."""
    from edge.detect.cascade import choose_unsure_from
    from edge.detect.settings import ScanSettings
    from edge.model.classifier import open_classifier
    from edge.scan.folder_scan import scan_folders

    say = read_site_words(site or SiteWords())
    console = Console()
    plan = _plan(model, sources, workers, console)
    threads = plan.threads if plan.processes == 1 else 1
    scorer = open_classifier(model, workers=threads)
    small = open_classifier(cascade, workers=threads) if cascade else None
    value = threshold or scorer.card.threshold
    settings = ScanSettings(
        threshold=value,
        crack_threshold=check_crack_threshold(value, crack_threshold),
        mode=mode,
        overlap=overlap,
        scales=scales,
        unsure_from=choose_unsure_from(value, unsure_from) if cascade else None,
    )
    with stop_on_signals(console) as stop:
        return scan_folders(
            sources,
            out,
            scorer=scorer,
            settings=settings,
            progress=console,
            small=small,
            plan=plan,
            say=say,
            shard=shard,
            force=force,
            stop=stop,
        )


def _plan(
    model: str, sources: tuple[Path, ...], workers: int | None, console: Console
) -> Parallelism:
    from edge.photo.listing import find_photos
    from edge.scan.plan import default_parallelism
    from edge.tune.measure import plan_for

    if workers:
        return default_parallelism(workers)
    return plan_for(model, many=len(find_photos(sources)) >= _MANY_PHOTOS, progress=console)
