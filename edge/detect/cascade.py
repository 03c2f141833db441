"""Two models in a row: a small one looks everywhere, a large one where the small is not sure.

What the large model would have found where it did not look is not guessed: on every photo it also
looks at a few of the pieces that were left out, chosen by chance, and what it finds is counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from edge.detect.components import highest_covering
from edge.detect.dense import compute_cell_logits, score_windows, stitch
from edge.detect.pieces import (
    MAX_PIECE_CELLS,
    OVERLAP_CELLS,
    Cut,
    Pieces,
    cut_side,
    plan_pieces,
)
from edge.files.errors import InputError
from edge.model.scorer import CellScorer

COUNTS = (
    "cells",
    "large_cells",
    "found_windows",
    "skipped_windows",
    "audited_windows",
    "missed_windows",
    "small_s",
    "large_s",
)

# Of the large model: small enough to leave much out, large enough that borders cost little.
_PIECE_CELLS = 20
_OVERLAP_CELLS = 2
# Where more of them is unsure, larger pieces of the whole photo are quicker.
_LARGE_ALONE_SHARE = 0.8
# Of the pieces left out that the large model looks at all the same.
_AUDIT_SHARE = 0.05


def choose_unsure_from(threshold: float, given: float | None = None) -> float:
    """Return the score of the small model from which the large one looks: half the threshold.

    On labelled squares of whole photos that kept 0.99 to 1.00 of what the large model alone finds.

    Args:
        threshold: decision value.
        given: what the user asks for, at most the threshold.

    Raises:
        InputError: given is above the threshold.
    """
    if given is None:
        return threshold / 2
    if given > threshold:
        raise InputError(
            f"--unsure-from {given:g} is above the threshold, so the large model would skip cracks "
            f"that the small one finds; choose one below {threshold:.4g}"
        )
    return given


def scan_cascade(
    small: CellScorer,
    large: CellScorer,
    pieces: Pieces,
    *,
    window_cells: int,
    unsure_from: float,
    threshold: float,
    max_cells: int = MAX_PIECE_CELLS,
    max_rows: int | None = None,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[NDArray[np.float32], dict[str, float]]:
    """Score a photo cell by cell with two models.

    Args:
        small: looks at the whole photo.
        large: looks at pieces with a window that the small one scores at ``unsure_from`` or above.
        pieces: the photo in cells.
        window_cells: side of a window in cells.
        unsure_from: score of the small model.
        threshold: decision value, for what is counted.
        max_cells: largest piece, in cells.
        max_rows: highest piece, in cells.
        seed: of the choice of pieces that are looked at for the count.
        clock: returns seconds.

    Returns:
        Cell logits, float32 (rows, columns), of the large model where it looked, and counts, which
        may be added up over photos: ``cells`` in all, ``large_cells`` that the large model
        computed, ``found_windows`` at or above the threshold, ``skipped_windows`` seen by the
        small model only, of these ``audited_windows`` and what the large model found there,
        ``missed_windows``; ``small_s`` and ``large_s``, seconds.
    """
    begun = clock()
    cells = compute_cell_logits(small, pieces, max_cells=max_cells, max_rows=max_rows)
    small_s = clock() - begun
    covering = highest_covering(score_windows(cells, window_cells), window_cells)
    unsure_cells = covering >= unsure_from
    high, wide = _cut_finely(pieces.rows), _cut_finely(pieces.columns)
    unsure = _find_unsure(unsure_cells, high, wide)
    if unsure.mean() > _LARGE_ALONE_SHARE:
        high, wide = plan_pieces(
            *unsure_cells.shape,
            overlap=OVERLAP_CELLS,
            max_cells=max_cells,
            max_rows=max_rows,
        )
        unsure = np.ones((len(high.origins), len(wide.origins)), bool)
    audited = _choose(~unsure, seed)
    begun = clock()
    large_cells = stitch(large, pieces, high, wide, wanted=unsure | audited)
    large_s = clock() - begun
    counts = _count_audit(large_cells, high, wide, audited, window_cells, threshold)
    seen = ~np.isnan(large_cells)
    cells = np.where(seen, large_cells, cells)
    # No cell under such a window is the large model's: the mean of zeros has a score of 0.5.
    skipped = score_windows(seen.astype(np.float32), window_cells) <= 0.5
    return cells, counts | {
        "cells": cells.size,
        "large_cells": int(np.count_nonzero(unsure | audited)) * high.length * wide.length,
        "found_windows": int(np.count_nonzero(score_windows(cells, window_cells) >= threshold)),
        "skipped_windows": int(np.count_nonzero(skipped)),
        "small_s": small_s,
        "large_s": large_s,
    }


def _find_unsure(unsure_cells: NDArray[np.bool_], high: Cut, wide: Cut) -> NDArray[np.bool_]:
    """Tell which pieces hold an unsure cell, bool (pieces down, pieces across)."""
    return np.array(
        [[unsure_cells[slice(*y), slice(*x)].any() for x in wide.used] for y in high.used]
    )


def _cut_finely(cells: int) -> Cut:
    inner = _PIECE_CELLS - _OVERLAP_CELLS
    return cut_side(cells, max(1, -(-(cells - _OVERLAP_CELLS) // inner)), _OVERLAP_CELLS)


def _choose(left_out: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """Choose a share of the pieces that were left out, at least one where there is any."""
    places = np.flatnonzero(left_out)
    count = -(-len(places) * _AUDIT_SHARE // 1)
    chosen = np.zeros(left_out.size, bool)
    chosen[np.random.default_rng(seed).choice(places, int(count), replace=False)] = True
    return chosen.reshape(left_out.shape)


def _count_audit(
    cells: NDArray[np.float32],
    high: Cut,
    wide: Cut,
    audited: NDArray[np.bool_],
    window_cells: int,
    threshold: float,
) -> dict[str, float]:
    """Count the windows inside audited pieces, and those that the large model finds there."""
    looked = missed = 0
    for y, x in np.argwhere(audited).tolist():
        part = cells[slice(*high.used[y]), slice(*wide.used[x])]
        if min(part.shape) >= window_cells:
            windows = score_windows(part, window_cells)
            looked += windows.size
            missed += int(np.count_nonzero(windows >= threshold))
    return {"audited_windows": looked, "missed_windows": missed}


def sum_counts(counts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Add up the counts of several photos or scales; empty where there was no cascade."""
    sums: dict[str, float] = {}
    for one in counts:
        for key, value in one.items():
            sums[key] = sums.get(key, 0) + value
    return sums


