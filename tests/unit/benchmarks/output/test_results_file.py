"""The results file: what was written comes back, and nothing else is taken for it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.output.json_schema import find_mismatch
from benchmarks.output.results_file import MAX_BYTES, load_schema, read_results, write_results
from edge.files.errors import DataError, OutputError
from tests.unit.benchmarks.output.small_results import JUNK, PLACES, make_small, put
from tests.unit.benchmarks.results_made import make_latency_row, make_results

SMALL = make_small()


@pytest.fixture(scope="module")
def other_validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    kinds = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: type(value) is int
    )
    return jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=kinds)(
        load_schema()
    )


@given(st.sampled_from(PLACES), st.sampled_from(JUNK), st.sampled_from(["set", "drop", "add"]))
def test_a_changed_value_matches_where_jsonschema_says_so(
    other_validator: Any, place: tuple[Any, ...], junk: Any, how: str
) -> None:
    results = copy.deepcopy(SMALL)

    def change(holder: Any, key: Any) -> None:
        if how == "drop":
            del holder[key]
        elif how == "add" and isinstance(holder, list):
            holder.append(junk)
        else:
            holder[key] = junk

    put(results, place, change)
    assert (find_mismatch(results, load_schema()) is None) == other_validator.is_valid(results)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, True])
def test_a_number_that_no_figure_can_be_does_not_match(number: Any) -> None:
    results = copy.deepcopy(SMALL)
    results["latency"]["rows"][0]["p90_ms"]["value"] = number
    mismatch = find_mismatch(results, load_schema())
    assert mismatch
    assert mismatch.place == "latency.rows[0].p90_ms.value"
    assert "expected number, found" in mismatch.text
    assert len(mismatch.text) < 100


def test_a_schema_with_a_keyword_that_is_not_checked_is_refused() -> None:
    with pytest.raises(ValueError, match="maximum"):
        find_mismatch(1, {"type": "number", "maximum": 3})


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results(path, SMALL, force=False)
    assert read_results(path) == SMALL


def test_a_row_of_latencies_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    rows = [make_latency_row(threads=threads) for threads in (1, 2, 4)]
    path = tmp_path / "results.json"
    write_results(path, make_results(rows), force=False)
    lines = path.read_text().splitlines()
    assert sum("p90_ms" in line for line in lines) == 3


def test_results_are_not_overwritten_unless_told_to(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        write_results(path, SMALL, force=False)
    assert path.read_text() == "mine"
    write_results(path, SMALL, force=True)
    assert read_results(path) == SMALL


def write(folder: Path, results: Any) -> Path:
    path = folder / "other.json"
    path.write_text(json.dumps(results))
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"kind": NaN}', "NaN is not a number"),
        ("9" * 5000, "(?i)json"),
        ("[]", "is not the results.json"),
        ("null", "is not the results.json"),
        ('{"kind": "crack-edge scan"}', "is not the results.json"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(DataError, match=said) as caught:
        read_results(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(random.Random(0).randbytes(1000))
    with pytest.raises(DataError, match="is not JSON"):
        read_results(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(DataError, match="cannot be read"):
            read_results(path)


def test_a_file_too_large_for_results_is_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(DataError, match="larger than 64 MB"):
        read_results(path)


@pytest.mark.parametrize(
    ("version", "writer", "said"),
    [
        (3, "0.9.1", "version 3, this crack-edge reads version 2; .* crack-edge 0.9.1 or a newer"),
        (3, None, "read them with crack-edge or a newer one"),
        (1, "0.1.0", "version 1, .*; measure again: crack-edge benchmark MODEL... --out DIR$"),
        (True, "0.1", "version unknown"),
        ("1", None, "version unknown"),
        (10**400, "\x1b[31m" + "x" * 100, "version unknown"),
        (4, "\x1b[31m" + "x" * 100, "version 4"),
    ],
)
def test_another_version_says_which_crack_edge_reads_it(
    tmp_path: Path, version: Any, writer: Any, said: str
) -> None:
    path = write(tmp_path, make_results(version=version, crack_edge=writer))
    with pytest.raises(DataError, match=said) as caught:
        read_results(path)
    assert "\x1b" not in str(caught.value)


def test_the_place_of_a_wrong_value_is_named(tmp_path: Path) -> None:
    results = make_results([make_latency_row(threads=1 + place) for place in range(4)])
    results["latency"]["rows"][3]["p90_ms"]["value"] = "4\n\x1b[2J"
    with pytest.raises(DataError) as caught:
        read_results(write(tmp_path, results))
    text = str(caught.value)
    assert "latency.rows[3].p90_ms.value: expected number, found " in text
    assert text.isprintable()


def _set_score_count(results: Any) -> None:
    results["accuracy"]["rows"][0]["scores"].pop()


def _set_sample_count(results: Any) -> None:
    results["accuracy"]["samples"]["unit"].pop()


def _repeat_row(results: Any) -> None:
    results["latency"]["rows"] *= 2


def _repeat_file(results: Any) -> None:
    results["files"] *= 2


def _name_unknown_file(results: Any) -> None:
    results["stages"][0]["file"] = "none.tflite"


def _set_zero(results: Any) -> None:
    results["latency"]["rows"][0]["turns"][1]["reference_ms"] = 0


def _set_negative(results: Any) -> None:
    results["latency"]["rows"][0]["p50_ms"]["value"] = -4.0


def _set_no_threads(results: Any) -> None:
    results["throughput"][0]["threads"] = 0


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (_set_score_count, "accuracy.rows[0].scores: expected 12"),
        (_set_sample_count, "accuracy.samples.unit: expected 12"),
        (_repeat_row, "latency.rows[1]: an earlier row"),
        (_repeat_file, "files[0].name: two files"),
        (_name_unknown_file, "stages[0].file: is none of the files"),
        (_set_zero, "latency.rows[0].turns[1]: expected times above 0"),
        (_set_negative, "latency.rows[0].p50_ms.value: expected a time above 0"),
        (_set_no_threads, "throughput[0].threads: expected 1 to 4096"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(
    tmp_path: Path, change: Callable[[Any], None], place: str
) -> None:
    results = copy.deepcopy(SMALL)
    change(results)
    with pytest.raises(DataError) as caught:
        read_results(write(tmp_path, results))
    assert place in str(caught.value)


def test_parts_that_the_schema_does_not_name_are_kept(tmp_path: Path) -> None:
    results = copy.deepcopy(SMALL)
    results["cold_start"][0] |= {"view": {"a": [1]}, "threads": "many"}
    results["more"] = 1
    assert read_results(write(tmp_path, results)) == results
