"""A converted file against its parent, on data: the proof that it still decides the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.dataset import Sample, truths_of
from edge.errors import DataError
from edge.evaluate import CardedScorer, read_tiles
from edge.metrics import compute_metrics
from edge.preprocess import to_tile
from edge.progress import Progress


@dataclass(frozen=True)
class Gates:
    """Bars that a converted file must reach; None where none was asked for."""

    min_agreement: float | None = None
    max_recall_drop: float | None = None

    def missed(self, comparison: dict[str, Any]) -> list[str]:
        """Say which bars a comparison misses."""
        complaints = []
        agreement = comparison["agreement"]
        if self.min_agreement is not None and agreement < self.min_agreement:
            complaints.append(f"agreement {agreement:.4f} is below {self.min_agreement}")
        parent, model = comparison["parent"]["recall"], comparison["model"]["recall"]
        if self.max_recall_drop is not None:
            if parent is None or model is None:
                complaints.append("recall cannot be compared: the data holds no cracks")
            elif parent - model > self.max_recall_drop:
                complaints.append(
                    f"recall falls from {parent:.4f} to {model:.4f}, by more than "
                    f"{self.max_recall_drop}"
                )
        return complaints


def compare(
    parent: CardedScorer,
    models: Mapping[str, CardedScorer],
    samples: Sequence[Sample],
    progress: Progress,
) -> dict[str, dict[str, Any]]:
    """Score the same pictures with a parent and its children, each at its own threshold.

    Args:
        parent: the float model.
        models: the files made from it, by name.
        samples: labelled pictures.
        progress: told how far the work is.

    Returns:
        For each name: n, agreement, flips (their number), flipped (the pictures with both
        scores), mean_difference, max_difference, parent and model (figures), per_source.

    Raises:
        DataError: no picture can be read.
    """
    kept: list[Sample] = []
    gathered: dict[str | None, list[NDArray[np.float32]]] = {name: [] for name in (None, *models)}
    side = parent.card.input_px
    for chosen, tiles, _ in read_tiles(samples, side, progress, what="verifying"):
        if not chosen:
            continue
        kept += chosen
        gathered[None].append(parent.scores(tiles))
        for name, model in models.items():
            own = model.card.input_px
            fitted = tiles if own == side else np.stack([to_tile(tile, own) for tile in tiles])
            gathered[name].append(model.scores(fitted))
    if not kept:
        raise DataError("none of the pictures can be read")
    before = np.concatenate(gathered[None])
    return {
        name: _compare_scores(
            kept,
            before,
            np.concatenate(gathered[name]),
            (parent.card.threshold, model.card.threshold),
        )
        for name, model in models.items()
    }


def _compare_scores(
    samples: Sequence[Sample],
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    thresholds: tuple[float, float],
) -> dict[str, Any]:
    truths = truths_of(samples)
    sources = np.array([sample.source for sample in samples])
    same = (before >= thresholds[0]) == (after >= thresholds[1])
    difference = np.abs(before.astype(np.float64) - after)

    def figures(chosen: NDArray[np.bool_]) -> dict[str, Any]:
        return {
            "n": int(chosen.sum()),
            "agreement": float(same[chosen].mean()),
            "flips": int((~same[chosen]).sum()),
            "parent": compute_metrics(before[chosen], truths[chosen], thresholds[0]).to_dict(),
            "model": compute_metrics(after[chosen], truths[chosen], thresholds[1]).to_dict(),
        }

    return {
        **figures(np.ones(len(samples), bool)),
        "mean_difference": float(difference.mean()),
        "max_difference": float(difference.max()),
        "per_source": {str(name): figures(sources == name) for name in sorted(set(sources))},
        "flipped": [
            {
                "path": str(samples[i].path),
                "label": samples[i].label,
                "parent_score": float(before[i]),
                "model_score": float(after[i]),
            }
            for i in np.flatnonzero(~same).tolist()
        ],
    }
