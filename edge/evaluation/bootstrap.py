"""How far figures may lie from the truth: percentile bootstrap of independent units. Pure numpy.

Pictures of one photo resemble each other, so whole photos are drawn, not pictures (the cluster
bootstrap, Davison & Hinkley 1997, section 3.8); single pictures would promise too narrow intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.evaluation.dataset import Sample

LEVEL = 0.95
FIGURES = ("recall", "precision", "f1", "auc")
METHOD = (
    "percentile bootstrap of whole photos where they are known (cluster bootstrap), of single "
    "pictures elsewhere; parent and file on the same resamples"
)
# Of fewer units the resamples are too few different ones to say anything.
MIN_UNITS = 5
# Weights held in memory at a time: 32 MB.
_MAX_WEIGHTS = 4_000_000


@dataclass(frozen=True)
class Bootstrap:
    """Settings: how many resamples, and the seed of their choice."""

    resamples: int = 1000
    seed: int = 0


@dataclass(frozen=True)
class Interval:
    """Where a figure lies in ``LEVEL`` of the resamples.

    Attributes:
        low: lower end.
        high: upper end.
        left_out: resamples in which the figure has no value, for want of one of the labels.
    """

    low: float
    high: float
    left_out: int

    def to_dict(self) -> dict[str, Any]:
        """Return the ends and the count by name."""
        return asdict(self)


def find_units(samples: Sequence[Sample]) -> NDArray[np.intp]:
    """Number the independent units: a photo where it is known, else each picture, intp (N,)."""
    names = [sample.group if sample.has_photo else f"\n{sample.path}" for sample in samples]
    return np.unique(names, return_inverse=True)[1].reshape(-1)


class Resamples:
    """Draws of units with replacement, as many as there are units; the same for every model.

    Args:
        units: (N,), the unit of each picture, numbered from 0.
        settings: number and seed.

    Attributes:
        units: the same.
        unit_count: how many there are, U.
        counts: uint8 (R, U), how often each unit is in each resample.
    """

    def __init__(self, units: NDArray[np.intp], settings: Bootstrap) -> None:
        self.units = units
        self.unit_count = int(units.max()) + 1
        rng = np.random.default_rng(settings.seed)
        # One byte: a unit does not come 256 times in a draw of so many.
        self.counts = np.empty((settings.resamples, self.unit_count), np.uint8)
        for row in self.counts:
            drawn = rng.integers(self.unit_count, size=self.unit_count)
            row[:] = np.bincount(drawn, minlength=self.unit_count)

    @property
    def suffice(self) -> bool:
        """Tell whether there are units enough for an interval."""
        return self.unit_count >= MIN_UNITS

    def mean(self, values: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the share of True among the pictures of each resample, (R,)."""
        hits = self._sum_by_unit(values)
        sizes = self._sum_by_unit(np.ones(len(values), bool))
        return np.concatenate([(counts @ hits) / (counts @ sizes) for counts in self._parts()])

    def figures(
        self, scores: NDArray[np.floating[Any]], truths: NDArray[np.bool_], threshold: float
    ) -> dict[str, NDArray[np.float64]]:
        """Compute ``FIGURES`` in each resample, (R,) each, NaN where one has no value.

        Args:
            scores: (N,), crack probabilities.
            truths: (N,), True for a crack.
            threshold: a score at or above it is a crack.
        """
        # In the precision of the threshold, as everywhere else.
        verdicts = np.asarray(scores, np.float64) >= threshold
        found, called, cracks = (
            self._sum_by_unit(flags) for flags in (verdicts & truths, verdicts, truths)
        )
        # For each crack how many pictures without one score lower, and how many no higher.
        order = np.flatnonzero(~truths)[np.argsort(scores[~truths], kind="stable")]
        lower = np.searchsorted(scores[order], scores[truths], side="left")
        no_higher = np.searchsorted(scores[order], scores[truths], side="right")
        parts = []
        for counts in self._parts():
            tp, positive, crack = counts @ found, counts @ called, counts @ cracks
            below = np.zeros((len(counts), len(order) + 1))
            np.cumsum(counts[:, self.units[order]], axis=1, out=below[:, 1:])
            wins = (below[:, lower] + below[:, no_higher]) / 2
            pairs = np.einsum("rn,rn->r", wins, counts[:, self.units[truths]])
            with np.errstate(divide="ignore", invalid="ignore"):
                parts.append(
                    (
                        tp / crack,
                        tp / positive,
                        2 * tp / (crack + positive),
                        pairs / (crack * below[:, -1]),
                    )
                )
        columns = (np.concatenate(column) for column in zip(*parts, strict=True))
        return dict(zip(FIGURES, columns, strict=True))

    def _parts(self) -> Iterator[NDArray[np.float64]]:
        """Yield how often each unit is in each resample, (K, units), so many as memory allows."""
        rows = max(1, _MAX_WEIGHTS // max(self.unit_count, len(self.units)))
        for start in range(0, len(self.counts), rows):
            yield self.counts[start : start + rows].astype(np.float64)

    def _sum_by_unit(self, flags: NDArray[np.bool_]) -> NDArray[np.float64]:
        sums = np.bincount(self.units, weights=flags, minlength=self.unit_count)
        return sums.astype(np.float64)


def find_interval(values: NDArray[np.float64]) -> Interval | None:
    """Return the middle ``LEVEL`` of the values, NaN left out; None if there is no other."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), len(values) - len(known))


def find_intervals(
    figures: Mapping[str, NDArray[np.float64]],
) -> dict[str, dict[str, Any] | None]:
    """Return the interval of each figure by its name, ready for JSON."""
    found = {name: find_interval(values) for name, values in figures.items()}
    return {name: one.to_dict() if one else None for name, one in found.items()}
