"""``crack-edge benchmark``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.shared.command import Command
from crack_edge.shared.completion import complete_model
from crack_edge.shared.console import (
    STOPPED,
    Console,
    echo,
    print_json,
    print_next,
    stop_on_signals,
)
from crack_edge.shared.numbers import Number, WholeNumber
from crack_edge.shared.options import force_option, json_option, out_option, split_option

if TYPE_CHECKING:
    from benchmarks.result_types import Results

# What can be left out.
PARTS = ("throughput", "cold-start", "stages")


class ThreadCounts(click.ParamType):  # type: ignore[type-arg]
    """Numbers of threads with commas between them."""

    name = "N,N,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        """Turn ``1,2,4`` into (1, 2, 4)."""
        if isinstance(value, tuple):
            return value
        try:
            counts = [int(text) for text in str(value).split(",")]
        except ValueError:
            counts = []
        if not counts or not all(0 < count < 1e6 for count in counts):
            self.fail(f"{value!r}: expected whole numbers above 0 such as 1,2,4", param, ctx)
        return tuple(dict.fromkeys(counts))


@click.command("benchmark", cls=Command)
@click.argument("models", nargs=-1, metavar="MODEL...", shell_complete=complete_model)
@click.option(
    "--data",
    multiple=True,
    metavar="DATA",
    type=click.Path(path_type=Path),
    help="Labelled pictures to measure accuracy on, as for evaluate: folders with class folders "
    "or manifests, or one folder of whole photos with tiles.csv; repeatable.  "
    "[default: no accuracy]",
)
@split_option
@click.option(
    "--limit",
    metavar="N",
    hidden=True,
    type=WholeNumber(1),
    help="Score at most this many pictures, the same share of every source and label. Useful on "
    "slow machines.  [default: all]",
)
@click.option(
    "--threads",
    type=ThreadCounts(),
    help="Measure each of these numbers of threads for one tile or piece.  "
    "[default: 1, 2, 4 ... up to the number of cores]",
)
@click.option(
    "--view",
    "views",
    multiple=True,
    type=click.Choice(("tile", "dense")),
    help="Measure only single tiles, or only pieces of the dense view.  [default: both]",
)
@click.option(
    "--backend",
    "backends",
    multiple=True,
    metavar="NAME",
    help="Measure only this backend, such as LiteRT; repeatable. `all` includes tf.lite, which is "
    "LiteRT inside TensorFlow.  [default: all that are installed except tf.lite]",
)
@click.option(
    "--parent",
    metavar="FILE",
    help="Float model whose verdicts the files are compared with.  [default: the MODEL that a file "
    "was converted from]",
)
@click.option(
    "--max-seconds",
    metavar="SECONDS",
    default=120.0,
    show_default=True,
    type=Number(1, 86_400),
    help="Time for measuring latencies. It ends sooner if every p90 is known to 3 %.",
)
@click.option(
    "--skip",
    hidden=True,
    multiple=True,
    type=click.Choice(PARTS),
    help="Leave out this part; repeatable.",
)
@click.option(
    "--seed",
    hidden=True,
    default=0,
    show_default=True,
    type=WholeNumber(0, 2**31),
    help="Seed of the order of measurements and of the resamples.",
)
@click.option(
    "--max-p90-ms",
    metavar="MS",
    type=Number(0, min_open=True),
    help="Limit: highest p90 of the latency of a tile for each file on its first backend with "
    "the fastest number of threads.",
)
@click.option(
    "--min-recall",
    metavar="SHARE",
    type=Number(0, 1),
    help="Limit: lowest recall, 0 to 1.",
)
@click.option("--min-auc", metavar="AUC", type=Number(0, 1), help="Limit: lowest AUC, 0 to 1.")
@click.option(
    "--max-rss-mb",
    metavar="MB",
    type=Number(0, min_open=True),
    help="Limit: highest peak memory (RSS) of a process that scores.",
)
@click.option(
    "--from",
    "measured",
    metavar="RESULTS.json",
    type=click.Path(path_type=Path),
    help="Measure nothing, but write tables, plots and page from these results, such as those of a "
    "Raspberry Pi.",
)
@out_option("Folder for the results.", metavar="FOLDER")
@force_option
@json_option
def benchmark_command(
    models: tuple[str, ...],
    measured: Path | None,
    parent: str | None,
    max_p90_ms: float | None,
    min_recall: float | None,
    min_auc: float | None,
    max_rss_mb: float | None,
    out: Path,
    force: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Compare how fast model files are on this machine, and how accurate on --data.

    All files take turns in one run, each on every installed backend that opens it. If other work or
    heat disturbs the run, the results say so. MODEL is a .tflite or .onnx file, the name of a
    shipped model or, where TensorFlow is installed, a .keras file. The exit code is 1 if a limit is
    missed.

    Example:
        crack-edge benchmark small default --data labelled --out speed
    """
    from benchmarks.output.limits import BenchmarkLimits, list_misses
    from benchmarks.output.results_file import read_results
    from benchmarks.output.write import RESULTS, refuse_to_overwrite_outputs
    from edge.files.atomic_write import require_writable
    from edge.files.errors import GateError

    if bool(models) == bool(measured):
        raise click.UsageError("give either MODEL files to measure or --from RESULTS.json")
    refuse_to_overwrite_outputs(out, force=force)
    require_writable(out / RESULTS)
    results = read_results(measured) if measured else _measure(models, parent, options)
    _put_results(results, out, models, force=force, as_json=as_json)
    if results["latency"]["stopped"] == "interrupted" and not measured:
        raise click.exceptions.Exit(STOPPED)
    limits = BenchmarkLimits(max_p90_ms, min_recall, min_auc, max_rss_mb)
    if misses := list_misses(results, limits):
        raise GateError("; ".join(misses))


