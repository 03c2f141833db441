"""What accuracy is measured on: labelled pictures, or labelled squares of whole photos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.result_types import VIEWS
from edge.detect.settings import ScanSettings, Scorers, View
from edge.evaluation.dataset import Sample, choose_split, read_dataset
from edge.evaluation.labelled_boxes import (
    LabelledBox,
    find_labelled_boxes,
    read_labelled_boxes,
    score_boxes_of,
)
from edge.evaluation.scored_samples import score_samples
from edge.files.hashing import sha256_of
from edge.files.progress import Progress
from edge.model.scorer import Scorer
from edge.photo.codec import read_bytes
from edge.photo.tiling import Box

# Hexadecimal digits of a picture's SHA-256 that name it.
_ID_DIGITS = 16


@dataclass(frozen=True)
class LabelledPictures:
    """Labelled pictures, each seen as one tile.

    Attributes:
        where: the folder or manifest that was given first.
        samples: the pictures.
    """

    where: Path
    samples: list[Sample]

    @property
    def views(self) -> tuple[View, ...]:
        """Return the views that can be compared with the labels."""
        return ("tile",)


@dataclass(frozen=True)
class LabelledSquares:
    """Labelled squares of whole photos.

    Attributes:
        where: the ``tiles.csv`` that lists them.
        photos: the squares of each photo.
    """

    where: Path
    photos: dict[Path, list[LabelledBox]]

    @property
    def views(self) -> tuple[View, ...]:
        """Return the views that can be compared with the labels."""
        return VIEWS


Labelled = LabelledPictures | LabelledSquares


@dataclass(frozen=True)
class Scored:
    """What a model scored: equal for all models but for the scores.

    Attributes:
        samples: those that could be read.
        boxes: of squares, in the same order; None of pictures.
        scores: in the same order.
        unreadable: complaints about the others.
    """

    samples: list[Sample]
    boxes: list[Box] | None
    scores: list[float]
    unreadable: list[str]

    def shows_the_same(self, other: Scored) -> bool:
        """Tell whether another model scored the same, in the same order."""
        return self.samples == other.samples and self.boxes == other.boxes


def read_labelled(
    data: Sequence[Path],
    *,
    split: str | None,
    limit: int | None,
    seed: int,
    progress: Progress,
) -> Labelled:
    """Find what is labelled, as ``crack-edge evaluate`` does.

    Args:
        data: class folders and manifests, or a folder with a ``tiles.csv``.
        split: only these pictures; all if None.
        limit: at most so many, of each source and label as large a share; all if None.
        seed: of their choice.
        progress: gets a note if pictures served to train.

    Raises:
        DataError: no such data, malformed data, no pictures in the split.
    """
    path = find_labelled_boxes(data, split=split)
    if path:
        photos = read_labelled_boxes(path)
        pairs = [(photo, square) for photo, squares in photos.items() for square in squares]
        kept: dict[Path, list[LabelledBox]] = defaultdict(list)
        for place in choose_some([(photo, one.label) for photo, one in pairs], limit, seed):
            kept[pairs[place][0]].append(pairs[place][1])
        return LabelledSquares(path, dict(kept))
    samples = read_dataset(data)
    if split:
        samples = choose_split(samples, split)
    elif any(sample.split == "train" for sample in samples):
        progress.say("note: these pictures include training pictures; --split test leaves them out")
    keys = [(sample.source, sample.label) for sample in samples]
    return LabelledPictures(data[0], [samples[place] for place in choose_some(keys, limit, seed)])


def choose_some(keys: Sequence[Hashable], limit: int | None, seed: int) -> list[int]:
    """Choose places at random, of each key as large a share as the others have, in order.

    Args:
        keys: the stratum of each place.
        limit: how many at most; all if None.
        seed: of the choice.
    """
    if limit is None or limit >= len(keys):
        return list(range(len(keys)))
    rng = np.random.default_rng(seed)
    strata: dict[Hashable, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        strata[key].append(place)
    # Shuffled and spread evenly from 0 to 1, those below a bound are the same share of each.
    spread = [
        ((number + rng.random()) / len(places), places[pick])
        for places in strata.values()
        for number, pick in enumerate(rng.permutation(len(places)))
    ]
    return sorted(place for _, place in sorted(spread)[:limit])


def score_labelled(
    scorer: Scorer, labelled: Labelled, view: View, threshold: float, progress: Progress
) -> Scored:
    """Score what is labelled, in a view.

    Raises:
        DataError: nothing of it can be read, or a square lies outside its photo.
        ModelError: the dense view of a model that has none.
    """
    if isinstance(labelled, LabelledPictures):
        found = score_samples(scorer, labelled.samples, scorer.card.input_px, progress)
        boxes = None
    else:
        settings = ScanSettings(threshold, view)
        squares = score_boxes_of(
            Scorers(scorer),
            labelled.photos,
            where=labelled.where,
            settings=settings,
            progress=progress,
        )
        found, boxes = squares.scored, squares.boxes
    return Scored(found.samples, boxes, found.scores.tolist(), found.unreadable)


def name_samples(scored: Scored) -> list[str]:
    """Name each picture by its bytes, and each square by its box too; names are unique.

    So the same pictures elsewhere have the same names, and two results can be compared.

    Raises:
        PhotoError: a picture cannot be read any more.
    """
    marks = {path: _hash(path) for path in dict.fromkeys(one.path for one in scored.samples)}
    names = [marks[one.path] for one in scored.samples]
    if scored.boxes is not None:
        names = [
            f"{name}:{x},{y},{right - x},{bottom - y}"
            for name, (x, y, right, bottom) in zip(names, scored.boxes, strict=True)
        ]
    seen: dict[str, int] = defaultdict(int)
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return unique


def _hash(path: Path) -> str:
    return sha256_of(read_bytes(path))[:_ID_DIGITS]
