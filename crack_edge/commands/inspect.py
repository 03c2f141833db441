"""``crack-edge inspect``."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.shared.command import Command
from crack_edge.shared.completion import complete_model
from crack_edge.shared.console import echo, print_figures, print_json
from crack_edge.shared.options import json_option
from edge.files.formatting import count_of, format_value

if TYPE_CHECKING:
    from edge.model.card import Card
    from edge.model.graph_summary import TensorInfo
    from edge.model.model_summary import ModelSummary


# So few float tensors are named one by one: they are what keeps a file from an integer-only chip.
_NAMED_FLOATS = 8
# Lines of the table are wrapped here; names of its rows have so much room.
_LINE_CHARS = 100
_NAME_CHARS = 16


@click.command("inspect", cls=Command)
@click.argument("model", metavar="MODEL", shell_complete=complete_model)
@json_option
def inspect_command(model: str, as_json: bool) -> None:
    """Show what a model file finds, how good it is and how it was made.

    MODEL is a model file or the name of a shipped model. The first lines tell what the model does;
    below them are its figures on the test split, for each source of pictures, and facts for
    engineers. Of a Keras model only the card beside it is shown; the model itself is not opened.
    See docs/model-file.md.

    Example:
        crack-edge inspect default
    """
    card, summary = _read(model)
    if as_json:
        print_json(
            json.loads(card.to_json()) | ({"contents": summary.to_dict()} if summary else {})
        )
        return
    _print_rows(_list_uses(card, summary))
    if figures := _figures(card):
        echo()
        print_figures(figures)
    echo()
    _print_rows([*_list_origins(card), *(_list_contents(summary) if summary else [])])


def _print_rows(rows: Iterable[tuple[str, str]]) -> None:
    """Print a line for each row, those too long for a terminal on several."""
    for name, text in rows:
        lead = f"{name:<{_NAME_CHARS}}"
        lines = textwrap.wrap(
            text,
            _LINE_CHARS,
            initial_indent=lead,
            subsequent_indent=" " * _NAME_CHARS,
            break_long_words=False,
            break_on_hyphens=False,
        )
        echo("\n".join(lines or [lead.rstrip()]))


def _list_uses(card: Card, summary: ModelSummary | None) -> Iterator[tuple[str, str]]:
    """Return what a user must know of a model."""
    from edge.detect.triage import choose_thresholds

    yield "model", card.name
    if summary:
        yield (
            "file",
            f"{summary.path.name}: {summary.format}, {summary.size_bytes / 1e6:.2f} MB, "
            + ("all tensors integer" if summary.is_all_integer else "with float tensors"),
        )
    yield "finds", f"cracks; its classes are {' and '.join(card.labels)}"
    yield "accuracy", _describe_accuracy(card)
    yield "input", f"{card.input_px} x {card.input_px} px, {card.input_dtype} {card.colour_order}"
    each = f"for every {card.stride_px:.3g} px of it" if card.has_dense_view else "for all of it"
    yield "window", f"{card.window_px} px of a photo, with a score {each}"
    sure = choose_thresholds(card.threshold, None).crack
    yield (
        "thresholds",
        f"a score from {card.threshold:.3f} is a crack; on whole photos it is for review, and sure "
        f"from {sure:.3g}",
    )
    yield "quantization", card.quantization
    yield "trained on", _describe_data(card)
    for complaint in card.missed_gates:
        yield "missed gate", complaint
    for note in card.notes:
        yield "note", note
    yield "self-test", _describe_self_test(card)


def _describe_accuracy(card: Card) -> str:
    """Return the figures on the test split in words; a card from outside may hold anything."""
    figures = card.metrics.get("model", card.metrics)
    values = [figures.get(name) for name in ("recall", "precision", "auc", "n")]
    recall, precision, auc, n = (one if isinstance(one, int | float) else None for one in values)
    if recall is None or precision is None:
        return "unknown: the card has no figures"
    split = card.metrics.get("split")
    facts = [
        f"{split} split" if split in ("train", "val", "test") else "pictures of all splits",
        *([] if n is None else [count_of(int(n), "picture")]),
        *([] if auc is None else [f"AUC {auc:.3f}"]),
    ]
    return (
        f"finds {recall:.1%} of the cracks; {precision:.1%} of what it flags is a crack "
        f"({', '.join(facts)})"
    )


def _describe_data(card: Card) -> str:
    pictures, sources = card.data.get("pictures"), card.data.get("sources")
    count = pictures.get("train") if isinstance(pictures, dict) else None
    if not isinstance(count, int):
        return "unknown: the card does not say"
    names = ", ".join(map(str, sources)) if isinstance(sources, list | tuple) else ""
    return count_of(count, "picture") + (f", sources: {names}" if names else "")


def _describe_self_test(card: Card) -> str:
    if card.self_test is None:
        return "none in this file"
    tiles = count_of(len(card.self_test.logits), "drawn tile")
    return (
        f"{tiles} whose scores are checked whenever the file is opened (made with "
        f"{card.self_test.backend})"
    )


def _list_origins(card: Card) -> Iterator[tuple[str, str]]:
    """Return how a model was made."""
    yield "threshold", f"{card.threshold:.6g}: {card.threshold_rule}"
    if split := card.data.get("split"):
        yield "splits", str(split)
    for name, facts in (("training", card.recipe), ("made with", card.versions)):
        if facts:
            yield name, format_value(facts)
    for name, checksum in (
        ("data SHA-256", card.data.get("fingerprint")),
        ("parent SHA-256", card.parent_sha256),
        ("model SHA-256", card.model_sha256),
    ):
        if checksum:
            yield name, str(checksum)


def _figures(card: Card) -> dict[str, Any]:
    """Return the rows of figures; those of a converted file are beside its parent's."""
    if not card.metrics:
        return {}
    sources = card.metrics.get("per_source", {})
    rows = {f"{card.metrics.get('split', '')} split": card.metrics, **sources}
    return {name: row.get("model", row) for name, row in rows.items()}


def _list_contents(summary: ModelSummary) -> list[tuple[str, str]]:
    """Return what the file holds."""
    graph = summary.graph
    return [
        *(("input tensor", _describe_tensor(tensor)) for tensor in graph.inputs),
        *(("output tensor", _describe_tensor(tensor)) for tensor in graph.outputs),
        ("all integer", _describe_floats(graph.float_tensors, graph.tensors)),
        ("operators", _describe_counts(graph.operators)),
    ]


def _describe_floats(floats: tuple[str, ...], tensors: int) -> str:
    if not floats:
        return "yes"
    named = f": {', '.join(floats)}" if len(floats) <= _NAMED_FLOATS else ""
    return f"no, {len(floats)} of {tensors} tensors are float{named}"


def _describe_counts(counts: Mapping[str, int]) -> str:
    each = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{sum(counts.values())}: {each}" if len(counts) > 1 else each or "none"


def _describe_tensor(tensor: TensorInfo) -> str:
    return f"{tensor.dtype} ({', '.join(map(str, tensor.shape))})  {tensor.name}"


def _read(model: str) -> tuple[Card, ModelSummary | None]:
    from edge.model.model_summary import summarize_model
    from edge.model.tflite_file import find_model
    from edge.model.training_folder import is_trained, read_trained_card

    if is_trained(Path(model)):
        return read_trained_card(Path(model)), None
    summary = summarize_model(find_model(model))
    return summary.card, summary
