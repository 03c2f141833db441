"""Where the time of one photo goes: decode, resize, invoke, and the rest, on one thread."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.result_types import ProblemEntry, StagesRow
from benchmarks.run.backends import open_tested
from benchmarks.run.isolated_process import run_isolated
from benchmarks.run.pieces import PHOTO_WH
from benchmarks.run.subject import Subject, describe_problem
from edge.detect.photo_scan import scan_photo
from edge.detect.settings import ScanSettings
from edge.evaluation.synthetic import draw_concrete
from edge.files.errors import EnvironmentLacksError, ModelError
from edge.files.progress import Progress
from edge.model.scorer import Scorer
from edge.photo.codec import write_photo
from edge.photo.source import PhotoSource, open_source

ROUNDS = 3

Clock = Callable[[], float]


@dataclass(frozen=True)
class Stages:
    """Where the time of one photo went, ms.

    Attributes:
        photo_mpx: its size, 10^6 px.
        decode_ms: reading the file and decoding it.
        resize_ms: cutting pieces out and resizing them.
        invoke_ms: the runtime.
        rest_ms: heat map and regions.
    """

    photo_mpx: float
    decode_ms: float
    resize_ms: float
    invoke_ms: float
    rest_ms: float


def measure_stages(
    subjects: Sequence[Subject],
    *,
    rounds: int = ROUNDS,
    progress: Progress,
    drawn_wh: tuple[int, int] = PHOTO_WH,
) -> tuple[list[StagesRow], list[ProblemEntry]]:
    """Scan a drawn photo with every subject, each in a process of its own.

    Args:
        subjects: files and backends.
        rounds: how often each scans it, after once that warms up.
        progress: gets a step for each subject.
        drawn_wh: size of the drawn photo, px.

    Returns:
        Rows of ``stages`` and of ``problems`` as in results.json.
    """
    rows: list[StagesRow] = []
    problems: list[ProblemEntry] = []
    with tempfile.TemporaryDirectory() as name:
        photo = Path(name) / "drawn.jpg"
        write_photo(photo, draw_concrete(drawn_wh, seed=1).photo)
        for done, subject in enumerate(subjects, start=1):
            try:
                row = run_isolated(_measure_one, subject, photo, rounds)
            except (ModelError, EnvironmentLacksError) as error:
                problems.append(describe_problem(subject, error))
            else:
                rows.append(row)
            progress.step("stages of a photo", done, len(subjects))
    return rows, problems


def _measure_one(subject: Subject, photo: Path, rounds: int) -> StagesRow:
    scorer = open_tested(subject.file.path, subject.backend)
    time_stages(scorer, photo)
    return summarise_stages(subject, [time_stages(scorer, photo) for _ in range(rounds)])


def summarise_stages(subject: Subject, stages: Sequence[Stages]) -> StagesRow:
    """Return the medians; the total is their sum."""
    mpx, decode, resize, invoke, rest = np.median([astuple(one) for one in stages], axis=0).tolist()
    return {
        "file": subject.file.name,
        "backend": subject.backend,
        "photo_mpx": mpx,
        "view": "dense" if subject.file.card.has_dense_view else "tile",
        "decode_ms": decode,
        "resize_ms": resize,
        "invoke_ms": invoke,
        "rest_ms": rest,
        "total_ms": decode + resize + invoke + rest,
    }


def time_stages(scorer: Scorer, photo: Path, *, clock: Clock = time.perf_counter) -> Stages:
    """Scan a photo once, piece after piece: in the dense view, or by tiles where there is none.

    Args:
        scorer: the model.
        photo: file of the photo.
        clock: returns seconds.

    Raises:
        PhotoError: the photo cannot be read.
    """
    card = scorer.card
    settings = ScanSettings(card.threshold, view="dense" if card.has_dense_view else "tile")
    watch = _PieceClock(clock)
    begun = clock()
    with open_source(photo, max_decoded_mb=None) as opened:
        decoded = clock()
        scan_photo(_TimedScorer(scorer, watch), _TimedSource(opened.source, watch), settings)
        ended = clock()
        width, height = opened.source.size_wh
    rest = ended - decoded - watch.resize_s - watch.invoke_s
    seconds = (decoded - begun, watch.resize_s, watch.invoke_s, rest)
    return Stages(width * height / 1e6, *(1000 * one for one in seconds))


class _PieceClock:
    """Adds up the time of pieces: they are cut from the first look at the photo to the invoke."""

    def __init__(self, clock: Clock) -> None:
        self.resize_s = self.invoke_s = 0.0
        self._clock = clock
        self._cutting_since: float | None = None

    def note_cutting(self) -> None:
        if self._cutting_since is None:
            self._cutting_since = self._clock()

    def time_invoke(self, invoke: Callable[[], Any]) -> Any:
        begun = self._clock()
        if self._cutting_since is not None:
            self.resize_s += begun - self._cutting_since
            self._cutting_since = None
        result = invoke()
        self.invoke_s += self._clock() - begun
        return result


class _TimedSource:
    """A photo that notes when px are read."""

    def __init__(self, source: PhotoSource, watch: _PieceClock) -> None:
        self.size_wh = source.size_wh
        self._source = source
        self._watch = watch

    def read(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
        self._watch.note_cutting()
        return self._source.read(left, top, right, bottom)


class _TimedScorer:
    """A scorer whose pieces are cut and scored in turn, never side by side."""

    def __init__(self, scorer: Scorer, watch: _PieceClock) -> None:
        self.card = scorer.card
        self._scorer = scorer
        self._watch = watch

    def scores(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = self._watch.time_invoke(lambda: self._scorer.scores(tiles))
        return scores

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        for piece in pieces:
            yield self._watch.time_invoke(partial(self._score, piece))

    def _score(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        (cells,) = self._scorer.cell_logits([piece])
        return cells
