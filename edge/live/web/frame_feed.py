"""The newest observation as JPEG, made once for all who look, and only while somebody does.

What is not fresh is never shown: a card that says so takes its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.live.loop.latest_observation import LatestObservation
from edge.live.scoring.observation import Observation
from edge.live.web.no_picture import why_no_picture
from edge.live.web.thread_priority import lower_priority
from edge.photo.codec import encode_photo

# What one viewer gets at most, and all together: fifty must not slow the loop.
_MAX_FPS = 10.0
_TOTAL_FPS = 200.0
# Drawing takes no more than a quarter of a core; on a small or busy machine viewers get fewer.
_REST_FOR_WORK = 3.0
_CARD_EACH_S = 1.0
# The page takes a silent stream for a lost one; a slow loop's picture is sent again meanwhile.
_REPEAT_S = 1.5
# A picture grows stale while nothing new comes: looked after so often.
_LOOK_S = 0.25
_IDLE_S = 1.0
_FIRST_WH = (640, 480)
# A card needs no more, whatever the camera's size.
_CARD_LONGEST_PX = 960
_JPEG_QUALITY = 75


@dataclass(frozen=True)
class StreamPicture:
    """One picture of the stream.

    Attributes:
        jpeg: the picture.
        number: of its frame; 0 for a card that says that there is none.
    """

    jpeg: bytes
    number: int


class FrameFeed:
    """A thread draws and encodes; viewers wait in the server's loop for what is newer."""

    def __init__(
        self,
        latest: LatestObservation,
        *,
        draw: Callable[[Observation], NDArray[np.uint8]],
        draw_no_picture: Callable[[tuple[int, int], str], NDArray[np.uint8]],
        monotonic: Callable[[], float],
    ) -> None:
        self._monotonic = monotonic
        self._latest = latest
        self._draw = draw
        self._draw_no_picture = draw_no_picture
        self._viewers = 0
        self._visits = 0
        self._wanted = threading.Event()
        self._closing = threading.Event()
        # Of the server's loop, touched there only.
        self._picture: StreamPicture | None = None
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="live picture", daemon=True)

    @property
    def is_broken(self) -> bool:
        """Return whether an error that nobody expected ended the thread."""
        return self._thread.ident is not None and not self._thread.is_alive()

    @property
    def viewers(self) -> int:
        """Return how many look."""
        return self._viewers

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to serve the viewers of a loop."""
        self._loop = loop
        self._thread.start()

    def close(self, *, timeout_s: float) -> None:
        """End the thread."""
        self._closing.set()
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    @contextlib.contextmanager
    def look(self) -> Iterator[None]:
        """Count a viewer; pictures are made as long as there is one."""
        self._visits += not self._viewers
        self._viewers += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._viewers -= 1
            if not self._viewers and not self._closing.is_set():
                self._wanted.clear()
                # The next viewer may come in an hour.
                self._picture = None

    async def newer(self, than: StreamPicture | None) -> StreamPicture:
        """Wait for a picture other than that one; the newest there is."""
        while self._picture is None or self._picture is than:
            await self._changed.wait()
        return self._picture

    def _run(self) -> None:
        lower_priority()
        while not self._closing.is_set():
            if self._wanted.wait(_IDLE_S):
                self._serve()

    def _serve(self) -> None:
        """Make parts until nobody looks any more."""
        shown, visit, began_s = -1, self._visits, self._monotonic()
        while self._wanted.is_set() and not self._closing.is_set():
            if visit != self._visits:
                # Who comes after a moment without viewers has not seen this frame.
                shown, visit = -1, self._visits
            self._latest.wait_newer(shown, _LOOK_S)
            observation = self._latest.fresh_observation()
            if observation is None:
                shown = -1
                self._publish(StreamPicture(self._encode(self._draw_card()), 0))
                self._wait_for_change()
            elif observation.frame.number != shown or self._monotonic() - began_s > _REPEAT_S:
                shown, began_s = observation.frame.number, self._monotonic()
                self._publish(StreamPicture(self._encode(self._draw(observation)), shown))
                rest_s = _REST_FOR_WORK * (self._monotonic() - began_s)
                self._closing.wait(max(1 / _MAX_FPS, self._viewers / _TOTAL_FPS, rest_s))

    def _wait_for_change(self) -> None:
        """Wait until a card is out of date or not needed any more."""
        waited = 0.0
        while waited < _CARD_EACH_S and self._latest.fresh_observation() is None:
            if self._closing.wait(_LOOK_S) or not self._wanted.is_set():
                return
            waited += _LOOK_S

    def _draw_card(self) -> NDArray[np.uint8]:
        state = self._latest.state
        width, height = state.camera.size_wh or _FIRST_WH
        scale = min(1.0, _CARD_LONGEST_PX / max(width, height))
        size_wh = max(1, round(width * scale)), max(1, round(height * scale))
        return self._draw_no_picture(size_wh, why_no_picture(state, self._latest.age_s))

    @staticmethod
    def _encode(picture: NDArray[np.uint8]) -> bytes:
        return encode_photo(picture, ".jpg", jpeg_quality=_JPEG_QUALITY)

    def _publish(self, picture: StreamPicture) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        # The loop may close between these lines.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._show, picture)

    def _show(self, picture: StreamPicture) -> None:
        if not self._viewers:
            return
        self._picture = picture
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
