"""``crack-edge verify``."""

from __future__ import annotations

from pathlib import Path

import click

from crack_edge.console import Console, format_figure, print_figures, print_json
from crack_edge.evaluate import open_model
from crack_edge.options import (
    json_option,
    max_recall_drop_option,
    min_agreement_option,
    split_option,
)


@click.command("verify")
@click.argument("parent")
@click.argument("model")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@split_option
@min_agreement_option
@max_recall_drop_option
@json_option
def verify_command(
    parent: str,
    model: str,
    data: tuple[Path, ...],
    split: str | None,
    min_agreement: float | None,
    max_recall_drop: float | None,
    as_json: bool,
) -> None:
    """Hold MODEL against the PARENT it was converted from, on labelled pictures.

    Each decides by the threshold of its card. The exit code is 1 when a bar is missed.
    """
    from converters.verify import Gates, compare
    from edge.dataset import choose_split, read_dataset
    from edge.errors import GateError

    samples = read_dataset(data)
    if split:
        samples = choose_split(samples, split)
    comparison = compare(open_model(parent), {"model": open_model(model)}, samples, Console())[
        "model"
    ]
    missed = Gates(min_agreement, max_recall_drop).missed(comparison)
    if as_json:
        print_json(comparison | {"passed": not missed, "missed": missed})
    else:
        print_figures({"parent": comparison["parent"], "model": comparison["model"]})
        click.echo(
            f"agreement {format_figure(comparison['agreement'])}: {comparison['flips']} of "
            f"{comparison['n']} verdicts flipped; largest difference of a score "
            f"{comparison['max_difference']:.4f}, mean {comparison['mean_difference']:.4f}"
        )
        for flip in comparison["flipped"]:
            click.echo(
                f"  {flip['path']} ({flip['label']}): "
                f"{flip['parent_score']:.3f} -> {flip['model_score']:.3f}"
            )
    if missed:
        raise GateError("; ".join(missed))
