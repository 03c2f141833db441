"""``crack-edge benchmark compare``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.benchmark_options import tolerance_options
from crack_edge.console import print_json
from crack_edge.options import json_option


@click.command("compare")
@click.argument("base", metavar="A.json", type=click.Path(path_type=Path))
@click.argument("new", metavar="B.json", type=click.Path(path_type=Path))
@click.option(
    "--gate",
    is_flag=True,
    help="Exit code 1 if B is worse by more than the tolerances and by more than noise.",
)
@tolerance_options
@json_option
def compare_command(
    base: Path,
    new: Path,
    gate: bool,
    tolerance: float,
    accuracy_tolerance: float,
    as_json: bool,
) -> None:
    """Say what is faster or better in B.json than in A.json, and whether it is more than noise.

    Both are results.json of a benchmark. Files are matched by their names; one file in each is
    matched whatever its name. Latencies are compared by the yardstick of each run, scores on the
    same pictures.
    """
    from benchmarks.output.compare import compare_results, describe_comparison
    from benchmarks.output.gates import check_against
    from benchmarks.output.results_file import read_results
    from edge.files.errors import GateError

    comparison = compare_results(read_results(base), read_results(new))
    if as_json:
        print_json(comparison.to_dict())
    else:
        for line in describe_comparison(comparison):
            click.echo(line)
    if gate:
        misses = check_against(
            comparison, tolerance=tolerance, accuracy_tolerance=accuracy_tolerance
        )
        if misses:
            raise GateError("; ".join(misses))
