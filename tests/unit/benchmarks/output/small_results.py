"""Small results with all parts, and what to change in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.unit.benchmarks.results_made import make_accuracy, make_latency_row, make_results

FILE = "default.int8.tflite"


def make_small() -> dict[str, Any]:
    row = make_latency_row(sessions=1, rounds=2, calls=2)
    results = make_results([row], accuracy=make_accuracy({FILE: 2.0}, n=12, photos=4))
    results["accuracy"]["rows"][0]["agreement"] = {
        "parent": "p.keras", "value": 0.9, "low": None, "high": 1.0, "flips": 1,
    }  # fmt: skip
    results["problems"] = [{"file": FILE, "backend": "x", "text": "no"}]
    # No part is the same object as another.
    return json.loads(json.dumps(results))  # type: ignore[no-any-return]


JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -3, 2.5, "", "tile", "dense", [], [1], ["a"], {}, {"value": 1}),
    {"value": 1.5, "low": None, "high": 2},
)


def list_places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else ()
    for key, part in enumerate(value) if isinstance(value, list) else inner:
        yield from list_places(part, (*path, key))


PLACES = list(list_places(make_small()))


def put(results: Any, place: tuple[Any, ...], change: Callable[[Any, Any], None]) -> None:
    for key in place[:-1]:
        results = results[key]
    change(results, place[-1])
