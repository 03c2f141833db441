"""Evaluate a model on labelled pictures, or on labelled squares of whole photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.detect.settings import ScanSettings, Scorers
from edge.evaluation.dataset import choose_split, read_dataset
from edge.evaluation.labelled_boxes import evaluate_labelled_boxes, find_labelled_boxes
from edge.evaluation.scored_samples import report_on, score_samples
from edge.files.errors import InputError
from edge.files.progress import Progress


def evaluate(
    scorers: Scorers,
    data: Sequence[Path],
    *,
    settings: ScanSettings,
    progress: Progress,
    split: str | None = None,
) -> dict[str, Any]:
    """Score labelled pictures and compare the verdicts with their labels.

    Args:
        scorers: the model; a second one for a cascade on whole photos.
        data: class folders and manifests, or one folder of whole photos with labelled squares.
        settings: the threshold; of whole photos also how they are scored.
        progress: where progress is reported.
        split: only this one of a manifest.

    Returns:
        The figures over all, and under ``per_source`` those of each source.

    Raises:
        DataError: no readable pictures.
        InputError: settings of whole photos for single pictures.
    """
    card = scorers.main.card
    squares = find_labelled_boxes(data, split=split)
    if squares:
        report = evaluate_labelled_boxes(scorers, squares, settings=settings, progress=progress)
    else:
        if scorers.screening is not None or settings.scales != (1.0,):
            raise InputError("--cascade and --scale need a folder of whole photos with a tiles.csv")
        samples = read_dataset(data)
        if split:
            samples = choose_split(samples, split)
        elif any(sample.split == "train" for sample in samples):
            progress.say(
                "note: some of these pictures are training pictures, so the figures are too good; "
                "--split test leaves them out"
            )
        scored = score_samples(scorers.main, samples, card.input_px, progress)
        report = report_on(scored, settings.threshold) | {"split": split}
    return report | {"model": {"name": card.name, "quantization": card.quantization}}
