"""Which scan it is: what decides its results, and how another one differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge.detect.settings import ScanSettings, Scorers, parse_settings
from edge.files.errors import ModelError
from edge.model.card import Card, parse_card

IDENTITY_KEYS = ("settings", "models", "card")

_HASH_SHOWN = 12


@dataclass(frozen=True)
class ModelIdentity:
    """Which model it was.

    Attributes:
        name: of its card.
        sha256: of the model without its card; None where the format has none.
    """

    name: str
    sha256: str | None

    def __str__(self) -> str:
        return f"{self.name} {self.short_hash}"

    @property
    def short_hash(self) -> str:
        """Return the first digits of the hash."""
        return (self.sha256 or "unknown")[:_HASH_SHOWN]


@dataclass(frozen=True)
class ScanIdentity:
    """What decides the results of a scan; photos of another one do not belong in its store.

    Attributes:
        settings: of the scan.
        models: in the order of their names in ``Scorers``.
        card: of the model that decides.
    """

    settings: ScanSettings
    models: tuple[ModelIdentity, ...]
    card: Card

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it, by IDENTITY_KEYS."""
        return {
            "settings": self.settings.to_dict(),
            "models": [vars(model) for model in self.models],
            "card": json.loads(self.card.to_json()),
        }

    def list_differences(self, other: ScanIdentity) -> list[tuple[str, str, str]]:
        """List what is not the same: what it is, as it is here, as it is there.

        Settings and the models' hashes count; the card and, where the hash is known, the models'
        names do not.
        """
        here, there = self.settings.to_dict(), other.settings.to_dict()
        found = [
            (key, *_describe_both(here[key], there[key]))
            for key in sorted(here)
            if here[key] != there[key]
        ]
        if _list_keys(self) != _list_keys(other):
            found.append(("model", _describe_models(self), _describe_models(other)))
        return found


def identify(scorers: Scorers, settings: ScanSettings) -> ScanIdentity:
    """Say what decides the results of a scan: another of it does not go on in the same store."""
    cards = [one.card for one in (scorers.main, scorers.screening) if one is not None]
    models = tuple(ModelIdentity(card.name, card.model_sha256) for card in cards)
    return ScanIdentity(settings, models, scorers.main.card)


def parse_identity(facts: Mapping[str, Any]) -> ScanIdentity:
    """Read what ``ScanIdentity.to_dict`` gave, also in an earlier version.

    Raises:
        ValueError: names what cannot be one.
    """
    models, card = facts.get("models"), facts.get("card")
    if not isinstance(models, list) or not all(map(_is_model, models)):
        raise ValueError("no models")
    settings = parse_settings(facts.get("settings"))
    if len(models) != (1 if settings.unsure_from is None else 2):
        raise ValueError("the models do not go with the settings")
    try:
        parsed = parse_card(json.dumps(card), where="the model")
    except ModelError as error:
        raise ValueError(str(error)) from error
    return ScanIdentity(
        settings=settings,
        models=tuple(ModelIdentity(model["name"], model["sha256"]) for model in models),
        card=parsed,
    )


def _is_model(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and "sha256" in value
        and isinstance(value["sha256"], str | None)
    )


def _list_keys(identity: ScanIdentity) -> list[str]:
    return [model.sha256 or model.name for model in identity.models]


def _describe_both(here: Any, there: Any) -> tuple[str, str]:
    """Spell two values that differ; figures with four digits, or with all if those are equal."""
    short = [f"{value:.4g}" if isinstance(value, float) else "" for value in (here, there)]
    if all(short) and short[0] != short[1]:
        return short[0], short[1]
    return _describe(here), _describe(there)


def _describe(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value)


def _describe_models(identity: ScanIdentity) -> str:
    return " + ".join(map(str, identity.models))
