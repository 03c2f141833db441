"""``crack-edge inspect``."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crack_edge.console import print_json

if TYPE_CHECKING:
    from edge.card import Card


@click.command("inspect")
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
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
        value = getattr(card, field.name)
        if dataclasses.is_dataclass(value):
            value = vars(value)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        click.echo(f"{field.name:<{width}}  {text}")


def _read_card(model: str) -> Card:
    from edge.backends import open_backend
    from edge.card import parse_card
    from edge.errors import ModelError
    from edge.modelfile import find_model

    path = Path(model)
    if path.suffix != ".keras" and not (path / "model.keras").is_file():
        return open_backend(find_model(model)).card
    card = (path if path.is_dir() else path.parent) / "card.json"
    if not card.is_file():
        raise ModelError(f"{path}: has no card; expected {card}")
    return parse_card(card.read_text(), where=str(card))
