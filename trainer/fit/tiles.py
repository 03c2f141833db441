"""Decoded tiles of all pictures of a training: decoded and resized once, then only read.

They are held in memory where they fit, else in one file that the system maps into memory. With a
cache folder they stay for the next training on the same pictures.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.evaluation.dataset import Sample
from edge.files.errors import OutputError
from edge.files.hashing import sha256_of
from edge.files.progress import Progress
from edge.photo.codec import read_photo
from edge.photo.preprocess import to_tile

# Of the machine's memory; the rest is for the training itself.
_MEMORY_SHARE = 0.4
DEFAULT_CACHE = Path.home() / ".cache" / "crack-edge"
# To be raised when decoding or resizing changes, so that older caches are not used.
_TILE_VERSION = 1


class DecodedTiles:
    """Tiles by picture: uint8 (input_px, input_px, 3), RGB."""

    def __init__(self, samples: Sequence[Sample], pixels: NDArray[np.uint8]) -> None:
        self._place = {sample.path: place for place, sample in enumerate(samples)}
        self._pixels = pixels

    @property
    def input_px(self) -> int:
        """Return the side of a tile in px."""
        return int(self._pixels.shape[1])

    def of(self, samples: Sequence[Sample]) -> NDArray[np.uint8]:
        """Return a copy of the tiles of some samples, uint8 (N, P, P, 3), RGB."""
        return self._pixels[[self._place[sample.path] for sample in samples]]


def decode_tiles(
    samples: Sequence[Sample], input_px: int, progress: Progress, *, cache: Path | None = None
) -> DecodedTiles:
    """Decode and resize every picture.

    Args:
        samples: pictures that can be read.
        input_px: side of a tile.
        progress: takes how far it has come.
        cache: folder where the tiles stay, under a name made of the pictures' content.

    Raises:
        OutputError: the cache cannot be written.
        PhotoError: a picture can no longer be read.
    """
    shape = (len(samples), input_px, input_px, 3)
    if cache is None:
        if int(np.prod(shape)) <= _MEMORY_SHARE * _memory():
            pixels: NDArray[np.uint8] = np.empty(shape, np.uint8)
            _fill(pixels, samples, progress)
            return DecodedTiles(samples, pixels)
        cache = DEFAULT_CACHE
        progress.say(f"the decoded pictures do not fit in memory; they are kept in {cache}")
    path = cache / f"tiles-{_content_key(samples, input_px)}.npy"
    try:
        if not path.is_file():
            cache.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f".{path.name}.{os.getpid()}")
            stored = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
            _fill(stored, samples, progress)
            stored.flush()
            partial.replace(path)
        return DecodedTiles(samples, np.load(path, mmap_mode="r"))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def _fill(pixels: NDArray[np.uint8], samples: Sequence[Sample], progress: Progress) -> None:
    def fill_one(place: int) -> None:
        pixels[place] = to_tile(read_photo(samples[place].path), pixels.shape[1])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, _ in enumerate(pool.map(fill_one, range(len(samples))), start=1):
            progress.step("decoding pictures", done, len(samples))


def _content_key(samples: Sequence[Sample], input_px: int) -> str:
    lines = [f"{_TILE_VERSION} {input_px}"]
    lines += [sha256_of(sample.path.read_bytes()) for sample in samples]
    return sha256_of("\n".join(lines).encode())[:16]


def _memory() -> int:
    """Return the bytes of memory of this machine; 0 where the system does not say."""
    if not hasattr(os, "sysconf"):
        return 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
