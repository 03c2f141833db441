"""``crack-edge inspect``."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crack_edge.console import print_figures, print_json
from crack_edge.options import json_option

if TYPE_CHECKING:
    from edge.card import Card


@click.command("inspect")
@click.argument("model")
@json_option
def inspect_command(model: str, as_json: bool) -> None:
    """Show the card of MODEL: what it takes, what it gives, how it was made.

    Of a Keras model the card beside it is shown; the model itself is not opened.
    """
    card = _read_card(model)
    if as_json:
        print_json(json.loads(card.to_json()))
        return
    width = max(len(field.name) for field in dataclasses.fields(card))
    for field in dataclasses.fields(card):
        if field.name != "metrics":
            click.echo(f"{field.name:<{width}}  {_describe(getattr(card, field.name))}")
    figures = _figures(card)
    if figures:
        click.echo()
        print_figures(figures)


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


def _read_card(model: str) -> Card:
    from edge.backends import open_backend
    from edge.modelfile import find_model
    from edge.trained import is_trained, read_trained_card

    if is_trained(Path(model)):
        return read_trained_card(Path(model))
    return open_backend(find_model(model)).card
