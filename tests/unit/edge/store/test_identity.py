"""A store says which scan it holds, in types, and reads what earlier versions wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from edge.detect.settings import Scorers
from edge.store.identity import identify, parse_identity
from tests.unit.fakes import DarknessScorer, make_card
from tests.unit.stores import IDENTITY


def test_an_identity_survives_json() -> None:
    assert parse_identity(json.loads(json.dumps(IDENTITY.to_dict()))) == IDENTITY


def test_the_models_come_in_the_order_of_their_work() -> None:
    scorers = Scorers(DarknessScorer(), DarknessScorer(make_card(name="small")))
    found = identify(scorers, IDENTITY.settings)
    assert [model.name for model in found.models] == [scorers.main.card.name, "small"]
    assert found.card == scorers.main.card


@pytest.mark.parametrize(
    "change",
    [
        {"settings": None},
        {"models": []},
        {"models": [{"name": 3, "sha256": None}]},
        {"models": "default"},
        {"models": [{"name": "default"}]},
        {"models": [{"name": name, "sha256": None} for name in ("default", "small")]},
        {"settings": IDENTITY.settings.to_dict() | {"unsure_from": 0.1}},
        {"card": None},
        {"card": {"name": "default"}},
    ],
    ids=str,
)
def test_what_is_no_identity_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_identity(IDENTITY.to_dict() | change)


def test_figures_that_differ_are_told_with_as_many_digits_as_it_takes() -> None:
    def tell(threshold: float) -> list[tuple[str, str, str]]:
        settings = replace(IDENTITY.settings, threshold=threshold)
        return replace(IDENTITY, settings=settings).list_differences(
            replace(IDENTITY, settings=replace(settings, threshold=0.15447))
        )

    assert tell(0.2) == [("threshold", "0.2", "0.1545")]
    assert tell(0.15446) == [("threshold", "0.15446", "0.15447")]
