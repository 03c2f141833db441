"""``crack-edge evaluate``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.console import Console, format_figure, load_tensorflow, print_figures, print_json
from crack_edge.options import (
    cascade_options,
    check_cascade,
    check_crack_threshold,
    crack_threshold_option,
    force_option,
    json_option,
    mode_option,
    scale_option,
    split_option,
    threshold_option,
)

if TYPE_CHECKING:
    from edge.detect.settings import Mode


@click.command("evaluate")
@click.argument("model")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@split_option
@mode_option
@scale_option
@threshold_option
@crack_threshold_option
@cascade_options
@click.option("--out", type=click.Path(path_type=Path), help="Write the report to this JSON file.")
@force_option
@json_option
def evaluate_command(
    model: str,
    data: tuple[Path, ...],
    split: str | None,
    mode: Mode,
    scale: tuple[float, ...],
    threshold: float | None,
    crack_threshold: float | None,
    cascade: str | None,
    unsure_from: float | None,
    out: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Hold MODEL against labelled pictures, over all and for each source.

    DATA are folders with class folders or manifests; or one folder of whole photos whose
    tiles.csv (photo,x,y,width,height,label) labels squares of them. MODEL may be a .keras file.
    """
    from edge.detect.cascade import describe_in_words
    from edge.files.atomic_write import refuse_to_overwrite, write_json

    check_cascade(mode, cascade, unsure_from)
    if out:
        refuse_to_overwrite(out, force=force)
    report = _evaluate(
        model,
        data,
        split=split,
        mode=mode,
        scales=scale,
        threshold=threshold,
        crack_threshold=crack_threshold,
        cascade=cascade,
        unsure_from=unsure_from,
    )
    if out:
        write_json(out, report)
    if as_json:
        print_json(report)
        return
    print_figures({"all": report, **report["per_source"]})
    confusion = ", ".join(f"{key} {count}" for key, count in report["confusion"].items())
    if "regions" in report:
        _print_regions(report["regions"])
    if "cascade" in report:
        click.echo(f"cascade: {describe_in_words(report['cascade'])}")
    click.echo(f"threshold {report['threshold']:.4f}: {confusion}")


def _print_regions(regions: dict[str, Any]) -> None:
    click.echo(
        f"regions: all find {format_figure(regions['recall'])} of the {regions['cracks']} squares "
        f"with a crack, {regions['false_per_photo']:.1f} a photo touch none; sure ones (score from "
        f"{regions['crack_threshold']:.2f}) find {format_figure(regions['recall_sure'])}, "
        f"{regions['false_sure_per_photo']:.1f} a photo touch none"
    )
    for photo, row in regions["per_photo"].items():
        click.echo(
            f"  {photo}: {row['found']} of {row['cracks']} found, {row['false']} of "
            f"{row['regions']} regions false; sure: {row['found_sure']} found, "
            f"{row['false_sure']} of {row['sure']} false"
        )


def _evaluate(
    model: str,
    data: tuple[Path, ...],
    *,
    split: str | None,
    mode: Mode,
    scales: tuple[float, ...],
    threshold: float | None,
    crack_threshold: float | None,
    cascade: str | None,
    unsure_from: float | None,
) -> dict[str, Any]:
    from edge.detect.cascade import choose_unsure_from
    from edge.detect.settings import ScanSettings, Scorers
    from edge.evaluation.dataset import choose_split, read_dataset
    from edge.evaluation.evaluate import report_on, score_samples
    from edge.evaluation.labelled_boxes import evaluate_labelled_boxes, find_labelled_boxes

    console = Console()
    squares = find_labelled_boxes(data, split=split)
    if not squares and (cascade or scales != (1.0,)):
        raise click.UsageError("--cascade and --scale are for whole photos with a tiles.csv")
    samples = [] if squares else read_dataset(data)
    if split:
        samples = choose_split(samples, split)
    elif any(sample.split == "train" for sample in samples):
        console.say("note: these pictures include training pictures; --split test leaves them out")
    scorer = open_model(model)
    value = threshold or scorer.card.threshold
    if squares:
        settings = ScanSettings(
            threshold=value,
            crack_threshold=check_crack_threshold(value, crack_threshold),
            mode=mode,
            scales=scales,
            unsure_from=choose_unsure_from(value, unsure_from) if cascade else None,
        )
        eyes = Scorers(scorer, open_model(cascade) if cascade else None)
        report = evaluate_labelled_boxes(eyes, squares, settings=settings, progress=console)
    else:
        scored = score_samples(scorer, samples, scorer.card.input_px, console)
        report = report_on(scored, value) | {"split": split}
    card = scorer.card
    return report | {"model": {"name": card.name, "quantization": card.quantization}}


def open_model(model: str) -> Any:
    """Open a model file, a shipped model or, where TensorFlow is installed, a Keras model."""
    from edge.model.training_folder import is_parent

    if is_parent(Path(model)):
        load_tensorflow("convert")
        from converters.keras_model import KerasScorer
        from converters.load import load_parent

        return KerasScorer(load_parent(Path(model)))
    from edge.model.classifier import open_classifier

    return open_classifier(model, workers=os.cpu_count() or 1)
