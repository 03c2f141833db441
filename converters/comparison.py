"""Figures of a parent and its files on the same pictures, with intervals and what turned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.evidence import Evidence
from edge.evaluation.bootstrap import (
    FIGURES,
    Bootstrap,
    Resamples,
    find_interval,
    find_intervals,
    find_units,
)
from edge.evaluation.dataset import truths_of
from edge.evaluation.metrics import Metrics, compute_metrics


@dataclass(frozen=True)
class _Part:
    """The chosen ones of the pictures, and the resamples that every file of them shares."""

    chosen: NDArray[np.bool_]
    truths: NDArray[np.bool_]
    resamples: Resamples

    def figures(
        self, scores: NDArray[np.float32], threshold: float
    ) -> tuple[Metrics, dict[str, NDArray[np.float64]]]:
        """Compute the figures, and those of each resample where there are units enough."""
        scores = scores[self.chosen]
        if self.resamples.suffice:
            resampled = self.resamples.figures(scores, self.truths, threshold)
        else:
            resampled = {name: np.array([np.nan]) for name in FIGURES}
        return compute_metrics(scores, self.truths, threshold), resampled


def compare(
    evidence: Evidence,
    parent_threshold: float,
    thresholds: Mapping[str, float],
    bootstrap: Bootstrap,
) -> dict[str, dict[str, Any]]:
    """Hold files against their parent, each at its own threshold.

    Args:
        evidence: pictures of both labels, and the scores.
        parent_threshold: at or above it the parent says crack.
        thresholds: the same for each file, by name.
        bootstrap: how the intervals are drawn.

    Returns:
        For each name: n, agreement, flips (their number), parent and model (figures), difference
        (model minus parent), intervals (of agreement, parent, model and difference, and the
        number of units they rest on), mean_difference and max_difference (of the scores),
        per_source, flipped (the pictures with both scores).
    """
    sources = np.array([sample.source for sample in evidence.samples])
    everything = np.ones(len(sources), bool)
    over_all = _compare_part(evidence, everything, parent_threshold, thresholds, bootstrap)
    by_source = {
        str(source): _compare_part(
            evidence, sources == source, parent_threshold, thresholds, bootstrap
        )
        for source in sorted(set(sources))
    }
    return {
        name: {
            **over_all[name],
            **_compare_scores(evidence.parent, evidence.models[name]),
            "per_source": {source: part[name] for source, part in by_source.items()},
            "flipped": _list_flipped(evidence, name, (parent_threshold, threshold)),
        }
        for name, threshold in thresholds.items()
    }


def _compare_part(
    evidence: Evidence,
    chosen: NDArray[np.bool_],
    parent_threshold: float,
    thresholds: Mapping[str, float],
    bootstrap: Bootstrap,
) -> dict[str, dict[str, Any]]:
    samples = [evidence.samples[place] for place in np.flatnonzero(chosen)]
    part = _Part(chosen, truths_of(samples), Resamples(find_units(samples), bootstrap))
    before, before_resampled = part.figures(evidence.parent, parent_threshold)
    verdicts = evidence.parent[chosen] >= parent_threshold
    found = {}
    for name, threshold in thresholds.items():
        after, after_resampled = part.figures(evidence.models[name], threshold)
        same = verdicts == (evidence.models[name][chosen] >= threshold)
        shares = part.resamples.mean(same) if part.resamples.suffice else np.array([np.nan])
        agreement = find_interval(shares)
        found[name] = {
            "n": len(samples),
            "agreement": float(same.mean()),
            "flips": int((~same).sum()),
            "parent": before.to_dict(),
            "model": after.to_dict(),
            "difference": _subtract(after.to_dict(), before.to_dict()),
            "intervals": {
                "units": part.resamples.unit_count,
                "agreement": agreement.to_dict() if agreement else None,
                "parent": find_intervals(before_resampled),
                "model": find_intervals(after_resampled),
                "difference": find_intervals(
                    {key: after_resampled[key] - before_resampled[key] for key in FIGURES}
                ),
            },
        }
    return found


def _subtract(after: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, float | None]:
    return {
        key: None if after[key] is None or before[key] is None else after[key] - before[key]
        for key in FIGURES
    }


def _compare_scores(before: NDArray[np.float32], after: NDArray[np.float32]) -> dict[str, float]:
    difference = np.abs(before.astype(np.float64) - after)
    return {
        "mean_difference": float(difference.mean()),
        "max_difference": float(difference.max()),
    }


def _list_flipped(
    evidence: Evidence, name: str, thresholds: tuple[float, float]
) -> list[dict[str, Any]]:
    """List the pictures whose verdict turned; ``turned`` says whether to the right one."""
    before, after = evidence.parent, evidence.models[name]
    verdicts = after >= thresholds[1]
    flipped = np.flatnonzero((before >= thresholds[0]) != verdicts)
    entries: list[dict[str, Any]] = []
    for place in flipped.tolist():
        sample = evidence.samples[place]
        entry: dict[str, Any] = {"path": str(sample.path)}
        if evidence.boxes:
            entry["xyxy"] = list(evidence.boxes[place])
        entries.append(
            entry
            | {
                "label": sample.label,
                "source": sample.source,
                "parent_score": float(before[place]),
                "model_score": float(after[place]),
                "turned": "right" if verdicts[place] == sample.is_crack else "wrong",
            }
        )
    return entries
