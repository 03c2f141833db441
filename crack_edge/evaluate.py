"""``crack-edge evaluate``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.console import Console, load_tensorflow, print_figures, print_json
from crack_edge.options import (
    force_option,
    json_option,
    mode_option,
    split_option,
    threshold_option,
)

if TYPE_CHECKING:
    from edge.scan import Mode


@click.command("evaluate")
@click.argument("model")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@split_option
@mode_option
@threshold_option
@click.option("--out", type=click.Path(path_type=Path), help="Write the report to this JSON file.")
@force_option
@json_option
def evaluate_command(
    model: str,
    data: tuple[Path, ...],
    split: str | None,
    mode: Mode,
    threshold: float | None,
    out: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Hold MODEL against labelled pictures, over all and for each source.

    DATA are folders with class folders or manifests; or one folder of whole photos whose
    tiles.csv (photo,x,y,width,height,label) labels squares of them. MODEL may be a .keras file.
    """
    from edge.files import refuse_to_overwrite, write_json

    if out:
        refuse_to_overwrite(out, force=force)
    report = _evaluate(model, data, split, mode, threshold)
    if out:
        write_json(out, report)
    if as_json:
        print_json(report)
        return
    print_figures({"all": report, **report["per_source"]})
    confusion = ", ".join(f"{key} {count}" for key, count in report["confusion"].items())
    click.echo(f"threshold {report['threshold']:.4f}: {confusion}")


def _evaluate(
    model: str, data: tuple[Path, ...], split: str | None, mode: Mode, threshold: float | None
) -> dict[str, Any]:
    from edge.dataset import choose_split, read_dataset
    from edge.evaluate import report_on, score_samples
    from edge.squares import evaluate_squares, find_squares

    console = Console()
    squares = find_squares(data, split=split)
    samples = [] if squares else read_dataset(data)
    if split:
        samples = choose_split(samples, split)
    elif any(sample.split == "train" for sample in samples):
        console.say("note: these pictures include training pictures; --split test leaves them out")
    scorer = open_model(model)
    value = threshold or scorer.card.threshold
    if squares:
        report = evaluate_squares(
            scorer,
            squares,
            mode=mode,
            threshold=value,
            progress=console,
        )
    else:
        scored = score_samples(scorer, samples, scorer.card.input_px, console)
        report = report_on(scored, value) | {"split": split}
    card = scorer.card
    return report | {"model": {"name": card.name, "quantization": card.quantization}}


def open_model(model: str) -> Any:
    """Open a model file, a shipped model or, where TensorFlow is installed, a Keras model."""
    from edge.trained import is_parent

    if is_parent(Path(model)):
        load_tensorflow("convert")
        from converters.keras_model import KerasScorer
        from converters.load import load_parent

        return KerasScorer(load_parent(Path(model)))
    from edge.classifier import open_classifier

    return open_classifier(model, workers=os.cpu_count() or 1)
