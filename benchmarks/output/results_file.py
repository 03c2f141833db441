"""The file ``results.json``: written whole or not at all, and never trusted when read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any, cast

from benchmarks.output.formatting import LARGE, plain
from benchmarks.output.json_schema import Mismatch, find_mismatch
from benchmarks.result_types import Results
from edge.files.atomic_write import refuse_to_overwrite, replace_atomically
from edge.files.errors import DataError
from edge.files.strict_json import dump_strictly

KIND = "crack-edge benchmark"
VERSION = 2
MAX_BYTES = 64 << 20
_MAX_WORKERS = 4096
# Below this depth a value stands on one line: a row of a table is a line of the file.
_LINES_DEPTH = 3


def write_results(path: Path, results: Results, *, force: bool) -> None:
    """Write results as strict JSON, a line for each row.

    Args:
        path: of the file.
        results: as in ``results.schema.json``.
        force: replace a file that is there.

    Raises:
        OutputError: the file exists already or cannot be written.
    """
    refuse_to_overwrite(path, force=force)
    replace_atomically(path, f"{_lay_out(dict(results), 0)}\n".encode())


def read_results(path: Path) -> Results:
    """Read results that a benchmark wrote; what comes back matches the schema.

    Args:
        path: of the file.

    Raises:
        DataError: the file cannot be read, is something else, or of another version, or a value
            in it is not what it must be; says where.
    """
    value = _parse(path)
    if not isinstance(value, dict) or value.get("kind") != KIND:
        raise DataError(f"{path}: is not the results.json of crack-edge benchmark; give that file")
    _require_version(path, value)
    results = cast(Results, value)
    mismatch = find_mismatch(value, load_schema()) or _find_contradiction(results)
    if mismatch:
        raise DataError(
            f"{path}: {mismatch.place or 'the file'}: {mismatch.text}; "
            "give the file as crack-edge benchmark wrote it, or measure again"
        )
    return results


@cache
def load_schema() -> dict[str, Any]:
    """Return the description of results."""
    text = resources.files("benchmarks.output").joinpath("results.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _parse(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > MAX_BYTES:
        raise DataError(
            f"{path}: is larger than {MAX_BYTES >> 20} MB, which no results.json is; give that file"
        )
    try:
        return json.loads(data.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path}: is not JSON in UTF-8 ({error}); give the results.json of a benchmark"
        ) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _require_version(path: Path, value: Mapping[str, Any]) -> None:
    version = value.get("version")
    if type(version) is int and version == VERSION:
        return
    remedy = "measure again: crack-edge benchmark MODEL... --out DIR"
    shown = version if type(version) is int and abs(version) < 10**6 else "unknown"
    if isinstance(shown, int) and shown > VERSION:
        writer = value.get("crack_edge")
        named = f" {plain(writer)[:40]}" if isinstance(writer, str) else ""
        remedy = f"read them with crack-edge{named} or a newer one, or {remedy}"
    raise DataError(
        f"{path}: results of version {shown}, this crack-edge reads version {VERSION}; {remedy}"
    )


def _find_contradiction(results: Results) -> Mismatch | None:
    """Return what a schema cannot express: parts that contradict each other, times below zero."""
    checks = (_check_names, _check_sizes, _check_latencies, _check_accuracy)
    return next(chain.from_iterable(check(results) for check in checks), None)


def _check_names(results: Results) -> Iterator[Mismatch]:
    names = Counter(file["name"] for file in results["files"])
    for number, file in enumerate(results["files"]):
        if names[file["name"]] > 1:
            yield Mismatch(f"files[{number}].name", "two files have this name")
    keys = ("file", "backend", "view", "threads", "processes", "photo_mpx")
    for place, rows in _list_parts(results).items():
        seen = set()
        for number, row in enumerate(rows):
            if row["file"] not in names:
                yield Mismatch(f"{place}[{number}].file", "is none of the files")
            for key in ("threads", "processes"):
                # Rows may hold more than the schema names, of any kind.
                count = row.get(key)
                if isinstance(count, int) and not 1 <= count <= _MAX_WORKERS:
                    yield Mismatch(f"{place}[{number}].{key}", f"expected 1 to {_MAX_WORKERS}")
            subject = tuple(str(row.get(name)) for name in keys)
            if subject in seen:
                yield Mismatch(f"{place}[{number}]", "an earlier row is of the same")
            seen.add(subject)


def _check_sizes(results: Results) -> Iterator[Mismatch]:
    for place, rows in _list_parts(results).items():
        for number, row in enumerate(rows):
            for key, value in row.items():
                figures = value.values() if isinstance(value, dict) else (value,)
                if any(isinstance(one, int | float) and abs(one) >= LARGE for one in figures):
                    yield Mismatch(f"{place}[{number}].{key}", "expected figures below 10^9")


def _list_parts(results: Results) -> dict[str, list[Any]]:
    return {
        "latency.rows": results["latency"]["rows"],
        "accuracy.rows": (results["accuracy"] or {"rows": []})["rows"],
        **{key: results[key] for key in ("throughput", "cold_start", "stages")},
    }


def _check_latencies(results: Results) -> Iterator[Mismatch]:
    for number, row in enumerate(results["latency"]["rows"]):
        place = f"latency.rows[{number}]"
        for key in ("p50_ms", "p90_ms", "p99_ms"):
            if not row[key]["value"] > 0:
                yield Mismatch(f"{place}.{key}.value", "expected a time above 0")
        if not row["mpx_per_s"] > 0:
            yield Mismatch(f"{place}.mpx_per_s", "expected a figure above 0")
        for turn_number, turn in enumerate(row["turns"]):
            if not all(0 < ms < LARGE for ms in (turn["reference_ms"], *turn["ms"])):
                yield Mismatch(
                    f"{place}.turns[{turn_number}]", "expected times above 0 and below 10^9 ms"
                )


def _check_accuracy(results: Results) -> Iterator[Mismatch]:
    accuracy = results["accuracy"]
    if accuracy is None:
        return
    samples = accuracy["samples"]
    count = len(samples["id"])
    for key in ("is_crack", "source", "unit"):
        if len(samples[key]) != count:
            yield Mismatch(f"accuracy.samples.{key}", f"expected {count} entries, as many as ids")
    for number, row in enumerate(accuracy["rows"]):
        if len(row["scores"]) != count:
            yield Mismatch(
                f"accuracy.rows[{number}].scores",
                f"expected {count} entries, as many as samples, found {len(row['scores'])}",
            )


def _lay_out(value: Any, depth: int) -> str:
    """Return JSON with a line for each entry down to a depth, so that a diff shows rows."""
    if not value or depth == _LINES_DEPTH or not isinstance(value, dict | list | tuple):
        return dump_strictly(value)
    inner = " " * (depth + 1)
    if isinstance(value, dict):
        lines = [
            f"{inner}{dump_strictly(key)}: {_lay_out(part, depth + 1)}"
            for key, part in value.items()
        ]
        return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"
    lines = [inner + _lay_out(part, depth + 1) for part in value]
    return "[\n" + ",\n".join(lines) + "\n" + " " * depth + "]"
