"""Read every picture of a data set once: size, content and appearance of each."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np
from numpy.typing import NDArray

from edge.evaluation.dataset import Sample
from edge.files.errors import DataError, PhotoError
from edge.files.hashing import sha256_of
from edge.files.progress import Progress
from edge.photo.codec import read_photo
from trainer.dataset.appearance_clusters import FEATURE_COUNT, describe_appearance
from trainer.dataset.near_duplicates import (
    THUMBNAIL_PX,
    NearDuplicate,
    find_near_duplicates,
    make_thumbnail,
)


@dataclass(frozen=True)
class DatasetSurvey:
    """What one pass over the pictures found, in the order of the samples.

    Attributes:
        samples: those that can be read.
        unreadable: one line of explanation for each of the others.
        sizes_wh: width and height of each in px.
        digests: SHA-256 of each file.
        thumbnails: uint8 (N, 64, 64), grey.
        appearances: float32 (N, 33), see ``describe_appearance``; (0, 33) if not asked for.
    """

    samples: list[Sample]
    unreadable: list[str]
    sizes_wh: list[tuple[int, int]]
    digests: list[str]
    thumbnails: NDArray[np.uint8]
    appearances: NDArray[np.float32]

    @property
    def median_side_px(self) -> int:
        """Return the median of the shorter sides."""
        return int(median(min(size) for size in self.sizes_wh))

    def find_copies(self) -> list[list[int]]:
        """Return the places of files with the same content, a list for each content."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, digest in enumerate(self.digests):
            places[digest].append(place)
        return [copies for copies in places.values() if len(copies) > 1]

    def find_near_duplicates(self, progress: Progress) -> list[NearDuplicate]:
        """Find the pairs of pictures that show one spot, apart from exact copies.

        Of files with the same content only the first is compared: what is near to it is near to
        its copies.

        Returns:
            Pairs of places (first < second), the best correlated first.
        """
        first_of = {digest: place for place, digest in reversed(list(enumerate(self.digests)))}
        places = sorted(first_of.values())
        return [
            NearDuplicate(places[pair.first], places[pair.second], pair.correlation)
            for pair in find_near_duplicates(self.thumbnails[places], progress)
        ]


@dataclass(frozen=True)
class _Picture:
    size_wh: tuple[int, int]
    digest: str
    thumbnail: NDArray[np.uint8]
    appearance: NDArray[np.float32] | None


def survey_pictures(
    samples: Sequence[Sample], progress: Progress, *, with_appearance: bool = True
) -> DatasetSurvey:
    """Decode every picture once.

    Args:
        samples: whose pictures to look at.
        progress: takes how far it has come, and what cannot be read.
        with_appearance: describe the appearance too, which takes most of the time.

    Raises:
        DataError: none can be read.
    """
    kept: list[Sample] = []
    seen: list[_Picture] = []
    complaints: list[str] = []
    read = partial(_read_picture, with_appearance=with_appearance)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, (sample, found) in enumerate(
            zip(samples, pool.map(read, samples), strict=True), start=1
        ):
            if isinstance(found, PhotoError):
                complaints.append(str(found))
                progress.say(f"left out: {found}")
            else:
                kept.append(sample)
                seen.append(found)
            progress.step("reading pictures", done, len(samples))
    if not kept:
        raise DataError(
            f"none of the {len(samples):,} pictures can be read; the first: {complaints[0]}"
        )
    return DatasetSurvey(
        kept,
        complaints,
        [one.size_wh for one in seen],
        [one.digest for one in seen],
        np.stack([one.thumbnail for one in seen]).reshape(-1, THUMBNAIL_PX, THUMBNAIL_PX),
        np.array(
            [one.appearance for one in seen if one.appearance is not None], np.float32
        ).reshape(-1, FEATURE_COUNT),
    )


def _read_picture(sample: Sample, *, with_appearance: bool) -> _Picture | PhotoError:
    try:
        photo = read_photo(sample.path)
        digest = sha256_of(sample.path.read_bytes())
    except PhotoError as error:
        return error
    except OSError as error:
        return PhotoError(f"{sample.path}: cannot be read ({error.strerror})")
    height, width = photo.shape[:2]
    appearance = describe_appearance(photo) if with_appearance else None
    return _Picture((width, height), digest, make_thumbnail(photo), appearance)
