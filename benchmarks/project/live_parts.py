"""What the benches of the live watch share: cameras without a device, a sink of spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from benchmarks.project.event_match import Span
from edge.detect.settings import View
from edge.live.capture.camera_stats import CameraState
from edge.live.capture.frame import Frame
from edge.live.capture.source import RawFrame, Source, SourceEndedError
from edge.live.events.event import Notice
from edge.live.loop.controls import Controls
from edge.live.loop.latest_observation import LatestObservation
from edge.live.loop.live_state import LiveState, SinkState, state_at_start
from edge.live.loop.sink import Sink
from edge.live.scoring.frame_scorer import FrameScorer
from edge.live.scoring.overlay import draw_no_picture, draw_observation
from edge.live.scoring.roi import CENTER, FramePart
from edge.live.timing.clock import Clock
from edge.model.classifier import Classifier
from edge.model.scorer import Scorer

# Which windows of a frame are scored, by the names in the results: the model's view and the part
# of the frame.
WINDOWS: dict[str, tuple[View, FramePart | None]] = {
    "center": ("tile", CENTER),
    "grid": ("tile", None),
    "dense": ("dense", None),
}

_CLOSE_S = 10.0


class StepCamera:
    """Gives a source's frames one by one, in the thread that asks: no capture beside the loop.

    Times of events are the source's own, so they can be compared with its truth.
    """

    def __init__(self, source: Source) -> None:
        """Open the source."""
        self._source = source
        self._clock = Clock()
        self._number = 0
        self._has_ended = False
        self._state = CameraState(source.name, "running")
        source.open()

    @property
    def state(self) -> CameraState:
        """Return that it runs."""
        return self._state

    @property
    def has_ended(self) -> bool:
        """Tell whether the source is at its end."""
        return self._has_ended

    def wait(self, timeout_s: float) -> Frame | None:
        """Return the next frame; None at the end."""
        try:
            raw_frame = self._source.read()
        except SourceEndedError:
            self._has_ended = True
            return None
        self._number += 1
        now_s = self._clock.monotonic()
        media_s = now_s if raw_frame.media_s is None else raw_frame.media_s
        return Frame(self._number, raw_frame.picture, media_s, now_s, media_s)

    def reopen(self) -> None:
        """Stay as it is."""


class PreparedSource:
    """Gives pictures that lie ready in memory, over and over.

    Attributes:
        name: what it is called.
        is_live: no: every frame is looked at.
    """

    name = "pictures in memory"
    is_live = False

    def __init__(self, pictures: Sequence[NDArray[np.uint8]], *, fps: float = 10.0) -> None:
        """Take the pictures.

        Args:
            pictures: uint8 (H, W, 3), RGB.
            fps: of the times of its frames.
        """
        self._pictures = pictures
        self._fps = fps
        self._number = 0

    def open(self) -> None:
        """Do nothing: it goes on where it was."""

    def read(self) -> RawFrame:
        """Return the next picture."""
        number, self._number = self._number, self._number + 1
        return RawFrame(self._pictures[number % len(self._pictures)], media_s=number / self._fps)

    def close(self) -> None:
        """Do nothing."""


class SpanSink:
    """A sink that keeps from when to when events lasted, by the frames' own time.

    Attributes:
        spans: of events that ended.
    """

    def __init__(self) -> None:
        """Begin without an event."""
        self.spans: list[Span] = []
        self._began_s = 0.0

    @property
    def state(self) -> SinkState:
        """Return that it works."""
        return SinkState("spans", "working", done=len(self.spans))

    def take(self, notice: Notice) -> None:
        """Note when an event begins, and keep it when it has ended."""
        if notice.phase == "begin":
            self._began_s = notice.best.frame.time_s
        elif notice.phase == "end":
            self.spans.append(Span(self._began_s, self._began_s + notice.event.duration_s))

    def tell(self, state: LiveState) -> None:
        """Do nothing with it."""

    def reopen(self) -> None:
        """Do nothing: nothing is held open."""

    def close(self, *, timeout_s: float) -> None:
        """Do nothing: nothing waits."""


def make_frame_scorer(scorer: Scorer, view: str) -> FrameScorer:
    """Return what scores the windows of ``WINDOWS`` of that name."""
    of_model, roi = WINDOWS[view]
    return FrameScorer(scorer, view=of_model, roi=roi)


def make_latest(
    classifier: Classifier, *, view: str, threshold: float, source: str = "bench"
) -> LatestObservation:
    """Return a place for observations that holds none yet."""
    card, backend = classifier.card, classifier.backend
    return LatestObservation(
        state_at_start(card, backend, view=view, source=source, threshold=threshold)
    )


@contextmanager
def open_page(
    latest: LatestObservation, controls: Controls, *, longest_px: int
) -> Iterator[tuple[Sink, int]]:
    """Serve the live page on a free port of this machine; yield it and the port.

    Args:
        latest: what it shows.
        controls: what it can change.
        longest_px: longest side of its picture.
    """
    # Its packages are an extra.
    from edge.live.web.live_page import LivePage

    draw = partial(draw_observation, longest_px=longest_px)
    page = LivePage(latest, controls, draw=draw, draw_no_picture=draw_no_picture, token=None)
    page.start("127.0.0.1", 0)
    try:
        port = urlsplit(page.address).port
        assert port is not None
        yield page, port
    finally:
        page.close(timeout_s=_CLOSE_S)