def _measure(models: tuple[str, ...], parent: str | None, options: dict[str, Any]) -> Results:
    """Run the benchmark; the first Ctrl-C ends the latencies early, and the rest is left out."""
    from benchmarks.run.benchmark import BenchmarkSettings, benchmark

    settings = BenchmarkSettings(
        data=tuple(options["data"]),
        split=options["split"],
        limit=options["limit"],
        threads=options["threads"],
        views=tuple(dict.fromkeys(options["views"])) or ("tile", "dense"),
        backends=tuple(dict.fromkeys(options["backends"])),
        max_seconds=options["max_seconds"],
        skip=frozenset(options["skip"]),
        seed=options["seed"],
    )
    console = Console()
    with stop_on_signals(console) as stop:
        return benchmark(models, settings, parent=parent, progress=console, stop=stop)


def _put_results(
    results: Results, out: Path, models: tuple[str, ...], *, force: bool, as_json: bool
) -> None:
    """Write what comes of a benchmark, and print it."""
    from benchmarks.output.terminal import describe_results
    from benchmarks.output.write import MARKDOWN, PAGE, explain_missing, write_outputs

    written = write_outputs(results, out, force=force)
    if as_json:
        print_json(results)
    else:
        for line in describe_results(results):
            echo(line)
    if missing := explain_missing():
        echo(f"note: {missing}", err=True)
    if not as_json:
        echo(f"report: {out / (PAGE if out / PAGE in written else MARKDOWN)}")
        _print_next(results, models)


def _print_next(results: Results, models: tuple[str, ...]) -> None:
    """Name the scan with the model that the results speak for."""
    from benchmarks.output.figures import summarise
    from benchmarks.output.summary import conclude
    from edge.model.training_folder import is_trained

    conclusion = conclude(summarise(results))
    # In the order in which they were given; results of another machine name no paths.
    given = dict(zip((file["name"] for file in results["files"]), models, strict=False))
    best = given.get(conclusion.file) if conclusion else next(iter(models), None)
    if best and is_trained(Path(best)):
        print_next("convert", best, "--out", "models")
    else:
        print_next("scan", "YOUR-PHOTOS", "--model", best or "MODEL")
