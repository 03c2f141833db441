"""Which pictures calibrate, which set thresholds and which verify: never the same, if possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.evaluation.bootstrap import find_units
from edge.evaluation.dataset import Sample, fingerprint, strata_of
from edge.evaluation.scored_samples import read_tiles
from edge.files.errors import DataError
from edge.files.progress import Progress

# Without splits one in so many of the cracks sets thresholds instead of verifying.
_MATCHING_SHARE = 5


@dataclass(frozen=True)
class PictureRoles:
    """Labelled pictures by what they are for.

    Attributes:
        calibration: from which quantization takes the ranges of activations.
        matching: cracks, on which a quantized file's threshold is matched to its parent's; none if
            the data has none beside those that verify.
        verification: on which each file is compared with its parent.
    """

    calibration: list[Sample]
    matching: list[Sample]
    verification: list[Sample]


@dataclass(frozen=True)
class CalibrationTiles:
    """The calibration pictures, decoded.

    Attributes:
        tiles: uint8 (N, P, P, 3), RGB.
        unreadable: complaints about those that were left out.
    """

    tiles: NDArray[np.uint8]
    unreadable: list[str]


@dataclass(frozen=True)
class PictureSet:
    """Which pictures served a purpose, for a certificate.

    Attributes:
        pictures: how many.
        cracks: how many of them show a crack.
        photos: independent ones: photos where they are known, else pictures.
        split: of the manifest, or ``none``; several with commas.
        sources: their names.
        fingerprint: of the names and labels.
        unreadable: complaints about pictures that were left out.
    """

    pictures: int
    cracks: int
    photos: int
    split: str
    sources: list[str]
    fingerprint: str
    unreadable: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def choose_pictures(samples: Sequence[Sample], *, calibration: int, seed: int) -> PictureRoles:
    """Choose pictures for each purpose.

    With splits: calibration from train, matching on the cracks of val, verification on test;
    without a val split cracks of train that do not calibrate match. Without splits a fifth of the
    cracks that calibration leaves match, all else verifies; a small set serves for all.
    Calibration takes equally many of every source and label.

    Args:
        samples: with or without splits.
        calibration: how many pictures calibrate, at most.
        seed: of the choice.

    Raises:
        DataError: there are splits, but none to calibrate from or to verify on.
    """
    has_splits = any(sample.split for sample in samples)
    pool = [s for s in samples if s.split == "train"] if has_splits else list(samples)
    verification = [s for s in samples if s.split == "test"]
    if has_splits and not (pool and verification):
        empty = "test" if pool else "train"
        raise DataError(
            f"the manifest has no pictures in its {empty} split; a conversion calibrates on train "
            "and compares on test: train again with more photos, or give other pictures: --data"
        )
    in_turn = _take_turns(pool, seed)
    chosen, rest = in_turn[:calibration], _cracks_of(in_turn[calibration:])
    if has_splits:
        val = [sample for sample in samples if sample.split == "val"]
        matching = _cracks_of(val) or rest
    else:
        matching = rest[: len(rest) // _MATCHING_SHARE]
        used = {sample.path for sample in (*chosen, *matching)}
        verification = [s for s in samples if s.path not in used] or list(samples)
    return PictureRoles(chosen, matching or _cracks_of(chosen), verification)


def _cracks_of(samples: Sequence[Sample]) -> list[Sample]:
    return [sample for sample in samples if sample.is_crack]


def _take_turns(pool: Sequence[Sample], seed: int) -> list[Sample]:
    """Shuffle, so that every source and label has its turn as long as it lasts."""
    rng = np.random.default_rng(seed)
    shuffled = [[part[i] for i in rng.permutation(len(part))] for part in strata_of(pool)]
    longest = max(len(part) for part in shuffled)
    return [part[place] for place in range(longest) for part in shuffled if place < len(part)]


def read_calibration(
    samples: Sequence[Sample], input_px: int, progress: Progress
) -> CalibrationTiles:
    """Read the calibration pictures.

    Raises:
        DataError: none of them can be read.
    """
    parts = list(read_tiles(samples, input_px, progress, what="reading calibration pictures"))
    tiles = np.concatenate([tiles for _, tiles, _ in parts])
    if not len(tiles):
        raise DataError(f"none of the {len(samples)} calibration pictures can be read")
    return CalibrationTiles(tiles, [line for _, _, lines in parts for line in lines])


def describe_pictures(samples: Sequence[Sample], unreadable: Sequence[str] = ()) -> PictureSet:
    """Say which pictures these were."""
    return PictureSet(
        pictures=len(samples),
        cracks=sum(sample.is_crack for sample in samples),
        photos=len(np.unique(find_units(samples))) if samples else 0,
        split=", ".join(sorted({sample.split or "none" for sample in samples})),
        sources=sorted({sample.source for sample in samples}),
        fingerprint=fingerprint(samples),
        unreadable=list(unreadable),
    )
