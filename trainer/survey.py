"""One look at every picture: is it readable, how large, a copy, and what does it resemble."""

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
from trainer.likeness import (
    LOOK_NUMBERS,
    THUMB_PX,
    NearPair,
    describe_look,
    find_near_pairs,
    make_thumb,
)


@dataclass(frozen=True)
class Survey:
    """What one pass over the pictures found, in the order of the samples.

    Attributes:
        samples: those that can be read.
        unreadable: one line of explanation for each of the others.
        sizes_wh: width and height of each in px.
        digests: SHA-256 of each file.
        thumbs: uint8 (N, 64, 64), grey.
        looks: float32 (N, 33), see ``describe_look``; (0, 33) if they were not asked for.
    """

    samples: list[Sample]
    unreadable: list[str]
    sizes_wh: list[tuple[int, int]]
    digests: list[str]
    thumbs: NDArray[np.uint8]
    looks: NDArray[np.float32]

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


@dataclass(frozen=True)
class _Seen:
    size_wh: tuple[int, int]
    digest: str
    thumb: NDArray[np.uint8]
    look: NDArray[np.float32] | None


def survey(samples: Sequence[Sample], progress: Progress, *, with_looks: bool = True) -> Survey:
    """Decode every picture once.

    Args:
        samples: whose pictures to look at.
        progress: told how far it has come, and what cannot be read.
        with_looks: describe the looks too, which takes most of the time.

    Raises:
        DataError: none can be read.
    """
    kept: list[Sample] = []
    seen: list[_Seen] = []
    complaints: list[str] = []
    look_at = partial(_look_at, with_look=with_looks)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, (sample, found) in enumerate(
            zip(samples, pool.map(look_at, samples), strict=True), start=1
        ):
            if isinstance(found, PhotoError):
                complaints.append(str(found))
                progress.say(f"left out: {found}")
            else:
                kept.append(sample)
                seen.append(found)
            progress.step("reading pictures", done, len(samples))
    if not kept:
        raise DataError(f"none of the {len(samples)} pictures can be read")
    return Survey(
        kept,
        complaints,
        [one.size_wh for one in seen],
        [one.digest for one in seen],
        np.stack([one.thumb for one in seen]).reshape(-1, THUMB_PX, THUMB_PX),
        np.array([one.look for one in seen if one.look is not None], np.float32).reshape(
            -1, LOOK_NUMBERS
        ),
    )


def find_near_duplicates(checked: Survey, progress: Progress) -> list[NearPair]:
    """Find the pairs of pictures that show one spot, apart from exact copies.

    Of files with the same content only the first is compared: what is near to it is near to its
    copies, and ``Survey.find_copies`` tells of those without comparing.

    Returns:
        Pairs of places (first < second), the best correlated first.
    """
    first_of = {digest: place for place, digest in reversed(list(enumerate(checked.digests)))}
    places = sorted(first_of.values())
    return [
        NearPair(places[pair.first], places[pair.second], pair.correlation)
        for pair in find_near_pairs(checked.thumbs[places], progress)
    ]


def _look_at(sample: Sample, *, with_look: bool) -> _Seen | PhotoError:
    try:
        photo = read_photo(sample.path)
        digest = sha256_of(sample.path.read_bytes())
    except PhotoError as error:
        return error
    except OSError as error:
        return PhotoError(f"{sample.path}: cannot be read ({error.strerror})")
    height, width = photo.shape[:2]
    look = describe_look(photo) if with_look else None
    return _Seen((width, height), digest, make_thumb(photo), look)
