"""``python -m benchmarks``: measure the shipped model here, print ratios, keep the results."""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks.readme import README, RESULTS, fill_tables
from benchmarks.scan_speed import measure_scan_speed
from edge.files import replace_atomically, write_json


@click.command()
@click.option("--model", default="default", show_default=True, help="Model file or shipped model.")
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
@click.option("--readme", is_flag=True, help="Only write the README's tables from its results.")
def main(model: str, rounds: int, out: Path, readme: bool) -> None:
    """Measure the scan's speed as ratios within one run."""
    if readme:
        replace_atomically(README, fill_tables(README.read_text(), RESULTS).encode())
        return
    results = measure_scan_speed(model, rounds=rounds)
    write_json(out / "scan-speed.json", results)
    for name, ratio in results["ratios"].items():
        click.echo(
            f"{name}: {ratio['median']:.2f} (middle 80 %: {ratio['p10']:.2f}-{ratio['p90']:.2f})"
        )
    click.echo(f"results: {out / 'scan-speed.json'}")


if __name__ == "__main__":
    main()
