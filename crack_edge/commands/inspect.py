"""``crack-edge inspect``."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.shared.command import Command
from crack_edge.shared.console import print_figures, print_json
from crack_edge.shared.options import json_option

if TYPE_CHECKING:
    from edge.model.card import Card
    from edge.model.graph_summary import TensorInfo
    from edge.model.model_summary import ModelSummary


# So few float tensors are named one by one: they are what keeps a file from an integer-only chip.
_NAMED_FLOATS = 8


@click.command("inspect", cls=Command)
@click.argument("model")
@json_option
def inspect_command(model: str, as_json: bool) -> None:
    """Show the card of MODEL and what the file holds: inputs, outputs, operators, float tensors.

    Of a Keras model the card beside it is shown; the model itself is not opened.
    """
    card, summary = _read(model)
    if as_json:
        print_json(
            json.loads(card.to_json()) | ({"contents": summary.to_dict()} if summary else {})
        )
        return
    width = max(len(field.name) for field in dataclasses.fields(card))
    for field in dataclasses.fields(card):
        if field.name != "metrics":
            click.echo(f"{field.name:<{width}}  {_describe(getattr(card, field.name))}")
    figures = _figures(card)
    if figures:
        click.echo()
        print_figures(figures)
    if summary:
        click.echo()
        for name, text in _describe_summary(summary):
            click.echo(f"{name:<{width}}  {text}")


def _describe(value: Any) -> str:
    if isinstance(value, str):
        return value
    if dataclasses.is_dataclass(value):
        value = vars(value)
    return json.dumps(value, ensure_ascii=False)


def _figures(card: Card) -> dict[str, Any]:
    """Return the rows of figures; those of a converted file are beside its parent's."""
    if not card.metrics:
        return {}
    sources = card.metrics.get("per_source", {})
    rows = {f"{card.metrics.get('split', '')} split": card.metrics, **sources}
    return {name: row.get("model", row) for name, row in rows.items()}


def _describe_summary(summary: ModelSummary) -> list[tuple[str, str]]:
    """Return the lines below the card: a name and the text of each."""
    graph = summary.graph
    size = f"{summary.size_bytes / 1e6:.2f} MB"
    return [
        ("file", f"{summary.path.name}: {summary.format}, {size}"),
        *(("input", _describe_tensor(tensor)) for tensor in graph.inputs),
        *(("output", _describe_tensor(tensor)) for tensor in graph.outputs),
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
