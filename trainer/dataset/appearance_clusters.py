"""Clusters of pictures that look alike, which stand for photos that no one has named.

Colour and texture of a picture are 33 numbers. Clustered by k-means (Arthur & Vassilvitskii 2007),
pictures of one photo, which share its light and its concrete, mostly come to lie together, though
not always: ``trainer/dataset/split.py`` keeps clusters whole where nothing better is known.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.photo.preprocess import resize

FEATURE_COUNT = 33
_SIDE_PX = 224
_GRID_PX = 28
_OCTAVES = 4
_MAX_ITERATIONS = 50


def describe_appearance(photo: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe colour and texture of an RGB picture (H, W, 3) as float32 (33,).

    For L, a and b: three percentiles of the smoothed picture, and of each octave of its Laplacian
    pyramid (Burt & Adelson 1983) the logarithms of median and spread.
    """
    lab = cv2.cvtColor(resize(photo, (_SIDE_PX, _SIDE_PX)), cv2.COLOR_RGB2LAB)
    features: list[float] = []
    for channel in cv2.split(lab.astype(np.float32)):
        plane = channel
        smooth = cv2.resize(plane, (_GRID_PX,) * 2, interpolation=cv2.INTER_AREA)
        features += np.percentile(smooth, (10, 50, 90)).tolist()
        for _ in range(_OCTAVES):
            lower = cv2.pyrDown(plane)
            detail = plane - cv2.pyrUp(lower, dstsize=plane.shape[::-1])
            features += [np.log(np.median(np.abs(detail)) + 0.1), np.log(detail.std() + 0.1)]
            plane = lower
    return np.array(features, np.float32)


def cluster_appearances(
    appearances: NDArray[np.float32], clusters: int, *, seed: int
) -> NDArray[np.int64]:
    """Cluster pictures of like colour and texture.

    Args:
        appearances: float32 (N, 33), see ``describe_appearance``.
        clusters: how many, at most N.
        seed: of the first centres.

    Returns:
        int64 (N,), the number of each picture's cluster.
    """
    spread = appearances.std(axis=0)
    scaled = (appearances - appearances.mean(axis=0)) / np.where(spread > 0, spread, 1)
    cv2.setRNGSeed(seed)
    ends = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, _MAX_ITERATIONS, 1e-3)
    places = np.zeros((len(appearances), 1), np.int32)  # only to be written to
    _, numbers, _ = cv2.kmeans(
        scaled.astype(np.float32), clusters, places, ends, 1, cv2.KMEANS_PP_CENTERS
    )
    return np.asarray(numbers[:, 0], np.int64)
