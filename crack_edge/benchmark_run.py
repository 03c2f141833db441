"""``crack-edge benchmark MODEL...``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crack_edge.benchmark_options import (
    measure,
    measuring_options,
    put_results,
    settings_of,
    tolerance_options,
)

_INTERRUPTED = 130


@click.command(
    "run",
    epilog="`crack-edge benchmark compare`, `sweep` and `report` have helps of their own. A model "
    "file of one of these names is written with its folder: ./compare.",
)
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@measuring_options
@click.option(
    "--parent",
    metavar="FILE",
    help="Float model that verdicts are held against.  [default: the one among the models that a "
    "file was converted from]",
)
@click.option(
    "--photo",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Photo whose stages are timed.  [default: one of 12 Mpx is drawn]",
)
@click.option(
    "--max-p90-ms",
    type=click.FloatRange(0, min_open=True),
    help="Bar: p90 of the latency of a tile, ms, by each file's first backend at its best.",
)
@click.option("--min-recall", type=click.FloatRange(0, 1), help="Bar: lowest recall, 0 to 1.")
@click.option("--min-auc", type=click.FloatRange(0, 1), help="Bar: lowest AUC, 0 to 1.")
@click.option(
    "--max-rss-mb",
    type=click.FloatRange(0, min_open=True),
    help="Bar: peak memory (RSS) of a process that scores, MB.",
)
@click.option(
    "--against",
    metavar="BASE.json",
    type=click.Path(path_type=Path),
    help="Bar: earlier results that nothing may be worse than, by more than the tolerances and by "
    "more than noise.",
)
@tolerance_options
def run_command(
    models: tuple[str, ...],
    parent: str | None,
    photo: Path | None,
    max_p90_ms: float | None,
    min_recall: float | None,
    min_auc: float | None,
    max_rss_mb: float | None,
    against: Path | None,
    tolerance: float,
    accuracy_tolerance: float,
    **options: Any,
) -> None:
    """Hold MODEL files against each other: latency, memory and start, and accuracy on --data.

    All files take turns in one run, each by every backend at hand that opens it. A run that other
    work or heat disturbed says so. MODEL is a .tflite or .onnx file, a shipped model's name or,
    where TensorFlow is installed, a .keras file. The exit code is 1 when a bar is missed.
    """
    from benchmarks.output.compare import compare_results
    from benchmarks.output.gates import Gates, check_against, check_gates
    from benchmarks.output.results_file import read_results
    from benchmarks.output.write import refuse_to_overwrite_outputs
    from edge.files.errors import GateError

    out, force = options["out"], options["force"]
    refuse_to_overwrite_outputs(out, force=force)
    base = read_results(against) if against else None
    results = measure(models, settings_of(options), parent=parent, photo=photo)
    put_results(results, out, force=force, as_json=options["as_json"])
    if results["latency"]["stopped"] == "interrupted":
        raise click.exceptions.Exit(_INTERRUPTED)
    misses = check_gates(results, Gates(max_p90_ms, min_recall, min_auc, max_rss_mb))
    if base is not None:
        misses += check_against(
            compare_results(base, results),
            tolerance=tolerance,
            accuracy_tolerance=accuracy_tolerance,
        )
    if misses:
        raise GateError("; ".join(misses))
