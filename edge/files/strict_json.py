"""JSON that every strict reader takes: UTF-8 without lone surrogates, no NaN (RFC 8259)."""

from __future__ import annotations

import json
import math
from typing import Any

from edge.files.text_encoding import replace_undecodable


def dump_strictly(value: Any) -> str:
    """Return a value as JSON in one line; a number that is none becomes null."""
    try:
        text = _dump(value)
        text.encode()
    except ValueError:
        return _dump(_clean(value))
    return text


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return replace_undecodable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {replace_undecodable(str(key)): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value
