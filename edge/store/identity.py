"""Which scan it is: what decides its results, and how another one differs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

IDENTITY_KEYS = ("settings", "models", "card")

_HASH_SHOWN = 12


@dataclass(frozen=True)
class ScanIdentity:
    """What decides the results of a scan; photos of another one do not belong in its store.

    Attributes:
        settings: of the scan; JSON can hold them.
        models: name and sha256 of each, in the order of their use.
        card: of the model that decides.
    """

    settings: Mapping[str, Any]
    models: Sequence[Mapping[str, str | None]]
    card: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it, by IDENTITY_KEYS."""
        models = [dict(model) for model in self.models]
        return {"settings": dict(self.settings), "models": models, "card": dict(self.card)}

    def list_differences(self, other: ScanIdentity) -> list[tuple[str, str, str]]:
        """List what is not the same: what it is, as it is here, as it is there.

        Settings and the models' hashes count; the card and, where the hash is known, the models'
        names do not.
        """
        # As JSON gives them back: a list for a tuple.
        here, there = (json.loads(json.dumps(dict(one.settings))) for one in (self, other))
        found = [
            (key, _words_of(here.get(key)), _words_of(there.get(key)))
            for key in sorted({*here, *there})
            if here.get(key) != there.get(key)
        ]
        if _tell_models(self) != _tell_models(other):
            found.append(("model", _words_of_models(self), _words_of_models(other)))
        return found


def parse_identity(settings: Any, models: Any, card: Any) -> ScanIdentity:
    """Read what ``ScanIdentity.to_dict`` gave.

    Raises:
        ValueError: names what cannot be one.
    """
    for key, value in (("settings", settings), ("card", card)):
        if not isinstance(value, dict):
            raise ValueError(f"no {key}")
    if not isinstance(models, list) or not all(_is_model(model) for model in models):
        raise ValueError("no models")
    return ScanIdentity(settings, models, card)


def _is_model(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and isinstance(value.get("sha256"), str | None)
    )


def _tell_models(identity: ScanIdentity) -> list[str | None]:
    return [model["sha256"] or model["name"] for model in identity.models]


def _words_of(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value)


def _words_of_models(identity: ScanIdentity) -> str:
    return " + ".join(
        f"{model['name']} {(model['sha256'] or 'unknown')[:_HASH_SHOWN]}"
        for model in identity.models
    )
