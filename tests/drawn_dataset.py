"""Write drawn tiles as a labelled data set, for a first try of the trainer and for the tests."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from edge.evaluation.synthetic import draw_tile
from edge.files.atomic_write import refuse_to_overwrite
from edge.model.labels import CRACK, NO_CRACK
from edge.photo.codec import write_photo

MAX_TILES_PER_PHOTO = 999  # the N of PHOTO-N has at most three digits


def write_class_folders(
    folder: Path,
    *,
    count: int,
    size_px: int,
    seed: int,
    photos: int | None = None,
    suffix: str = ".jpg",
) -> list[Path]:
    """Write drawn tiles as a labelled data set: ``crack/PHOTO-N.jpg``, ``no_crack/PHOTO-N.jpg``.

    Each photo has a look of its own and tiles in both classes.

    Args:
        folder: where the two class folders go.
        count: tiles per class.
        size_px: side of a tile.
        seed: the same one gives the same tiles.
        photos: how many to spread the tiles over; a tenth of ``count``, but 10 at least, if None.
        suffix: of the files; it says their format.

    Returns:
        The paths, in order of photo and number.

    Raises:
        ValueError: the numbers do not fit together.
        OutputError: a class folder is not empty or cannot be written.
    """
    if count < 1:
        raise ValueError(f"count is {count}; expected at least one tile per class")
    if photos is None:
        photos = min(count, max(10, count // 10))
    if not 1 <= photos <= count:
        raise ValueError(f"photos is {photos}; expected 1 to {count}, the count of tiles per class")
    per_class = math.ceil(count / photos)
    if 2 * per_class > MAX_TILES_PER_PHOTO:
        raise ValueError(f"{count} tiles per class are too many for {photos} photos; raise photos")
    refuse_to_overwrite(folder / CRACK, folder / NO_CRACK, force=False)
    paths = []
    for photo in range(photos):
        rng = np.random.default_rng([4, seed, photo])
        look_seed = int(rng.integers(2**32))
        tiles = len(range(photo, count, photos))
        for number, tile_seed in enumerate(rng.integers(2**32, size=2 * tiles).tolist(), start=1):
            label = CRACK if number % 2 else NO_CRACK
            drawing = draw_tile(size_px, seed=tile_seed, crack=label == CRACK, look_seed=look_seed)
            paths.append(folder / label / f"{photo + 1:04d}-{number}{suffix}")
            write_photo(paths[-1], drawing.photo, jpeg_quality=92)
    return paths