def describe_cascade(counts: Mapping[str, float]) -> dict[str, float | None]:
    """Say what a cascade lost and gained, from the counts of one photo or the sum of many.

    Returns:
        The counts, and ``looked_share``, cells that the large model computed for each of the photo;
        ``lost_recall``, the share of the windows that the large model alone would have found and
        the cascade did not, scaled up from the audited ones; ``time_ratio`` to the large model
        alone at its pace here. None where nothing was measured.
    """
    counts = dict.fromkeys(COUNTS, 0.0) | dict(counts)
    found, audited = counts["found_windows"], counts["audited_windows"]
    lost = None
    if audited:
        missed = counts["missed_windows"] / audited * counts["skipped_windows"]
        lost = missed / (missed + found) if missed + found else 0.0
    ratio = None
    if counts["large_cells"]:
        alone_s = counts["large_s"] / counts["large_cells"] * counts["cells"]
        ratio = (counts["small_s"] + counts["large_s"]) / alone_s if alone_s else None
    return {
        **counts,
        "looked_share": counts["large_cells"] / counts["cells"] if counts["cells"] else None,
        "lost_recall": lost,
        "time_ratio": ratio,
    }


def describe_in_words(found: Mapping[str, float | None]) -> str:
    """Return what ``describe_cascade`` found as a line of text."""
    shown = {key: "unknown" if value is None else f"{value:.1%}" for key, value in found.items()}
    return (
        f"the large model looked at {shown['looked_share']} of the cells; share of its own "
        f"findings that were missed: {shown['lost_recall']}, estimated from "
        f"{found['audited_windows']:,.0f} windows; time: {shown['time_ratio']} of the large model "
        "alone"
    )
