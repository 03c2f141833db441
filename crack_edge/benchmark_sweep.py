"""``crack-edge benchmark sweep``."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

import click

from crack_edge.benchmark_options import (
    NumberList,
    measure,
    measuring_options,
    put_results,
    settings_of,
)
from crack_edge.console import Console, load_tensorflow
from crack_edge.convert import FORMAT_NAMES


@click.command("sweep")
@click.option(
    "--alphas",
    default="0.35,0.5,0.75,1.0",
    show_default=True,
    type=NumberList(float),
    help="Widths of MobileNetV2.",
)
@click.option(
    "--inputs",
    default="96,128,160,224",
    show_default=True,
    type=NumberList(int),
    help="Sides of a tile, px, multiples of 32.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    default=("tflite-int8",),
    show_default=True,
    type=click.Choice(FORMAT_NAMES),
    help="Kind of file.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="MODEL",
    help="Trained file measured beside them, the only ones that --data is for.",
)
@measuring_options
def sweep_command(
    alphas: tuple[float, ...],
    inputs: tuple[int, ...],
    formats: tuple[str, ...],
    models: tuple[str, ...],
    **options: Any,
) -> None:
    """Measure how width and input decide latency, before anything is trained.

    Files of random weights are made with the graph that training and convert would give; latency
    does not depend on weights. On one thread, unless told otherwise. Needs TensorFlow.
    """
    from benchmarks.output.write import PLOTS, refuse_to_overwrite_outputs
    from benchmarks.run.files import read_model_files
    from benchmarks.run.sweep import describe_sweep, draw_sweep, sweep_rows
    from edge.files.atomic_write import replace_atomically

    load_tensorflow("convert", "tf2onnx")
    from benchmarks.run.sweep_files import make_sweep_files

    out, force = options["out"], options["force"]
    refuse_to_overwrite_outputs(out, force=force)
    trained = read_model_files(models)
    with tempfile.TemporaryDirectory(prefix="crack-edge-sweep-") as folder:
        files = make_sweep_files(
            Path(folder), alphas=alphas, inputs_px=inputs, formats=formats, progress=Console()
        )
        threads = options["threads"] or (1,)
        settings = settings_of(options | {"threads": threads})
        results = measure([*files, *models], settings, unscored=files)
    put_results(results, out, force=force, as_json=options["as_json"])
    rows = sweep_rows(results, trained)
    if rows and importlib.util.find_spec("matplotlib"):
        replace_atomically(out / PLOTS / "sweep.png", draw_sweep(rows))
    if not options["as_json"]:
        for line in describe_sweep(rows):
            click.echo(line)
