"""Options that the commands of ``crack-edge benchmark`` share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.console import Console, print_json, stop_on_signals
from crack_edge.options import force_option, json_option

if TYPE_CHECKING:
    from benchmarks.run.benchmark import BenchmarkSettings

# What can be left out.
PARTS = ("throughput", "cold-start", "stages", "energy")


class NumberList(click.ParamType):  # type: ignore[type-arg]
    """Numbers with commas between them, each above 0.

    Args:
        kind: int or float.
    """

    name = "N,N,..."

    def __init__(self, kind: type[int] | type[float]) -> None:
        self._kind = kind

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, ...]:
        """Turn ``1,2,4`` into (1, 2, 4)."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = [self._kind(text) for text in str(value).split(",")]
        except ValueError:
            numbers = []
        if not numbers or not all(0 < number < 1e6 for number in numbers):
            self.fail(f"{value!r}: expected numbers above 0 such as 1,2,4", param, ctx)
        return tuple(dict.fromkeys(numbers))


class _Percent(click.ParamType):  # type: ignore[type-arg]
    name = "P%"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Turn ``5%`` into 0.05."""
        if isinstance(value, float):
            return value
        try:
            share = float(str(value).removesuffix("%")) / 100
        except ValueError:
            share = -1.0
        if not (str(value).endswith("%") and 0 <= share <= 10):
            self.fail(f"{value!r}: expected a percentage such as 5%", param, ctx)
        return share


out_option = click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder for the results."
)
_MEASURING = (
    click.option(
        "--data",
        multiple=True,
        metavar="DATA",
        type=click.Path(path_type=Path),
        help="Labelled pictures for accuracy, as for evaluate: folders with class folders or "
        "manifests, or one folder of whole photos with tiles.csv.  [default: no accuracy]",
    ),
    click.option(
        "--split",
        type=click.Choice(("train", "val", "test")),
        help="Only this split of a manifest.  [default: all pictures]",
    ),
    click.option(
        "--limit",
        type=click.IntRange(1),
        help="Score so many pictures at most, of every source and label; for slow machines.  "
        "[default: all]",
    ),
    click.option(
        "--threads",
        type=NumberList(int),
        help="Threads that a backend may use for one tile or piece.  [default: 1, 2, 4 ... up to "
        "the cores]",
    ),
    click.option(
        "--view",
        "views",
        multiple=True,
        type=click.Choice(("tile", "dense")),
        help="A tile, or a piece of the dense view.  [default: both]",
    ),
    click.option(
        "--backend",
        "backends",
        multiple=True,
        metavar="NAME",
        help="Only this backend, such as LiteRT; repeatable; all takes tf.lite too.  [default: all "
        "at hand but tf.lite, which is LiteRT inside TensorFlow]",
    ),
    click.option(
        "--max-seconds",
        default=120.0,
        show_default=True,
        type=click.FloatRange(1, 86_400),
        help="Time for latencies, s; fewer if the figures are known well enough before.",
    ),
    click.option(
        "--skip",
        multiple=True,
        type=click.Choice(PARTS),
        help="Leave out a part; repeatable.",
    ),
    click.option(
        "--seed",
        default=0,
        show_default=True,
        type=click.IntRange(0, 2**31),
        help="Of the order of measurements and of resamples.",
    ),
    out_option,
    force_option,
    json_option,
)


def measuring_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a command that measures."""
    for option in reversed(_MEASURING):
        command = option(command)
    return command


_TOLERANCES = (
    click.option(
        "--tolerance",
        default="5%",
        show_default=True,
        type=_Percent(),
        help="By how much latency, memory and size may be worse.",
    ),
    click.option(
        "--accuracy-tolerance",
        default=0.01,
        show_default=True,
        type=click.FloatRange(0, 1),
        help="By how much recall, F1 and AUC may be lower.",
    ),
)


def tolerance_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add by how much a file may be worse than in earlier results."""
    for option in reversed(_TOLERANCES):
        command = option(command)
    return command


def settings_of(options: dict[str, Any]) -> BenchmarkSettings:
    """Take the settings out of the options of ``measuring_options``."""
    from benchmarks.run.benchmark import BenchmarkSettings

    return BenchmarkSettings(
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


def measure(
    models: Sequence[str | Path], settings: BenchmarkSettings, **others: Any
) -> dict[str, Any]:
    """Run the benchmark; the first Ctrl-C ends the latencies early, and the rest is left out."""
    from benchmarks.run.benchmark import benchmark

    console = Console()
    with stop_on_signals(console) as stop:
        return benchmark(models, settings, progress=console, stop=stop, **others)


def put_results(results: dict[str, Any], out: Path, *, force: bool, as_json: bool) -> None:
    """Write what comes of a benchmark, and print it."""
    from benchmarks.output.terminal import describe_results
    from benchmarks.output.write import write_outputs

    write_outputs(results, out, force=force)
    if as_json:
        print_json(results)
        return
    for line in describe_results(results):
        click.echo(line)
    click.echo(f"report: {out / 'report.html'}")
