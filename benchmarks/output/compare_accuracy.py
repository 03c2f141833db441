"""Accuracy of two runs on the pictures that both have seen: a paired bootstrap of photos."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.output.compare_change import Finding
from benchmarks.output.compare_match import Pair
from benchmarks.stats.calibration_error import brier_score
from edge.evaluation.bootstrap import MIN_UNITS, Bootstrap, Resamples
from edge.evaluation.metrics import compute_metrics

# A lower figure is worse but for the Brier score.
FIGURES = {
    "recall": ("worse", "better"),
    "precision": ("worse", "better"),
    "f1": ("worse", "better"),
    "auc": ("worse", "better"),
    "accuracy": ("worse", "better"),
    "brier": ("better", "worse"),
}
# Share of resamples without cracks (or without a call) from which on a figure's error is unknown.
_MAX_LEFT_OUT = 0.5


@dataclass(frozen=True, eq=False)
class Shared:
    """The pictures that both runs have scored.

    Attributes:
        base: (N,), their places in the base.
        new: (N,), their places in the new results.
        truths: (N,), True for a crack.
        units: (N,), the photo of each, numbered from 0.
        left_out: pictures of one run only.
        relabelled: pictures whose label differs; they are left out too.
    """

    base: NDArray[np.intp]
    new: NDArray[np.intp]
    truths: NDArray[np.bool_]
    units: NDArray[np.intp]
    left_out: int
    relabelled: int


def find_shared(base: Mapping[str, Any], new: Mapping[str, Any]) -> Shared:
    """Find the pictures that both have scored, by the samples of two results.

    A picture that comes several times is as often shared as it is in both.
    """
    before, after = (_places(samples["id"]) for samples in (base, new))
    both = [key for key in before if key in after]
    places = np.array([(before[key], after[key]) for key in both], np.intp).reshape(-1, 2)
    truths = np.asarray(base["is_crack"], bool)[places[:, 0]]
    same = truths == np.asarray(new["is_crack"], bool)[places[:, 1]]
    kept = places[same]
    names = np.asarray(base["unit"], str)[kept[:, 0]]
    return Shared(
        base=kept[:, 0],
        new=kept[:, 1],
        truths=truths[same],
        units=np.unique(names, return_inverse=True)[1].reshape(-1),
        left_out=len(before) + len(after) - 2 * len(both),
        relabelled=int((~same).sum()),
    )


def _places(ids: Sequence[str]) -> dict[tuple[str, int], int]:
    seen: dict[str, int] = {}
    places = {}
    for place, name in enumerate(ids):
        seen[name] = seen.get(name, 0) + 1
        places[name, seen[name]] = place
    return places


def find_accuracies(
    pairs: Sequence[Pair], shared: Shared, *, min_difference: float, seed: int
) -> tuple[list[Finding], list[str], list[str]]:
    """Compare rows of accuracies on the pictures that both runs share.

    Args:
        pairs: rows that belong together.
        shared: the pictures.
        min_difference: of a figure under which none is of use.
        seed: of the bootstrap; both runs see the same resamples of photos.

    Returns:
        Findings, notes, and what kept from verdicts.
    """
    notes = []
    if shared.left_out:
        notes.append(f"accuracy is compared without {shared.left_out} pictures of one run only")
    if shared.relabelled:
        notes.append(
            f"accuracy is compared without {shared.relabelled} pictures whose label differs"
        )
    if not len(shared.truths):
        return [], notes, ["accuracy is not compared: the runs share no picture"]
    resamples = Resamples(shared.units, Bootstrap(seed=seed))
    obstacles = []
    if not resamples.suffice:
        obstacles.append(
            f"accuracy: no verdict, it takes at least {MIN_UNITS} photos, got "
            f"{resamples.unit_count}"
        )
    findings = [
        finding for pair in pairs for finding in _compare(pair, shared, resamples, min_difference)
    ]
    return findings, notes, obstacles


def _compare(
    pair: Pair, shared: Shared, resamples: Resamples, min_difference: float
) -> list[Finding]:
    sides = (
        (np.asarray(pair.base["scores"], np.float64)[shared.base], pair.base["threshold"]),
        (np.asarray(pair.new["scores"], np.float64)[shared.new], pair.new["threshold"]),
    )
    base, new = (_figures(scores, shared.truths, threshold) for scores, threshold in sides)
    errors = _errors(sides, shared.truths, resamples) if resamples.suffice else {}
    findings = []
    for figure, words in FIGURES.items():
        before, after = base[figure], new[figure]
        if before is None or after is None:
            continue
        findings.append(
            Finding(
                part="accuracy",
                row=pair.row,
                figure=figure,
                base=before,
                new=after,
                is_ratio=False,
                distance=after - before,
                error=errors.get(figure),
                df=resamples.unit_count - 1,
                words=words,
                smallest=min_difference,
            )
        )
    return findings


def _figures(
    scores: NDArray[np.float64], truths: NDArray[np.bool_], threshold: float
) -> dict[str, float | None]:
    found = compute_metrics(scores, truths, threshold).to_dict()
    found["brier"] = brier_score(scores, truths)
    return {name: found[name] for name in FIGURES}


def _errors(
    sides: Sequence[tuple[NDArray[np.float64], float]],
    truths: NDArray[np.bool_],
    resamples: Resamples,
) -> dict[str, float]:
    """Return the standard error of each figure's difference.

    Not percentiles: those that many verdicts at once ask for lie beyond a thousand resamples.
    """
    drawn = [resamples.figures(scores, truths, threshold) for scores, threshold in sides]
    differences = {name: drawn[1][name] - drawn[0][name] for name in drawn[0]}
    hits = [(scores >= threshold) == truths for scores, threshold in sides]
    differences["accuracy"] = resamples.mean(hits[1]) - resamples.mean(hits[0])
    squares = [(scores - truths) ** 2 for scores, _ in sides]
    differences["brier"] = _mean(squares[1] - squares[0], resamples)
    # A resample of n units varies by (n - 1) / n too little (Hesterberg 2015, section 4.2).
    factor = math.sqrt(resamples.unit_count / (resamples.unit_count - 1))
    return {
        name: float(np.nanstd(values)) * factor
        for name, values in differences.items()
        if np.isnan(values).mean() <= _MAX_LEFT_OUT
    }


def _mean(values: NDArray[np.float64], resamples: Resamples) -> NDArray[np.float64]:
    sums = np.bincount(resamples.units, weights=values, minlength=resamples.unit_count)
    sizes = np.bincount(resamples.units, minlength=resamples.unit_count)
    counts = resamples.counts.astype(np.float64)
    return np.asarray((counts @ sums) / (counts @ sizes), np.float64)
