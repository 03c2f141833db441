"""Logits and probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def sigmoid(logits: ArrayLike) -> NDArray[np.float32]:
    """Turn logits into probabilities, without overflow."""
    value = np.array(logits, np.float64)
    # In place: of a gigapixel's windows each copy has 8 MB.
    value *= 0.5
    np.tanh(value, out=value)
    value += 1.0
    value *= 0.5
    return value.astype(np.float32)


def logit(probability: float) -> float:
    """Turn a probability strictly between 0 and 1 into its logit."""
    return float(np.log(probability) - np.log1p(-probability))
