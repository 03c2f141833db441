"""Which rows of two results belong together, and what forbids to compare them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.output.compare_change import Part, Row
from benchmarks.output.results_file import KIND, VERSION
from edge.files.errors import InputError

_PARTS = (
    "machine",
    "conditions",
    "files",
    "yardstick",
    "latency",
    "throughput",
    "cold_start",
    "accuracy",
)

# What may differ between two machines of one processor; most of it the yardstick evens out.
_MACHINE = ("board", "cores", "usable_cores", "system")

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Alone:
    """A row that only one of the results has.

    Attributes:
        part: of the results.
        row: in it.
        where: "base" or "new".
    """

    part: Part
    row: Row
    where: str


@dataclass(frozen=True)
class Pair:
    """A row of both results.

    Attributes:
        row: which.
        base: its entry in the base.
        new: its entry in the new results.
    """

    row: Row
    base: Mapping[str, Any]
    new: Mapping[str, Any]


def check_results(results: Results, name: str) -> None:
    """Refuse what a benchmark of this version did not write.

    Raises:
        InputError: the kind, the version or a part is not what is expected.
    """
    kind, version = results.get("kind"), results.get("version")
    if kind != KIND or version != VERSION:
        raise InputError(
            f"the {name} results: expected kind {KIND!r}, version {VERSION}, got {kind!r}, "
            f"{version!r}; measure anew with crack-edge benchmark"
        )
    lacking = [part for part in _PARTS if part not in results]
    if lacking:
        raise InputError(
            f"the {name} results lack {', '.join(lacking)}; measure anew with crack-edge benchmark"
        )


def match_files(base: Results, new: Results) -> dict[str, str]:
    """Return for each name in the new results the name in the base.

    Files of equal names belong together, and so do the only two without a namesake.
    """
    before, after = ([file["name"] for file in results["files"]] for results in (base, new))
    names = {name: name for name in after}
    lost = [name for name in before if name not in after]
    found = [name for name in after if name not in before]
    if len(lost) == len(found) == 1:
        names[found[0]] = lost[0]
    return names


def match_rows(
    part: Part,
    base: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    row_of: Callable[[Mapping[str, Any]], Row],
) -> tuple[list[Pair], list[Alone]]:
    """Bring the rows of a part together.

    Args:
        part: which.
        base: its rows in the base.
        new: its rows in the new results.
        names: as from ``match_files``.
        row_of: tells which row an entry is.

    Returns:
        The pairs in the order of the base, and the rows without a partner.
    """
    key = "name" if part == "size" else "file"
    before = {row_of(entry): entry for entry in base}
    after = {row_of({**entry, key: names[entry[key]]}): entry for entry in new}
    pairs = [Pair(row, entry, after[row]) for row, entry in before.items() if row in after]
    alone = [Alone(part, row, "base") for row in before if row not in after]
    alone += [Alone(part, row, "new") for row in after if row not in before]
    return pairs, alone


def latency_row(entry: Mapping[str, Any]) -> Row:
    """Name a row of latencies."""
    return Row(entry["file"], entry["backend"], entry["view"], entry["threads"])


def accuracy_row(entry: Mapping[str, Any]) -> Row:
    """Name a row of accuracies."""
    return Row(entry["file"], entry["backend"], entry["view"])


def throughput_row(entry: Mapping[str, Any]) -> Row:
    """Name a row of throughputs."""
    threads, processes = entry["threads"], entry["processes"]
    return Row(entry["file"], entry["backend"], threads=threads, processes=processes)


def cold_start_row(entry: Mapping[str, Any]) -> Row:
    """Name a row of cold starts."""
    return Row(entry["file"], entry["backend"])


def file_row(entry: Mapping[str, Any]) -> Row:
    """Name a file."""
    return Row(entry["name"])


def is_same_machine(base: Results, new: Results) -> bool:
    """Tell whether both ran on the same kind of processor."""
    return bool(base["machine"].get("processor") == new["machine"].get("processor"))


def have_same_yardstick(base: Results, new: Results) -> bool:
    """Tell whether latencies of both can be held against the same piece of work."""
    before, after = base["yardstick"], new["yardstick"]
    if not before or not after:
        return False
    return all(before[key] == after[key] for key in ("what", "version"))


def find_obstacles(base: Results, new: Results) -> list[str]:
    """Return why times of these results say little about each other."""
    obstacles = []
    if not is_same_machine(base, new):
        processors = (results["machine"].get("processor") for results in (base, new))
        obstacles.append("times are not compared: processor {} and {}".format(*processors))
    for results, name in ((base, "base"), (new, "new")):
        if results["conditions"]["disturbed"]:
            reasons = "; ".join(results["conditions"]["disturbed"])
            obstacles.append(f"the {name} run was disturbed, its times can't be trusted: {reasons}")
    return obstacles


def find_notes(base: Results, new: Results, names: Mapping[str, str]) -> list[str]:
    """Return what a reader of the comparison should know."""
    notes = [
        f"{before} is compared with {after}, the only ones without a namesake"
        for after, before in names.items()
        if before != after
    ]
    if is_same_machine(base, new) and not have_same_yardstick(base, new):
        notes.append(
            "latencies are compared as they are: the results have no yardstick in common, so a "
            "machine that became slower looks like slower files"
        )
    for key in _MACHINE:
        facts = [results["machine"].get(key, "not told") for results in (base, new)]
        if facts[0] != facts[1]:
            notes.append(f"the machine: {key} {facts[0]} in the base, {facts[1]} in the new")
    before, after = (
        {row["backend"]: row["backend_version"] for row in results["latency"]["rows"]}
        for results in (base, new)
    )
    notes += [
        f"{backend} is {version} in the base, {after[backend]} in the new"
        for backend, version in before.items()
        if after.get(backend, version) != version
    ]
    return notes
