"""Pictures of like colour and texture come to lie in one cluster."""

from __future__ import annotations

import numpy as np

from edge.evaluation.synthetic import draw_tile
from trainer.dataset.appearance_clusters import (
    FEATURE_COUNT,
    cluster_appearances,
    describe_appearance,
)


def test_pictures_of_one_structure_gather() -> None:
    # Two structures as unlike as two days: a dark warm one and a bright cold one.
    tones = ((0.55, 0.5, 0.42), (1.0, 1.05, 1.15))
    appearances = [
        describe_appearance(
            np.asarray(
                np.clip(draw_tile(96, seed=seed, crack=False, look_seed=5).photo * tone, 0, 255),
                np.uint8,
            )
        )
        for tone in tones
        for seed in range(8)
    ]
    assert {one.shape for one in appearances} == {(FEATURE_COUNT,)}
    numbers = cluster_appearances(np.stack(appearances), 2, seed=0)
    assert len(set(numbers[:8].tolist())) == len(set(numbers[8:].tolist())) == 1
    assert numbers[0] != numbers[8]
    assert np.array_equal(numbers, cluster_appearances(np.stack(appearances), 2, seed=0))


def test_appearances_without_any_difference_can_be_clustered() -> None:
    numbers = cluster_appearances(np.ones((4, FEATURE_COUNT), np.float32), 2, seed=0)
    assert numbers.shape == (4,)
