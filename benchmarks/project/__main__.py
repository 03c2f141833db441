"""``python -m benchmarks.project``: measure the shipped models here, keep and print ratios."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from benchmarks.project.documents import DOCS, RESULTS, fill_tables, list_documents
from benchmarks.project.format_speed import PARENT, measure_format_speed
from benchmarks.project.invoke_cost import measure_invoke_cost
from benchmarks.project.live_pan import measure_live_pan
from benchmarks.project.live_soak import measure_live_soak
from benchmarks.project.live_time import measure_live_time
from benchmarks.project.live_viewers import measure_live_viewers
from benchmarks.project.model_cards import render_shipped_cards
from benchmarks.project.page_pictures import draw_page_pictures
from benchmarks.project.peers import INSTALL, PEERS
from benchmarks.project.scan_memory import measure_scan_memory
from benchmarks.project.scan_speed import LIMITS, measure_scan_speed
from benchmarks.project.start_time import measure_start_time
from benchmarks.project.trainer_speed import measure_trainer_speed
from edge.files.atomic_write import replace_atomically, write_json
from edge.files.errors import CrackEdgeError
from edge.live.loop.controls import DEFAULT_THRESHOLD, THRESHOLDS

_USUAL = ("scan", "live", "invoke", "start")
_NEED_TENSORFLOW = ("train", "formats")
_ALL = (*_USUAL, *_NEED_TENSORFLOW, "memory", "pan", "viewers", "soak")


@click.command()
@click.option("--model", default="default", show_default=True, help="Model file or shipped model.")
@click.option(
    "--photo",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JPEG to scan.  [default: one of 16.5 Mpx is drawn]",
)
@click.option(
    "--photos",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of whole photos and tiles.csv, over which the camera of pan goes.",
)
@click.option(
    "--threshold",
    default=DEFAULT_THRESHOLD,
    show_default=True,
    type=click.FloatRange(*THRESHOLDS),
    help="Smoothed score at which an event begins, for pan.",
)
@click.option(
    "--frames",
    default=100_000,
    show_default=True,
    type=click.IntRange(1000),
    help="Frames over which memory is watched, for soak.",
)
@click.option(
    "--megapixels",
    default=1000.0,
    show_default=True,
    type=click.FloatRange(1),
    help="Size of the GeoTIFF whose scan's memory is measured, Mpx.",
)
@click.option(
    "--rounds", default=7, show_default=True, type=click.IntRange(3), help="Timed rounds."
)
@click.option(
    "--out",
    default=Path("bench-results"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for the results as JSON.",
)
@click.option(
    "--only",
    type=click.Choice(_ALL),
    help="Measure only this; live is the added time of a frame.  "
    "[default: scan, live, invoke and start; training and formats where TensorFlow is installed]",
)
@click.option(
    "--pictures",
    is_flag=True,
    help="Measure nothing: draw the README's pictures of the report and the live page.",
)
@click.option(
    "--docs",
    is_flag=True,
    help="Measure nothing: write the tables of README and docs, and the model cards, from the "
    "results.",
)
def main(
    model: str,
    photo: Path | None,
    photos: Path | None,
    threshold: float,
    frames: int,
    megapixels: float,
    rounds: int,
    out: Path,
    only: str | None,
    pictures: bool,
    docs: bool,
) -> None:
    """Measure the speed of scan, trainer and formats as ratios within one run."""
    if pictures:
        draw_page_pictures(DOCS / "pictures")
        return
    if docs:
        for page in list_documents():
            replace_atomically(page, fill_tables(page.read_text(), RESULTS).encode())
        for path, text in render_shipped_cards(RESULTS).items():
            replace_atomically(path, text.encode())
        return
    parts: Mapping[str, Callable[[], None]] = {
        "scan": lambda: _bench_scan(model, photo, rounds, out),
        "memory": lambda: _bench_memory(model, megapixels, out),
        "train": lambda: _bench_trainer(rounds, out),
        "formats": lambda: _bench_formats(rounds, out),
        "live": lambda: _bench_live_time(model, out),
        "pan": lambda: _bench_live_pan(model, photos, threshold, out),
        "viewers": lambda: _bench_live_viewers(model, rounds, out),
        "soak": lambda: _bench_live_soak(frames, out),
        "invoke": lambda: _bench_invoke_cost(model, rounds, out),
        "start": lambda: _bench_start_time(model, rounds, out),
    }
    has_tensorflow = importlib.util.find_spec("tensorflow") is not None
    usual = [*_USUAL, *(_NEED_TENSORFLOW if has_tensorflow else ())]
    try:
        for name in [only] if only else usual:
            parts[name]()
    except CrackEdgeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"results: {out}")


def _bench_scan(model: str, photo: Path | None, rounds: int, out: Path) -> None:
    results = measure_scan_speed(model, photo=photo, rounds=rounds)
    write_json(out / "scan-speed.json", results)
    for name, ratio in results["ratios"].items():
        limit = f"; limit: {LIMITS[name]}" if name in LIMITS else ""
        click.echo(f"{name}: {_describe(ratio)}{limit}")
    missing = [name for name in PEERS if name not in results["peers"]]
    if missing:
        click.echo(f"not installed: {' and '.join(missing)}; to compare: {INSTALL}", err=True)


def _bench_memory(model: str, megapixels: float, out: Path) -> None:
    results = measure_scan_memory(out, megapixels=megapixels, model=model)
    write_json(out / "scan-memory.json", results)
    click.echo(
        f"scan of a GeoTIFF of {megapixels:.0f} Mpx: {results['peak_mb']:.0f} MB at most; "
        f"limit: at most {results['limit_mb']} MB"
    )


def _bench_trainer(rounds: int, out: Path) -> None:
    results = measure_trainer_speed(rounds=rounds)
    write_json(out / "trainer-speed.json", results)
    click.echo(
        f"trainer's pictures/s to bare training steps: {_describe(results['ratio'])}; "
        f"{results['pictures_per_second']['trainer']:.0f} pictures/s here"
    )


def _bench_formats(rounds: int, out: Path) -> None:
    results = measure_format_speed(PARENT, rounds=rounds)
    write_json(out / "formats.json", results)
    for name, row in results["formats"].items():
        click.echo(
            f"{name}: {row['bytes'] / 1e6:.2f} MB, {row['size_ratio']:.2f} of the size; "
            f"latency {_describe(row['latency_ratio'])}, {row['latency_ms']:.1f} ms here"
        )
    for name, limits in results["limits"].items():
        parts = [f"{what.replace('_', ' ')} at most {most}" for what, most in limits.items()]
        click.echo(f"{name}: limits: {', '.join(parts)}")


def _bench_live_time(model: str, out: Path) -> None:
    results = measure_live_time(model)
    write_json(out / "live-time.json", results)
    for view, figures in results["views"].items():
        for share in ("median", "p90"):
            of = figures[share]
            click.echo(
                f"{view}, {share}: the loop adds {of['added_ms']:.2f} ms to {of['bare_ms']:.1f} ms "
                f"of bare invokes; limit: {of['limit_ms']:.2f} ms"
            )


def _bench_live_pan(model: str, photos: Path | None, threshold: float, out: Path) -> None:
    if photos is None:
        raise click.UsageError("pan needs --photos: a folder of whole photos and tiles.csv")
    results = measure_live_pan(photos, model, threshold=threshold, progress=_Log())
    write_json(out / "live-pan.json", results)
    for view, of in results["views"].items():
        figures = of["figures"]
        click.echo(
            f"{view}: {figures['passages_found']} of {figures['passages']} passages found, "
            f"{figures['false_per_minute']:.2f} false events a minute"
        )


def _bench_live_viewers(model: str, rounds: int, out: Path) -> None:
    results = measure_live_viewers(model, rounds=rounds)
    write_json(out / "live-viewers.json", results)
    for name, case in results["cases"].items():
        click.echo(
            f"{name}: rate with {results['viewers']} viewers to that without: "
            f"{_describe(case['ratio'])}; limit: at least {results['limit']}"
        )


def _bench_live_soak(frames: int, out: Path) -> None:
    results = measure_live_soak(frames=frames, progress=_Log())
    write_json(out / "live-soak.json", results)
    click.echo(
        f"{frames} frames: memory rises by {results['slope_kb_per_10000_frames']:.0f} kB per "
        f"10,000 frames (standard error {results['slope_error_kb']:.0f}); "
        f"limit: at most {results['limit_kb_per_10000_frames']:.0f} kB"
    )


def _bench_invoke_cost(model: str, rounds: int, out: Path) -> None:
    results = measure_invoke_cost(model, rounds=rounds)
    write_json(out / "invoke-cost.json", results)
    for name, ratio in results["ratios"].items():
        limit = results["limits"][name]
        click.echo(f"{name}, to a bare one: {_describe(ratio, 3)}; limit: {limit}")


def _bench_start_time(model: str, rounds: int, out: Path) -> None:
    results = measure_start_time(model, rounds=rounds)
    write_json(out / "start-time.json", results)
    for name, seconds in results["seconds"].items():
        compared = ""
        if ratio := results["ratios"].get(name):
            compared = f", {_describe(ratio)} of TensorFlow's; limit: {results['limits'][name]}"
        click.echo(f"{name}: {seconds:.2f} s{compared}")
    peak_mb, limit_mb = results["rss_tile_mb"], results["rss_limit_mb"]
    click.echo(f"memory after tiles: {peak_mb} MB; limit: {limit_mb} MB")


class _Log:
    """Progress as lines on stderr, twenty for each part."""

    def __init__(self) -> None:
        self._said = ""

    def say(self, text: str) -> None:
        click.echo(text, err=True)

    def step(self, what: str, done: int, total: int, *, note: str = "") -> None:
        text = f"{what}: {20 * done // total * 5} % of {total}"
        if text != self._said:
            self._said = text
            self.say(text)


def _describe(ratio: dict[str, float], digits: int = 2) -> str:
    median, low, high = (f"{ratio[key]:.{digits}f}" for key in ("median", "p10", "p90"))
    return f"{median} (middle 80 %: {low}-{high})"


if __name__ == "__main__":
    main()
