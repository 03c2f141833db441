"""The model card as people read it (Mitchell et al. 2019), in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edge.evaluation.calibration_error import BINS
from edge.files.atomic_write import replace_atomically
from edge.files.formatting import format_figure, format_value
from edge.model.card import Card

_FIGURES = ("accuracy", "precision", "recall", "f1", "auc")
# What Markdown or HTML would take for a sign of its own.
_SIGNS = re.compile(r"([\\`*_\[\]<>|#&~])")


def write_model_card(path: Path, card: Card, report: Mapping[str, Any]) -> None:
    """Write the model card into a file.

    Raises:
        OutputError: the file cannot be written.
    """
    replace_atomically(path, render_model_card(card, report).encode(errors="replace"))


def render_model_card(card: Card, report: Mapping[str, Any]) -> str:
    """Say what a model is for, what it was made from, how good it is and where it ends.

    Args:
        card: of the model.
        report: what ``report.json`` holds; all that is there beside
            ``edge.evaluation.metrics.Metrics`` and ``per_source`` may be missing.

    Returns:
        Markdown.
    """
    parts = [
        f"# {_text(card.name)}",
        *_describe_model(card),
        *_describe_data(card, report),
        *_describe_training(card),
        *_describe_figures(card, report),
        *_describe_limits(card, report),
    ]
    return "\n\n".join(parts) + "\n"


def settings_in_use(card: Card) -> dict[str, Any]:
    """Return the settings of a training without those that it left open."""
    return {key: value for key, value in card.recipe.items() if value is not None}


def _describe_model(card: Card) -> Iterable[str]:
    yield (
        "This classifier estimates how likely it is that a piece of a photo of concrete shows a "
        f"crack. A piece is {card.window_px} x {card.window_px} px of the photo; the network "
        f"takes it as {card.input_px} x {card.input_px} px (uint8, {card.colour_order}; "
        f"quantization: {card.quantization}). For a whole photo, the scores of many pieces make a "
        "heat map."
    )
    yield "## Intended use"
    yield (
        "Use it to search many photos of concrete surfaces for places that may be cracked, so that "
        "an inspector looks there first. It runs on the device that takes the photos or on a "
        "workstation."
    )
    yield (
        "Do not use it to judge the safety of a structure, to measure the width, depth or age of a "
        "crack, to tell harmful cracks from harmless ones, to find other damage such as spalling "
        "or corrosion, or on materials that are not in its data. It is no substitute for an "
        "inspector: a place that it does not mark may still be cracked."
    )


def _describe_data(card: Card, report: Mapping[str, Any]) -> Iterable[str]:
    yield "## Data"
    if card.data:
        yield _table(
            ("fact", "value"),
            # The split has a paragraph of its own.
            [(key, format_value(value)) for key, value in card.data.items() if key != "split"],
        )
    if card.notes:
        yield "Licences and attributions:"
        yield "\n".join(f"- {_text(note)}" for note in card.notes)
    else:
        yield "No licence or attribution of the data was given."
    if report.get("split_rule"):
        yield f"How the data was divided: {_text(report['split_rule'])}"


def _describe_training(card: Card) -> Iterable[str]:
    yield "## Training"
    if card.recipe:
        yield _table(
            ("setting", "value"),
            [(key, format_value(value)) for key, value in settings_in_use(card).items()],
        )
    if card.versions:
        yield f"Made with {_text(format_value(card.versions))}."


def _describe_figures(card: Card, report: Mapping[str, Any]) -> Iterable[str]:
    yield "## Figures"
    yield (
        f"These figures come from the {_text(report.get('split') or 'test')} split, whose pictures "
        "took no part in the training or in the choice of the threshold. A picture counts as "
        f"cracked if its score is {report['threshold']:.4f} or more (the rule for this threshold: "
        f"{_text(card.threshold_rule)})."
    )
    rows = {"all": report, **report["per_source"]}
    yield _table(
        ("source", "n", *_FIGURES),
        [
            (name, str(row["n"]), *(format_figure(row[key]) for key in _FIGURES))
            for name, row in rows.items()
        ],
    )
    fit = report.get("calibration")
    if fit:
        yield (
            "Calibration: on the test split, scores differ from the share of cracks among the "
            f"pictures with such scores by {format_figure(fit['ece'])} on average (expected "
            f"calibration error, {BINS} bins of equally many pictures). The Brier score is "
            f"{format_figure(fit['brier'])}." + _describe_temperature(fit)
        )


def _describe_temperature(fit: Mapping[str, Any]) -> str:
    before, after = fit.get("val_ece_before"), fit.get("val_ece_after")
    if before is None or after is None:
        return ""
    return (
        f" The logits are divided by a temperature of {fit['temperature']:.3f}, fitted on the val "
        f"split; it changes the error there from {format_figure(before)} to "
        f"{format_figure(after)}."
    )


def _describe_limits(card: Card, report: Mapping[str, Any]) -> Iterable[str]:
    finest = max(1.0, card.window_px / card.input_px)
    counts = report["confusion"]
    sound = counts["fp"] + counts["tn"]
    alarms = (
        f" Of 100 pieces without a crack, {100 * counts['fp'] / sound:.1f} were called cracked on "
        "the test split, and a photo has many pieces."
        if sound
        else ""
    )
    sources = [_text(source) for source in report["per_source"]]
    yield "## Limits"
    yield "\n".join(
        f"- {line}"
        for line in (
            f"It cannot see a crack thinner than about {finest:.1f} px of the photo. How wide "
            "that is on the structure depends on the distance and the lens.",
            "The labels were given by people, and some are wrong. The model has learnt from them, "
            "and the figures are measured against them.",
            "The figures are for single pieces, not for whole photos or whole cracks." + alarms,
            "The precision is for data in which cracks are as common as in the test split; where "
            "they are rarer, more of the alarms are false.",
            f"It was trained and tested on these sources: {', '.join(sources)}. On other "
            "structures, cameras, distances or light, expect worse figures, and measure them on "
            "labelled photos of your own before you rely on it.",
            "Joints, edges, stains, formwork marks and plants can look like cracks to it.",
        )
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(value: object) -> str:
    """Return a text from outside so that it stays one line of plain words."""
    return _SIGNS.sub(r"\\\1", " ".join(str(value).split()))
