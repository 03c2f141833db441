"""Figures of a parent and its files on the same pictures, with intervals and changed verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.verification.paired_scores import PairedScores
from edge.evaluation.bootstrap import (
    FIGURES,
    Bootstrap,
    Interval,
    Resamples,
    find_interval,
    find_units,
)
from edge.evaluation.dataset import truths_of
from edge.evaluation.metrics import Metrics, compute_metrics
from edge.photo.tiling import Box

FigureIntervals = Mapping[str, Interval | None]  # of each of FIGURES; None where there is none
_Resampled = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class ComparisonIntervals:
    """How far the figures of a comparison may lie from the truth.

    Attributes:
        units: independent photos or pictures that the intervals rest on.
        agreement: None where there are too few units.
        parent: of the parent's figures.
        model: of the file's figures.
        difference: of the file's figures less the parent's.
    """

    units: int
    agreement: Interval | None
    parent: FigureIntervals
    model: FigureIntervals
    difference: FigureIntervals


@dataclass(frozen=True)
class Comparison:
    """Figures of a parent and a file on the same pictures.

    Attributes:
        n: pictures.
        agreement: share of equal verdicts.
        flips: how many verdicts changed.
        flips_to_wrong: how many of those were right before.
        parent: figures of the parent.
        model: figures of the file.
        difference: of each of ``FIGURES``, the file's less the parent's; None where undefined.
        intervals: of all of these.
    """

    n: int
    agreement: float
    flips: int
    flips_to_wrong: int
    parent: Metrics
    model: Metrics
    difference: Mapping[str, float | None]
    intervals: ComparisonIntervals


@dataclass(frozen=True)
class Flip:
    """A picture whose verdict changed.

    Attributes:
        path: of the picture.
        box: left, upper, right, lower in px, where it is a square of a photo.
        label: crack or no_crack.
        source: where the picture comes from.
        parent_score: crack probability by the parent.
        model_score: the same by the file.
        is_right: whether the file's verdict is the one of the label.
    """

    path: Path
    box: Box | None
    label: str
    source: str
    parent_score: float
    model_score: float
    is_right: bool

    @property
    def change(self) -> float:
        """Return by how much the score changed."""
        return abs(self.model_score - self.parent_score)


@dataclass(frozen=True)
class FileComparison:
    """All that is known of how a file compares with its parent.

    Attributes:
        overall: on all pictures.
        per_source: on those of each source.
        flipped: the pictures whose verdict changed, in the order of the data.
        mean_difference: of the scores.
        max_difference: of the scores.
    """

    overall: Comparison
    per_source: Mapping[str, Comparison]
    flipped: tuple[Flip, ...]
    mean_difference: float
    max_difference: float

    def largest_flips(self, count: int) -> list[Flip]:
        """Return the changed verdicts whose score changed most, at most so many."""
        return sorted(self.flipped, key=lambda flip: -flip.change)[:count]


@dataclass(frozen=True)
class _Part:
    """The chosen ones of the pictures, and the resamples that every file of them shares."""

    chosen: NDArray[np.bool_]
    truths: NDArray[np.bool_]
    resamples: Resamples

    def figures(self, scores: NDArray[np.float32], threshold: float) -> tuple[Metrics, _Resampled]:
        """Compute the figures, and those of each resample where there are units enough."""
        scores = scores[self.chosen]
        if self.resamples.suffice:
            resampled = self.resamples.figures(scores, self.truths, threshold)
        else:
            resampled = {name: np.array([np.nan]) for name in FIGURES}
        return compute_metrics(scores, self.truths, threshold), resampled


def compare(
    scores: PairedScores,
    parent_threshold: float,
    thresholds: Mapping[str, float],
    bootstrap: Bootstrap,
) -> dict[str, FileComparison]:
    """Compare files with their parent, each at its own threshold.

    Args:
        scores: of pictures of both labels.
        parent_threshold: at or above it the parent says crack.
        thresholds: the same for each file, by name.
        bootstrap: how the intervals are drawn.

    Returns:
        The comparison of each file, by name.
    """
    sources = np.array([sample.source for sample in scores.samples])
    everything = np.ones(len(sources), bool)
    overall = _compare_part(scores, everything, parent_threshold, thresholds, bootstrap)
    by_source = {
        str(source): _compare_part(
            scores, sources == source, parent_threshold, thresholds, bootstrap
        )
        for source in sorted(set(sources))
    }
    found = {}
    for name, threshold in thresholds.items():
        difference = np.abs(scores.parent.astype(np.float64) - scores.models[name])
        found[name] = FileComparison(
            overall=overall[name],
            per_source={source: part[name] for source, part in by_source.items()},
            flipped=_list_flipped(scores, name, (parent_threshold, threshold)),
            mean_difference=float(difference.mean()),
            max_difference=float(difference.max()),
        )
    return found


def _compare_part(
    scores: PairedScores,
    chosen: NDArray[np.bool_],
    parent_threshold: float,
    thresholds: Mapping[str, float],
    bootstrap: Bootstrap,
) -> dict[str, Comparison]:
    samples = [scores.samples[place] for place in np.flatnonzero(chosen)]
    part = _Part(chosen, truths_of(samples), Resamples(find_units(samples), bootstrap))
    before, before_resampled = part.figures(scores.parent, parent_threshold)
    verdicts = scores.parent[chosen] >= parent_threshold
    found = {}
    for name, threshold in thresholds.items():
        after, after_resampled = part.figures(scores.models[name], threshold)
        own_verdicts = scores.models[name][chosen] >= threshold
        same = verdicts == own_verdicts
        shares = part.resamples.mean(same) if part.resamples.suffice else np.array([np.nan])
        differences = {key: after_resampled[key] - before_resampled[key] for key in FIGURES}
        found[name] = Comparison(
            n=len(samples),
            agreement=float(same.mean()),
            flips=int((~same).sum()),
            flips_to_wrong=int((~same & (own_verdicts != part.truths)).sum()),
            parent=before,
            model=after,
            difference=_subtract(after, before),
            intervals=ComparisonIntervals(
                units=part.resamples.unit_count,
                agreement=find_interval(shares),
                parent=_intervals_of(before_resampled),
                model=_intervals_of(after_resampled),
                difference=_intervals_of(differences),
            ),
        )
    return found


def _intervals_of(resampled: _Resampled) -> FigureIntervals:
    return {name: find_interval(values) for name, values in resampled.items()}


def _subtract(after: Metrics, before: Metrics) -> dict[str, float | None]:
    pairs = {key: (getattr(after, key), getattr(before, key)) for key in FIGURES}
    return {key: None if None in pair else pair[0] - pair[1] for key, pair in pairs.items()}


def _list_flipped(
    scores: PairedScores, name: str, thresholds: tuple[float, float]
) -> tuple[Flip, ...]:
    before, after = scores.parent, scores.models[name]
    verdicts = after >= thresholds[1]
    flipped = np.flatnonzero((before >= thresholds[0]) != verdicts)
    return tuple(
        Flip(
            path=sample.path,
            box=scores.boxes[place] if scores.boxes else None,
            label=sample.label,
            source=sample.source,
            parent_score=float(before[place]),
            model_score=float(after[place]),
            is_right=bool(verdicts[place] == sample.is_crack),
        )
        for place in flipped.tolist()
        for sample in [scores.samples[place]]
    )
