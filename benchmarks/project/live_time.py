"""What a turn of the live loop costs beside the bare invokes of its frame."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine_facts import describe_machine
from benchmarks.project.live_parts import WINDOWS, PreparedSource, make_frame_scorer, make_latest
from benchmarks.project.time_ratio import time_interleaved
from edge.evaluation.synthetic import draw_concrete
from edge.files.native_output import silence
from edge.live.capture.frame_grabber import FrameGrabber
from edge.live.loop.controls import DEFAULT_THRESHOLD, Controls
from edge.live.loop.watch_loop import WatchLoop, WatchSettings
from edge.model.backends import Runner, open_backend
from edge.model.card import Card
from edge.model.classifier import Classifier, open_classifier
from edge.model.tflite_file import find_model

FRAME_WH = (1280, 720)
# Whichever is more.
LIMIT_SHARE, LIMIT_MS = 0.05, 2.0
SHARES = {"median": 0.5, "p90": 0.9}

# So many pictures are drawn, half of them with a crack, and shown over and over: so many frames
# without a crack, then as many with one, so that events come and go.
_PICTURES = 8
_SHOWN_EACH = 20
_WARM_UP = 10
_FRAMES = 400
_STOP_S = 10.0


class NotingScorer:
    """Passes pieces on to a classifier and keeps the last ones.

    Attributes:
        card: of the model.
        threads: of the classifier.
        pieces: that were scored since they were last forgotten.
    """

    def __init__(self, classifier: Classifier) -> None:
        """Wrap a classifier."""
        self.card: Card = classifier.card
        self.threads = classifier.threads
        self.pieces: list[NDArray[np.uint8]] = []
        self._classifier = classifier

    def cell_logits(self, pieces: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """Score pieces."""
        kept = list(pieces)
        self.pieces += [np.array(piece) for piece in kept]
        return self._classifier.cell_logits(kept)

    def scores(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Score tiles."""
        self.pieces += [np.array(tile) for tile in tiles]
        return self._classifier.scores(tiles)


class BareFrames:
    """The invokes of each frame and nothing else: a thread and an interpreter for each core."""

    def __init__(self, model: Path, frames: Sequence[Sequence[NDArray[np.uint8]]]) -> None:
        """Open the model for all sizes of pieces.

        Args:
            model: its file.
            frames: the pieces of each frame.
        """
        backend = open_backend(model)
        shapes = {(piece.shape[0], piece.shape[1]) for pieces in frames for piece in pieces}
        threads = os.cpu_count() or 1
        self._frames = frames
        self._next = 0
        self._pool = ThreadPoolExecutor(threads)
        self._free: SimpleQueue[dict[tuple[int, int], Runner]] = SimpleQueue()
        with silence():
            for _ in range(threads):
                self._free.put({shape: backend.open_runner(shape) for shape in shapes})

    def __call__(self) -> None:
        """Run the invokes of the next frame."""
        pieces = self._frames[self._next % len(self._frames)]
        self._next += 1
        if len(pieces) == 1:
            # One invoke needs no other thread.
            self._run(pieces[0])
        else:
            list(self._pool.map(self._run, pieces))

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown()

    def _run(self, piece: NDArray[np.uint8]) -> None:
        runners = self._free.get()
        runners[piece.shape[0], piece.shape[1]](piece)
        self._free.put(runners)


