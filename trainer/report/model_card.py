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


def _describe_model(card: Card) -> Iterable[str]:
    yield (
        "A classifier that says of a piece of a photo of concrete how likely it shows a crack. "
        f"One piece is {card.window_px} x {card.window_px} px of the photo, given to the network "
        f"as {card.input_px} x {card.input_px} px, uint8, {card.colour_order}; quantization: "
        f"{card.quantization}. Over a whole photo the scores of many pieces make a heat map."
    )
    yield "## Intended use"
    yield (
        "To look through many photos of concrete surfaces for places that may be cracked, so that "
        "an inspector looks there first; on the device that takes the photos or on a workstation."
    )
    yield (
        "It is not for verdicts on the safety of a structure, for measuring the width, depth or "
        "age of a crack, for telling harmful cracks from harmless ones, for other damage such as "
        "spalling or corrosion, or for other materials than those of its data. It is no substitute "
        "for an inspector: that it marks nothing does not show that nothing is there."
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
        yield f"How it was divided: {_text(report['split_rule'])}"


def _describe_training(card: Card) -> Iterable[str]:
    yield "## Training"
    if card.recipe:
        yield _table(
            ("setting", "value"), [(key, format_value(value)) for key, value in card.recipe.items()]
        )
    if card.versions:
        yield f"Made with {_text(format_value(card.versions))}."


def _describe_figures(card: Card, report: Mapping[str, Any]) -> Iterable[str]:
    yield "## Figures"
    yield (
        f"On the {_text(report.get('split') or 'test')} split, whose pictures took no part in the "
        "training or in the choice of the threshold. A picture counts as cracked if its score is "
        f"{report['threshold']:.4f} or more (how this was chosen: {_text(card.threshold_rule)})."
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
            f"Calibration: on the test split a score lies {format_figure(fit['ece'])} from the "
            "share of cracks among pictures with such scores, on average (expected calibration "
            f"error, {BINS} bins of equally many pictures); Brier score "
            f"{format_figure(fit['brier'])}." + _describe_temperature(fit)
        )


def _describe_temperature(fit: Mapping[str, Any]) -> str:
    before, after = fit.get("val_ece_before"), fit.get("val_ece_after")
    if before is None or after is None:
        return ""
    return (
        f" The logits are divided by a temperature of {fit['temperature']:.3f}, fitted on the val "
        f"split, where it takes the error from {format_figure(before)} to {format_figure(after)}."
    )


def _describe_limits(card: Card, report: Mapping[str, Any]) -> Iterable[str]:
    finest = max(1.0, card.window_px / card.input_px)
    counts = report["confusion"]
    sound = counts["fp"] + counts["tn"]
    alarms = (
        f" Of 100 pieces without a crack {100 * counts['fp'] / sound:.1f} were called cracked on "
        "the test split, and a photo has many pieces."
        if sound
        else ""
    )
    sources = [_text(source) for source in report["per_source"]]
    yield "## Limits"
    yield "\n".join(
        f"- {line}"
        for line in (
            f"A crack thinner than about {finest:.1f} px of the photo cannot be seen. How wide "
            "that is on the structure depends on the distance and the lens.",
            "The labels were given by people and are wrong now and then; the model has learnt "
            "from such labels, and the figures are counted against them.",
            "The figures are of single pieces, not of whole photos or of whole cracks." + alarms,
            "The precision holds where cracks are as common as in the test split; where they are "
            "rarer, more of the alarms are false.",
            f"It knows the surfaces of its data ({', '.join(sources)}). On other structures, "
            "cameras, distances or light expect worse figures, and measure them on labelled "
            "photos of your own before relying on it.",
            "Joints, edges, stains, formwork marks and plants can look like cracks to it.",
        )
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(value: object) -> str:
    """Return a text from outside so that it stays one line of plain words."""
    return _SIGNS.sub(r"\\\1", " ".join(str(value).split()))
