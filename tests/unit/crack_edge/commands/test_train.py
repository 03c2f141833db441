"""``crack-edge train``: its options."""

from __future__ import annotations

from crack_edge.commands.train import train_command
from trainer.fit.recipes import RECIPES


def test_the_command_offers_every_recipe() -> None:
    (option,) = [option for option in train_command.params if option.name == "recipe"]
    assert tuple(option.type.choices) == tuple(RECIPES)
