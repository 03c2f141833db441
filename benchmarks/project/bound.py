"""What a scan cannot do without: the bare invokes that the photo's px need, on all cores."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.project.time_ratio import time_interleaved
from benchmarks.run.invokes import Interpreters, ProcessLayout, open_interpreters
from edge.model.card import CELL_PX

# Sizes of pieces tried, in cells: from about one tile up to where activations leave the cache and
# nothing is gained any more.
_SMALLEST, _LARGEST = 49, 1024
_CHOICE_ROUNDS = 3
# What a share of px beyond the photo weighs against the log of a piece's width to its height.
_FIT = 100


@dataclass(frozen=True)
class Cutting:
    """A photo cut into equal pieces side by side, no halo.

    Attributes:
        rows: cells of a piece's height.
        columns: cells of its width.
        pieces: how many of them the photo's px fill; no whole number where they don't fit.
    """

    rows: int
    columns: int
    pieces: float

    @property
    def shape_hw(self) -> tuple[int, int]:
        """Return height and width of a piece, px."""
        return self.rows * CELL_PX, self.columns * CELL_PX


def list_cuttings(size_wh: tuple[int, int]) -> list[Cutting]:
    """Return one cutting for each doubling of the piece: the one that fits and is squarest.

    Args:
        size_wh: of the photo, px.
    """
    columns, rows = (max(1, -(-side // CELL_PX)) for side in size_wh)
    needed = size_wh[0] * size_wh[1] / CELL_PX**2
    best: dict[int, tuple[float, Cutting]] = {}
    for down in range(1, rows + 1):
        for across in range(1, columns + 1):
            high, wide = -(-rows // down), -(-columns // across)
            # A photo smaller than a tile is one piece.
            smallest = min(_SMALLEST, rows * columns)
            if not smallest <= high * wide <= _LARGEST:
                continue
            waste = high * down * wide * across / (rows * columns) - 1
            cost = _FIT * waste + abs(math.log(high / wide))
            size = int(math.log2(high * wide / _SMALLEST))
            if size not in best or cost < best[size][0]:
                best[size] = cost, Cutting(high, wide, needed / (high * wide))
    return [cutting for _, cutting in best.values()]


@dataclass
class BareInvokes:
    """Open interpreters; a call lets them work and waits for all.

    Attributes:
        layout: over processes and threads.
        each: invokes of one interpreter in a call.
        share: of a call's time that the photo needs: its pieces may be no multiple of ``each``.
        opened: processes that wait.
    """

    layout: ProcessLayout
    each: int
    share: float
    opened: Interpreters

    def __call__(self) -> None:
        """Run the invokes of one photo."""
        self.opened.run(self.each)


@contextmanager
def open_invokes(
    model: Path, cutting: Cutting, layout: ProcessLayout, *, backend: str | None = None
) -> Iterator[BareInvokes]:
    """Start the processes of a layout, with the model opened for pieces of one size.

    Args:
        model: its file.
        cutting: of the photo.
        layout: over processes and threads.
        backend: name of the runtime; the first at hand if None.
    """
    each = max(1, round(cutting.pieces / layout.workers))
    with open_interpreters(model, cutting.shape_hw, layout, backend=backend) as opened:
        yield BareInvokes(layout, each, cutting.pieces / (each * layout.workers), opened)


def choose_cutting(model: Path, size_wh: tuple[int, int], cores: int) -> Cutting:
    """Measure which pieces take the least time for a photo, with one thread per core."""
    cuttings = {str(cutting.shape_hw): cutting for cutting in list_cuttings(size_wh)}
    with ExitStack() as stack:
        invokes = {
            name: stack.enter_context(open_invokes(model, cutting, ProcessLayout(1, cores)))
            for name, cutting in cuttings.items()
        }
        seconds = time_interleaved(invokes, rounds=_CHOICE_ROUNDS)
        times = {name: np.median(seconds[name]) * invokes[name].share for name in invokes}
    return cuttings[min(times, key=lambda name: times[name])]
