"""Check a value against a JSON schema: as much of JSON Schema as results.schema.json uses.

The device has no jsonschema package, and a second description by hand would drift from the first.
Stricter than JSON Schema in two points: 1.0 is not an integer, and a number must be finite.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_CHECKED = {
    "type", "required", "properties", "items", "enum", "const", "$ref", "minItems", "maxItems"
}  # fmt: skip
_SILENT = {"$schema", "$defs", "title", "description"}
_DEFINITIONS = "#/$defs/"


@dataclass(frozen=True)
class Mismatch:
    """Where a value does not match.

    Attributes:
        place: such as ``latency.rows[3].p90_ms``; empty for the whole.
        text: what was expected there, and what came.
    """

    place: str
    text: str


def find_mismatch(value: Any, schema: Mapping[str, Any]) -> Mismatch | None:
    """Return the first place where a value from JSON does not match, None if it does.

    Args:
        value: what was read.
        schema: with its definitions under ``$defs``.

    Raises:
        ValueError: the schema uses a keyword that is not checked here.
    """
    return _find(value, schema, schema.get("$defs", {}), "")


def _find(
    value: Any, schema: Mapping[str, Any], known: Mapping[str, Any], place: str
) -> Mismatch | None:
    if unknown := schema.keys() - _CHECKED - _SILENT:
        raise ValueError(f"keywords {sorted(unknown)} of a schema are not checked")
    if "$ref" in schema:
        meant = known[schema["$ref"].removeprefix(_DEFINITIONS)]
        if found := _find(value, meant, known, place):
            return found
    text = _find_wrong_value(value, schema)
    if text:
        return Mismatch(place, text)
    if isinstance(value, dict):
        return _find_in_object(value, schema, known, place)
    if isinstance(value, list):
        return _find_in_array(value, schema, known, place)
    return None


def _find_wrong_value(value: Any, schema: Mapping[str, Any]) -> str:
    if "type" in schema:
        names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        if not any(_is_a(value, name) for name in names):
            return f"expected {' or '.join(names)}, found {_show(value)}"
    if "const" in schema and not _equal(value, schema["const"]):
        return f"expected {_show(schema['const'])}, found {_show(value)}"
    if "enum" in schema and not any(_equal(value, one) for one in schema["enum"]):
        return f"expected one of {', '.join(map(_show, schema['enum']))}, found {_show(value)}"
    return ""


def _find_in_object(
    value: dict[str, Any], schema: Mapping[str, Any], known: Mapping[str, Any], place: str
) -> Mismatch | None:
    for key in schema.get("required", ()):
        if key not in value:
            return Mismatch(place, f"lacks {key}")
    for key, inner in schema.get("properties", {}).items():
        if key in value:
            found = _find(value[key], inner, known, f"{place}.{key}" if place else key)
            if found:
                return found
    return None


def _find_in_array(
    value: list[Any], schema: Mapping[str, Any], known: Mapping[str, Any], place: str
) -> Mismatch | None:
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    if not least <= len(value) <= most:
        bounds = f"at least {least}" if len(value) < least else f"at most {most}"
        return Mismatch(place, f"expected {bounds} entries, found {len(value)}")
    if "items" in schema:
        for number, item in enumerate(value):
            if found := _find(item, schema["items"], known, f"{place}[{number}]"):
                return found
    return None


def _is_a(value: Any, name: str) -> bool:
    if name == "number":
        return type(value) in (int, float) and _is_finite(value)
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    # True is an int in Python, not in JSON.
    return value is None if name == "null" else type(value) is kinds[name]


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _equal(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _show(value: Any) -> str:
    """Return a value for a message: one short line, whatever came."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else f"an array of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and not _is_finite(value):
        return "a huge number"
    text = ascii(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
