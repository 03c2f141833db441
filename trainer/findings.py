"""What an audit's counts mean for the figures of a training, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from edge.model.labels import LABELS

# A test split of 15 % of fewer photos than this rests on one photo.
_FEW_PHOTOS = 10


def list_findings(facts: Mapping[str, Any]) -> list[str]:
    """Say what speaks against believing the figures, the gravest first; empty if nothing does.

    Args:
        facts: the counts of ``trainer/audit.py``.
    """
    return [
        *_tell_leaks(facts.get("leaks") or {}),
        *_tell_conflicts(facts),
        *_tell_balance(facts),
        *_tell_photos(facts),
        *_tell_copies(facts),
    ]


def _tell_leaks(leaks: Mapping[str, Any]) -> Iterator[str]:
    for split, known in leaks.get("known_from_train", {}).items():
        for key, what in (("same_group", "are of a group"), ("same_spot", "show a spot")):
            if known[key]:
                yield (
                    f"{known[key]} of the {known['pictures']} {split} pictures "
                    f"({known[key] / known['pictures']:.1%}) {what} that train has too: the "
                    f"figures on {split} may be too good"
                )
    if leaks.get("groups"):
        yield f"{_count(leaks['groups'], 'group')} divided over splits; keep each in one"
    if leaks.get("copies") or leaks.get("near_pairs"):
        yield (
            f"in more than one split: {_count(leaks['copies'], 'exact copy', 'exact copies')}, "
            f"{_count(leaks['near_pairs'], 'pair')} of near-duplicates"
        )


def _tell_conflicts(facts: Mapping[str, Any]) -> Iterator[str]:
    if count := facts["exact_duplicates"]["conflicting"]:
        yield f"{_count(count, 'file')} stored under both labels: at least one label is wrong"
    if count := facts["near_duplicates"]["conflicting"]:
        yield (
            f"{_count(count, 'pair')} of near-duplicates with different labels: look whether the "
            "crack is in one of them only"
        )


def _tell_balance(facts: Mapping[str, Any]) -> Iterator[str]:
    missing = [label for label in LABELS if not facts["classes"][label]]
    if missing:
        yield f"no picture labelled {' or '.join(missing)}: nothing can be trained on this"
        return
    for source, counts in facts["sources"].items():
        for label in LABELS:
            if not counts[label]:
                yield (
                    f"{source} has no picture labelled {label}: a model may learn to tell the "
                    "sources apart instead of the labels"
                )


def _tell_photos(facts: Mapping[str, Any]) -> Iterator[str]:
    unknown = facts["groups"]["without_photo"]
    if unknown:
        where = ", ".join(
            f"{source} {counts['without_photo']}"
            for source, counts in facts["sources"].items()
            if counts["without_photo"]
        )
        yield (
            f"{_count(unknown, 'picture')} of unknown photo ({where}): a training can keep "
            "together only what looks alike, so that its figures may be too good (--group-regex "
            "or a manifest's column group names the photos)"
        )
    for source, counts in facts["sources"].items():
        if not counts["without_photo"] and counts["photos"] < _FEW_PHOTOS:
            yield f"{source}: {_count(counts['photos'], 'photo')} only; figures rest on very few"


def _tell_copies(facts: Mapping[str, Any]) -> Iterator[str]:
    if count := facts["exact_duplicates"]["surplus"]:
        yield f"{_count(count, 'surplus copy', 'surplus copies')}: the same file counts twice"
    if count := facts["near_duplicates"]["pictures"]:
        yield f"{_count(count, 'picture')} with a near-duplicate: fewer spots than pictures"
    if count := len(facts["unreadable"]):
        yield f"{_count(count, 'file')} cannot be read; a training leaves them out"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
