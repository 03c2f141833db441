"""``crack-edge benchmark report``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.benchmark_options import out_option, put_results
from crack_edge.options import force_option


@click.command("report")
@click.argument("results", metavar="RESULTS.json", type=click.Path(path_type=Path))
@out_option
@force_option
def report_command(results: Path, out: Path, force: bool) -> None:
    """Write tables, plots and page again from RESULTS.json, such as one of a small device."""
    from benchmarks.output.results_file import read_results

    put_results(read_results(results), out, force=force, as_json=False)
