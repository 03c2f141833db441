"""``python -m benchmarks``: measure the shipped models here, print ratios, keep the results."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from benchmarks.format_speed import PARENT, measure_format_speed
from benchmarks.model_cards import render_shipped_cards
from benchmarks.peers import INSTALL, PEERS
from benchmarks.readme import README, RESULTS, fill_tables
from benchmarks.scan_memory import measure_scan_memory
from benchmarks.scan_speed import BARS, measure_scan_speed
from benchmarks.trainer_speed import measure_trainer_speed
from edge.errors import CrackEdgeError
from edge.files import replace_atomically, write_json


@click.command()
@click.option("--model", default="default", show_default=True, help="Model file or shipped model.")
@click.option(
    "--photo",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JPEG to scan.  [default: one of 16.5 Mpx is drawn]",
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
    type=click.Choice(("scan", "memory", "train", "formats")),
    help="Measure only this.  [default: all but memory; training and formats where TensorFlow is "
    "installed]",
)
@click.option(
    "--readme",
    is_flag=True,
    help="Only write the README's tables and the model cards from the results.",
)
def main(
    model: str,
    photo: Path | None,
    megapixels: float,
    rounds: int,
    out: Path,
    only: str | None,
    readme: bool,
) -> None:
    """Measure the speed of scan, trainer and formats as ratios within one run."""
    if readme:
        replace_atomically(README, fill_tables(README.read_text(), RESULTS).encode())
        for path, text in render_shipped_cards(RESULTS).items():
            replace_atomically(path, text.encode())
        return
    has_tensorflow = importlib.util.find_spec("tensorflow") is not None
    try:
        if only in (None, "scan"):
            _bench_scan(model, photo, rounds, out)
        if only == "memory":
            _bench_memory(model, megapixels, out)
        if only == "train" or (only is None and has_tensorflow):
            _bench_trainer(rounds, out)
        if only == "formats" or (only is None and has_tensorflow):
            _bench_formats(rounds, out)
    except CrackEdgeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"results: {out}")


def _bench_scan(model: str, photo: Path | None, rounds: int, out: Path) -> None:
    results = measure_scan_speed(model, photo=photo, rounds=rounds)
    write_json(out / "scan-speed.json", results)
    for name, ratio in results["ratios"].items():
        bar = f"; bar: {BARS[name]}" if name in BARS else ""
        click.echo(f"{name}: {_describe(ratio)}{bar}")
    missing = [name for name in PEERS if name not in results["peers"]]
    if missing:
        click.echo(f"not installed: {' and '.join(missing)}; to compare: {INSTALL}", err=True)


def _bench_memory(model: str, megapixels: float, out: Path) -> None:
    results = measure_scan_memory(out, megapixels=megapixels, model=model)
    write_json(out / "scan-memory.json", results)
    click.echo(
        f"scan of a GeoTIFF of {megapixels:.0f} Mpx: {results['peak_mb']:.0f} MB at most; "
        f"bar: at most {results['bar_mb']} MB"
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


def _describe(ratio: dict[str, float]) -> str:
    return f"{ratio['median']:.2f} (middle 80 %: {ratio['p10']:.2f}-{ratio['p90']:.2f})"


if __name__ == "__main__":
    main()
