"""Batches of decoded pictures for Keras, the same ones for the same seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from edge.evaluation.dataset import Sample, strata_of, truths_of
from edge.model.card import CELL_PX
from trainer.fit.augment import Augmentation, augment
from trainer.fit.tiles import DecodedTiles

# Decoding and augmenting go on beside the training step.
_WORKERS = 2
_QUEUE = 4


def balance_epoch(samples: Sequence[Sample], *, seed: int, epoch: int) -> list[Sample]:
    """Choose one epoch's pictures: equally many of every source and label, shuffled.

    The number per source and label is that of the median one. Larger ones are gone through over
    several epochs, smaller ones repeat; so neither a large easy data set nor the commoner label
    decides alone what is learnt.
    """
    strata = strata_of(samples)
    count = int(np.median([len(stratum) for stratum in strata]))
    chosen: list[Sample] = []
    for number, stratum in enumerate(strata):
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
    """Tiles and their targets; for training chosen and augmented anew every epoch.

    A batch is (uint8 (N, P, P, 3) RGB, float32 (N, 1) with 1 for a crack). With ``context`` every
    other batch shows its tiles within mirrored surroundings, larger: a cell in the middle of a
    photo has neighbours where a tile's border cell has the network's zeros.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        tiles: DecodedTiles,
        *,
        batch_size: int,
        seed: int = 0,
        training: bool = False,
        epoch: int = 0,
        augmentation: Augmentation = augment,
        soft_targets: Mapping[Path, float] | None = None,
        context: bool = False,
    ) -> None:
        super().__init__(workers=_WORKERS, use_multiprocessing=False, max_queue_size=_QUEUE)
        self._all = list(samples)
        self._tiles = tiles
        self._augmentation = augmentation
        self._soft_targets = soft_targets
        self._context = context
        self._batch_size = batch_size
        self._seed = seed
        self._training = training
        self._epoch = epoch
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
        tiles = self._tiles.of(chosen)
        if self._training:
            rng = np.random.default_rng([self._seed, self._epoch, place])
            tiles = np.stack([self._augmentation(tile, rng) for tile in tiles])
        # By place, not by chance: Keras takes the shapes of all batches from the first two.
        if self._context and place % 2:
            tiles = add_context(tiles)
        return tiles, targets_of(chosen, self._soft_targets)

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's choice of pictures."""
        self._epoch += 1
        self.samples = self._choose()


def add_context(tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mirror tiles at their sides, as if they were seen within a photo.

    Args:
        tiles: uint8 (N, P, P, 3).

    Returns:
        uint8 (N, Q, Q, 3), about half as wide again, whole cells on each side.
    """
    side = tiles.shape[1]
    margin = min(max(CELL_PX, side // 4 // CELL_PX * CELL_PX), side - 1)
    return np.pad(tiles, ((0, 0), (margin, margin), (margin, margin), (0, 0)), mode="reflect")


def targets_of(
    samples: Sequence[Sample], soft_targets: Mapping[Path, float] | None = None
) -> NDArray[np.float32]:
    """Return the targets, float32 (N, 1): 1 for a crack, or the soft targets of a teacher."""
    if soft_targets is None:
        return truths_of(samples).astype(np.float32)[:, None]
    return np.array([soft_targets[sample.path] for sample in samples], np.float32)[:, None]
