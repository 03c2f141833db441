"""The schema of results: what the tests make of it, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args, get_type_hints, is_typeddict

import pytest

import benchmarks.output
from benchmarks.result_types import Results
from tests.unit.benchmarks.results_made import make_accuracy, make_latency_row, make_results

jsonschema = pytest.importorskip("jsonschema")
FILE = Path(benchmarks.output.__file__).parent / "results.schema.json"


@pytest.fixture(scope="module")
def schema() -> Any:
    found = json.loads(FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def test_made_results_match_the_schema(schema: Any) -> None:
    rows = [make_latency_row(), make_latency_row(view="dense", threads=2, median_ms=30.0)]
    accuracy = make_accuracy({"default.int8.tflite": 2.0})
    for results in (make_results(), make_results(rows, accuracy=accuracy, disturbed=["hot"])):
        schema.validate(json.loads(json.dumps(results)))


@pytest.mark.parametrize("part", ["conditions", "latency", "accuracy", "files"])
def test_results_without_a_part_do_not_match_it(schema: Any, part: str) -> None:
    results = make_results()
    del results[part]
    assert not schema.is_valid(results)


def test_the_types_name_what_the_schema_requires() -> None:
    whole = json.loads(FILE.read_text())
    compared: set[str] = set()

    def compare(kind: Any, part: Any) -> None:
        part = whole["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        if not is_typeddict(kind):
            for inner in get_args(kind):
                compare(inner, part.get("items", part))
            return
        compared.add(kind.__name__)
        hints = get_type_hints(kind)
        assert hints.keys() == set(part["required"]), kind
        for name, hint in hints.items():
            compare(hint, part["properties"][name])

    compare(Results, whole)
    assert {"LatencyRow", "AgreementEntry", "ReadingEntry", "StagesRow"} <= compared
