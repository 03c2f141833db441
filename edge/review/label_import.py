"""From the labels that people gave to tiles of a scan to a manifest."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from edge.evaluation.dataset import Sample, name_photo, write_manifest
from edge.files.atomic_write import refuse_to_overwrite
from edge.files.errors import DataError
from edge.review.label_studio import UNSURE, read_answers
from edge.review.review_folder import (
    MANIFEST,
    find_tiles,
)


def import_labels(review: Path, export: Path, *, force: bool = False) -> dict[str, Any]:
    """Turn what Label Studio exported into ``manifest.csv`` of a review, ready for a training.

    Args:
        review: folder of the review.
        export: the JSON file.
        force: replace a manifest that is there.

    Returns:
        The summary: tiles (in the manifest), those of each label, and unsure, unlabelled, gone
        (whose file is missing) and unknown (answers on tiles of another review), all left out.

    Raises:
        DataError: the folder is not a review, the file no export, or nothing in it is a label.
        OutputError: the manifest exists already or cannot be written.
    """
    folder = Path(os.path.abspath(review))
    refuse_to_overwrite(folder / MANIFEST, force=force)
    tiles = find_tiles(folder)
    said: dict[str, set[str]] = defaultdict(set)
    for answer in read_answers(export):
        said[answer.tile].add(answer.label)
    known = {
        tile: labels.pop() if len(labels) == 1 else UNSURE
        for tile, labels in said.items()
        if tile in tiles
    }
    # The group is the one that a training gives to a tile in a class folder of the review.
    samples = [
        Sample(path, label, f"{folder.name}/{name_photo(path)}")
        for name, label in sorted(known.items())
        if label != UNSURE and (path := tiles[name]) is not None
    ]
    if not samples:
        raise DataError(f"{export}: labels no tile of {review} as crack or no_crack")
    write_manifest(folder / MANIFEST, samples)
    labels = Counter(sample.label for sample in samples)
    unsure = sum(label == UNSURE for label in known.values())
    return {
        "tiles": len(samples),
        "labels": dict(sorted(labels.items())),
        "unsure": unsure,
        "unlabelled": len(tiles) - len(known),
        "gone": len(known) - unsure - len(samples),
        "unknown": len(said) - len(known),
    }