def measure_live_time(
    model: str | Path = "default",
    *,
    views: Sequence[str] = tuple(WINDOWS),
    frame_wh: tuple[int, int] = FRAME_WH,
    frames: int = _FRAMES,
    warm_up: int = _WARM_UP,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Any]:
    """Time turns of the loop and the bare invokes of the same frames, one after the other.

    A turn takes the newest frame from the capture, cuts, scores, smooths, follows events and leaves
    all on the latest; nothing paces it. The bare invokes have the same pieces ready in memory, the
    same model, and as many threads.

    Args:
        model: a model file or a shipped model.
        views: which windows of a frame are scored.
        frame_wh: of a frame, px.
        frames: how many are timed.
        warm_up: frames before that.
        clock: returns seconds.

    Returns:
        For each view the times at the median and the 90th percentile, how much the loop's are
        above the bare ones, the limit, and the same of the differences frame by frame; ``events``
        that came and went meanwhile.
    """
    pictures = _draw_pictures(frame_wh)
    classifier = open_classifier(model, threads=os.cpu_count() or 1)
    return {
        "what": "a turn of the live loop beside the bare invokes of its frame, interleaved",
        "model": classifier.card.name,
        "frame_wh": list(frame_wh),
        "frames": frames,
        "limit": f"added at most {LIMIT_SHARE:.0%} or {LIMIT_MS:.0f} ms, whichever is more",
        "views": {
            view: _measure_view(classifier, model, view, pictures, frames, warm_up, clock)
            for view in views
        },
        "machine": describe_machine(),
    }


def _measure_view(
    classifier: Classifier,
    model: str | Path,
    view: str,
    pictures: Sequence[NDArray[np.uint8]],
    frames: int,
    warm_up: int,
    clock: Callable[[], float],
) -> dict[str, Any]:
    bare = BareFrames(find_model(model), _cut(classifier, view, pictures))
    latest = make_latest(classifier, view=view, threshold=DEFAULT_THRESHOLD)
    # Not live, so that the capture gives every frame: the same ones as the bare invokes have.
    capture = FrameGrabber(PreparedSource(pictures))
    capture.start()
    watch = WatchLoop(
        make_frame_scorer(classifier, view),
        capture,
        settings=WatchSettings(),
        latest=latest,
        controls=Controls(DEFAULT_THRESHOLD),
    )
    seconds = time_interleaved(
        {"loop": watch.turn, "bare": bare}, rounds=frames, warm_up=warm_up, clock=clock
    )
    bare.close()
    capture.stop(_STOP_S)
    figures = compare(seconds["loop"] * 1000, seconds["bare"] * 1000)
    return figures | {"events": latest.state.events}


def compare(loop_ms: NDArray[np.float64], bare_ms: NDArray[np.float64]) -> dict[str, Any]:
    """Compare the loop's times with the bare ones, float64 (frames,) each."""
    result: dict[str, Any] = {}
    for name, share in SHARES.items():
        loop, bare = (float(np.quantile(times, share)) for times in (loop_ms, bare_ms))
        limit = max(LIMIT_SHARE * bare, LIMIT_MS)
        result[name] = {
            "loop_ms": round(loop, 3),
            "bare_ms": round(bare, 3),
            "added_ms": round(loop - bare, 3),
            "limit_ms": round(limit, 3),
            "added_of_one_frame_ms": round(float(np.quantile(loop_ms - bare_ms, share)), 3),
            "passes": loop - bare <= limit,
        }
    return result


def _draw_pictures(frame_wh: tuple[int, int]) -> list[NDArray[np.uint8]]:
    """Return the frames in the order in which they are shown."""
    halves = [
        [draw_concrete(frame_wh, seed=seed, cracks=cracks).photo for seed in range(_PICTURES // 2)]
        for cracks in (0, 2)
    ]
    return [half[number % len(half)] for half in halves for number in range(_SHOWN_EACH)]


def _cut(
    classifier: Classifier, view: str, pictures: Sequence[NDArray[np.uint8]]
) -> list[list[NDArray[np.uint8]]]:
    """Return the pieces that the loop scores of each picture."""
    noting = NotingScorer(classifier)
    frame_scorer = make_frame_scorer(noting, view)
    known: dict[int, list[NDArray[np.uint8]]] = {}
    for picture in pictures:
        if id(picture) not in known:
            noting.pieces = []
            frame_scorer.score(picture)
            known[id(picture)] = noting.pieces
    return [known[id(picture)] for picture in pictures]
