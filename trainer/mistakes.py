"""The pictures on which a model is wrong and most sure of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.dataset import Sample, truths_of
from edge.errors import PhotoError
from edge.photo import read_photo
from edge.preprocess import resize

MAX_SHOWN = 12
_THUMB_PX = 160
_JPEG_QUALITY = 80


@dataclass(frozen=True)
class Mistake:
    """A picture with a wrong verdict and the score that it got."""

    sample: Sample
    score: float

    def to_dict(self) -> dict[str, Any]:
        """Return what a report says of it."""
        return {
            "path": str(self.sample.path),
            "label": self.sample.label,
            "source": self.sample.source,
            "score": round(self.score, 6),
        }


def find_missed_cracks(
    samples: Sequence[Sample],
    scores: NDArray[np.float32],
    threshold: float,
    limit: int = MAX_SHOWN,
) -> list[Mistake]:
    """Return the cracks that score lowest among those below the threshold, scores float32 (N,)."""
    missed = np.flatnonzero(truths_of(samples) & (scores < threshold))
    chosen = missed[np.argsort(scores[missed], kind="stable")][:limit]
    return [Mistake(samples[place], float(scores[place])) for place in chosen]


def find_false_alarms(
    samples: Sequence[Sample],
    scores: NDArray[np.float32],
    threshold: float,
    limit: int = MAX_SHOWN,
) -> list[Mistake]:
    """Return those without a crack that score highest of all at or above the threshold."""
    alarms = np.flatnonzero(~truths_of(samples) & (scores >= threshold))
    chosen = alarms[np.argsort(-scores[alarms], kind="stable")][:limit]
    return [Mistake(samples[place], float(scores[place])) for place in chosen]


def make_thumb_jpeg(path: Path) -> bytes | None:
    """Shrink a picture to at most 160 px and encode it; None if it cannot be read any more."""
    try:
        photo = read_photo(path)
    except PhotoError:
        return None
    height, width = photo.shape[:2]
    scale = min(1.0, _THUMB_PX / max(height, width))
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    bgr = cv2.cvtColor(resize(photo, size_wh), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return data.tobytes()
