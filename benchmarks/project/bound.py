"""What a scan cannot do without: the bare invokes that the photo's px need, on all cores."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import time_interleaved
from edge.backends import Runner, open_backend
from edge.card import CELL_PX
from edge.quiet import hush

# Sizes of pieces tried, in cells: from about one tile up to where activations leave the cache and
# nothing is gained any more.
_SMALLEST, _LARGEST = 49, 1024
_CHOICE_ROUNDS = 3
# What a share of px beyond the photo weighs against the log of a piece's width to its height.
_FIT = 100


@dataclass(frozen=True)
class Split:
    """How invokes are spread: processes, each with as many interpreters of one thread."""

    processes: int
    threads: int

    def __str__(self) -> str:
        if self.processes == 1:
            return f"{self.threads} thread{'s' * (self.threads > 1)}"
        return f"{self.processes} processes of {self.threads}"


def list_splits(cores: int) -> list[Split]:
    """Return the splits worth trying: 1, 2, 4 ... threads, all cores, and those as processes."""
    threads = sorted({2**power for power in range(cores.bit_length())} | {cores})
    alone = [Split(1, count) for count in threads]
    return alone + [Split(n, cores // n) for n in range(2, cores + 1) if cores % n == 0]


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
    """Processes that wait with open interpreters; a call lets them work and waits for all.

    Attributes:
        split: over processes and threads.
        each: invokes of one interpreter in a call.
        share: of a call's time that the photo needs: its pieces may be no multiple of ``each``.
    """

    split: Split
    each: int
    share: float
    connections: list[Connection]

    def __call__(self) -> None:
        """Run the invokes of one photo."""
        for connection in self.connections:
            connection.send(self.each)
        for connection in self.connections:
            connection.recv()


@contextmanager
def open_invokes(model: Path, cutting: Cutting, split: Split) -> Iterator[BareInvokes]:
    """Start the processes of a split, with the model opened for pieces of one size."""
    context = multiprocessing.get_context("spawn")
    workers = split.processes * split.threads
    each = max(1, round(cutting.pieces / workers))
    processes, connections = [], []
    for _ in range(split.processes):
        here, there = context.Pipe()
        words = there, model, cutting.shape_hw, split.threads
        process = context.Process(target=_serve, args=words, daemon=True)
        process.start()
        there.close()
        processes.append(process)
        connections.append(here)
    try:
        for connection in connections:
            connection.recv()
        yield BareInvokes(split, each, cutting.pieces / (each * workers), connections)
    finally:
        for connection in connections:
            connection.close()
        for process in processes:
            process.join()


def _serve(connection: Connection, model: Path, shape_hw: tuple[int, int], threads: int) -> None:
    """Open one interpreter per thread, then run as many invokes on each as is asked for."""
    backend = open_backend(model)
    with hush():
        runners = [backend.open_runner(shape_hw) for _ in range(threads)]
    piece = np.random.default_rng(0).integers(0, 256, (*shape_hw, 3), dtype=np.uint8)
    count = 1  # warms up
    with ThreadPoolExecutor(threads) as pool:
        while True:
            list(pool.map(partial(_repeat, piece, count), runners))
            connection.send(count)
            try:
                count = connection.recv()
            except EOFError:
                return


def _repeat(piece: NDArray[np.uint8], count: int, runner: Runner) -> None:
    for _ in range(count):
        runner(piece)


def choose_cutting(model: Path, size_wh: tuple[int, int], cores: int) -> Cutting:
    """Measure which pieces take the least time for a photo, with one thread per core."""
    cuttings = {str(cutting.shape_hw): cutting for cutting in list_cuttings(size_wh)}
    with ExitStack() as stack:
        invokes = {
            name: stack.enter_context(open_invokes(model, cutting, Split(1, cores)))
            for name, cutting in cuttings.items()
        }
        seconds = time_interleaved(invokes, rounds=_CHOICE_ROUNDS)
        times = {name: np.median(seconds[name]) * invokes[name].share for name in invokes}
    return cuttings[min(times, key=lambda name: times[name])]
