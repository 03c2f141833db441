"""Batches of decoded pictures for Keras, the same ones for the same seed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from edge.dataset import Sample
from edge.photo import read_photo
from edge.preprocess import to_tile
from trainer.augment import augment

# Canvases of 1, 2 x 2 and 4 x 4 tiles, all equally often. A tile among others has neighbours where
# one alone has zero padding, as in the dense view, and its cells must not answer for them.
_MOSAIC_SIDES = (1, 2, 4)
# Decoding and augmenting go on beside the training step.
_WORKERS = 2
_QUEUE = 4


def balance_epoch(samples: Sequence[Sample], *, seed: int, epoch: int) -> list[Sample]:
    """Choose one epoch's pictures: equally many of every source and label, shuffled.

    The number per source and label is that of the median one. Larger ones are gone through over
    several epochs, smaller ones repeat; so neither a large easy data set nor the commoner label
    decides alone what is learnt.
    """
    strata: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        strata[sample.source, sample.label].append(sample)
    count = int(np.median([len(stratum) for stratum in strata.values()]))
    chosen: list[Sample] = []
    for number, (_, stratum) in enumerate(sorted(strata.items())):
        start = epoch * count
        while start < (epoch + 1) * count:
            # Each round through a stratum has an order of its own, the same for a seed.
            lap, place = divmod(start, len(stratum))
            order = np.random.default_rng([seed, number, lap]).permutation(len(stratum))
            part = order[place : place + (epoch + 1) * count - start]
            chosen += [stratum[i] for i in part]
            start += len(part)
    rng = np.random.default_rng([seed, epoch])
    return [chosen[i] for i in rng.permutation(len(chosen))]


class PictureBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Pictures decoded, resized and, for training, varied and put together batch by batch.

    A batch is (uint8 (N, S x P, S x P, 3) RGB, float32 (N, S, S, 1) with 1 for a crack): canvases
    of S x S tiles of P px; S is 1 but for training.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        *,
        input_px: int,
        batch_size: int,
        seed: int = 0,
        training: bool = False,
    ) -> None:
        super().__init__(workers=_WORKERS, use_multiprocessing=False, max_queue_size=_QUEUE)
        self._all = list(samples)
        self._input_px = input_px
        self._batch_size = batch_size
        self._seed = seed
        self._training = training
        self._epoch = 0
        self.samples = self._choose()

    def _choose(self) -> list[Sample]:
        if not self._training:
            return self._all
        return balance_epoch(self._all, seed=self._seed, epoch=self._epoch)

    def __len__(self) -> int:
        return math.ceil(len(self.samples) / self._batch_size)

    def __getitem__(self, place: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        start = place * self._batch_size
        chosen = self.samples[start : start + self._batch_size]
        tiles = [to_tile(read_photo(sample.path), self._input_px) for sample in chosen]
        side = 1
        if self._training:
            rng = np.random.default_rng([self._seed, self._epoch, place])
            tiles = [augment(tile, rng) for tile in tiles]
            side = self._choose_side(place, len(chosen))
        return lay_mosaics(np.stack(tiles), truths_of(chosen), side)

    def _choose_side(self, place: int, count: int) -> int:
        """Take the sides in turn: Keras learns from the first two batches which sizes vary."""
        whole = [side for side in _MOSAIC_SIDES if self._batch_size % side**2 == 0]
        side = whole[place % len(whole)]
        return side if count % side**2 == 0 else 1

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's choice of pictures."""
        self._epoch += 1
        self.samples = self._choose()


def lay_mosaics(
    tiles: NDArray[np.uint8], truths: NDArray[np.bool_], side: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Put tiles together to square canvases.

    Args:
        tiles: uint8 (N, P, P, 3), RGB.
        truths: bool (N,), True for a crack.
        side: tiles along a canvas's side; its square divides N.

    Returns:
        Canvases, uint8 (N / side², side x P, side x P, 3), and the truths of their tiles,
        float32 (N / side², side, side, 1).
    """
    px = tiles.shape[1]
    grid = tiles.reshape(-1, side, side, px, px, 3).swapaxes(2, 3)
    return (
        grid.reshape(-1, side * px, side * px, 3),
        truths.astype(np.float32).reshape(-1, side, side, 1),
    )


def truths_of(samples: Sequence[Sample]) -> NDArray[Any]:
    """Return bool (N,), True for a crack."""
    return np.array([sample.is_crack for sample in samples], bool)
