"""``crack-edge inspect``."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.console import print_figures, print_json
from crack_edge.options import json_option

if TYPE_CHECKING:
    from edge.model.card import Card
    from edge.model.graph import Graph, Tensor
    from edge.model.model_summary import Contents


# So few floats in a file are named one by one: they are what keeps it from an integer-only chip.
_NAMED_FLOATS = 8


@click.command("inspect")
@click.argument("model")
@click.option("--tensors", "with_tensors", is_flag=True, help="List every tensor of the file.")
@json_option
def inspect_command(model: str, with_tensors: bool, as_json: bool) -> None:
    """Show the card of MODEL and what the file holds: tensors, quantization, operators.

    Of a Keras model the card beside it is shown; the model itself is not opened.
    """
    card, contents = _read(model)
    if as_json:
        held = {} if contents is None else {"contents": contents.to_dict()}
        print_json(json.loads(card.to_json()) | held)
        return
    width = max(len(field.name) for field in dataclasses.fields(card))
    for field in dataclasses.fields(card):
        if field.name != "metrics":
            click.echo(f"{field.name:<{width}}  {_describe(getattr(card, field.name))}")
    figures = _figures(card)
    if figures:
        click.echo()
        print_figures(figures)
    if contents is not None:
        click.echo()
        for name, text in _summarize(contents):
            click.echo(f"{name:<{width}}  {text}")
        if with_tensors:
            click.echo()
            _print_tensors(contents)


def _describe(value: Any) -> str:
    if isinstance(value, str):
        return value
    if dataclasses.is_dataclass(value):
        value = vars(value)
    return json.dumps(value, ensure_ascii=False)


def _figures(card: Card) -> dict[str, Any]:
    """Return the rows of figures; those of a converted file stand beside its parent's."""
    if not card.metrics:
        return {}
    sources = card.metrics.get("per_source", {})
    rows = {f"{card.metrics.get('split', '')} split": card.metrics, **sources}
    return {name: row.get("model", row) for name, row in rows.items()}


def _summarize(contents: Contents) -> list[tuple[str, str]]:
    """Return the lines below the card: what it is about, and the facts."""
    graph = contents.graph
    lines = [
        ("file", f"{contents.path.name}: {contents.format}, {contents.size_bytes / 1e6:.2f} MB")
    ]
    lines += [("input", f"{_describe_tensor(one)}  {one.name}") for one in graph.of_role("input")]
    lines += [("output", f"{_describe_tensor(one)}  {one.name}") for one in graph.of_role("output")]
    dtypes = Counter(tensor.dtype for tensor in graph.tensors)
    lines += [
        ("tensors", _describe_counts(dict(dtypes.most_common()))),
        ("all integer", _describe_floats(graph)),
        ("weights", _describe_counts(graph.weights)),
        ("operators", _describe_counts(graph.operators)),
    ]
    return lines


def _describe_floats(graph: Graph) -> str:
    floats = [tensor.name.partition(";")[0] for tensor in graph.not_integer]
    if not floats:
        return "yes"
    named = f": {', '.join(floats)}" if len(floats) <= _NAMED_FLOATS else " (see --tensors)"
    return f"no, {len(floats)} of {len(graph.tensors)} are float{named}"


def _describe_counts(counts: Mapping[str, int]) -> str:
    each = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{sum(counts.values())}: {each}" if len(counts) > 1 else each or "none"


def _describe_tensor(tensor: Tensor) -> str:
    shape = ", ".join(str(size) for size in tensor.shape)
    return f"{tensor.dtype} ({shape}){_describe_scales(tensor)}"


def _describe_scales(tensor: Tensor) -> str:
    if not tensor.scales:
        return ""
    if len(tensor.scales) > 1:
        return f", {len(tensor.scales)} scales"
    zero_point = tensor.zero_points[0] if tensor.zero_points else 0
    return f", scale {tensor.scales[0]:.6g}, zero point {zero_point}"


def _print_tensors(contents: Contents) -> None:
    rows = [(one.role, _describe_tensor(one), one.name) for one in contents.graph.tensors]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for role, text, name in rows:
        # A fused tensor is named by all that went into it; the first says where it is.
        click.echo(f"{role:<{widths[0]}}  {text:<{widths[1]}}  {name.partition(';')[0]}")


def _read(model: str) -> tuple[Card, Contents | None]:
    from edge.model.model_summary import read_contents
    from edge.model.tflite_file import find_model
    from edge.model.training_folder import is_trained, read_trained_card

    if is_trained(Path(model)):
        return read_trained_card(Path(model)), None
    contents = read_contents(find_model(model))
    return contents.card, contents
