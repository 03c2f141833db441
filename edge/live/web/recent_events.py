"""The newest events with their pictures, in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.live.events.event import Notice, describe_event
from edge.live.loop.background_queue import BackgroundQueue
from edge.live.scoring.observation import Observation
from edge.live.web.thread_priority import lower_priority
from edge.photo.codec import encode_photo
from edge.store.thumbnails import encode_thumb

KEPT = 50
# Each waiting notice holds a whole frame.
_WAITING = 8
_THUMB_PX = 320
_JPEG_QUALITY = 82


@dataclass(frozen=True)
class RecentEvent:
    """An event as it is shown.

    Attributes:
        facts: as in JSON; made in the thread that draws, since regions are looked for then.
        frame_number: of the picture.
        jpeg: its best frame, drawn over.
        thumb: the same, small.
    """

    facts: dict[str, Any]
    frame_number: int
    jpeg: bytes
    thumb: bytes


class RecentEvents:
    """Draws and encodes in a thread of its own; the loop only hands over."""

    def __init__(self, draw: Callable[[Observation], NDArray[np.uint8]]) -> None:
        self._draw = draw
        self._lock = threading.Lock()
        self._events: OrderedDict[str, RecentEvent] = OrderedDict()
        self._changes = 0
        self.queue: BackgroundQueue[Notice] = BackgroundQueue(
            self._keep, name="live events", capacity=_WAITING
        )

    @property
    def changes(self) -> int:
        """Return how many times anything changed here."""
        with self._lock:
            return self._changes

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """Return events as plain values, the newest first."""
        with self._lock:
            kept = list(self._events.values())[::-1][:limit]
        return [_describe(one) for one in kept]

    def find(self, event_id: str) -> RecentEvent | None:
        """Return an event that is still kept."""
        with self._lock:
            return self._events.get(event_id)

    def _keep(self, notice: Notice) -> None:
        lower_priority()
        event, number = notice.event, notice.best.frame.number
        facts = describe_event(event, notice.phase)
        known = self.find(event.id)
        if known is not None and known.frame_number == number:
            jpeg, thumb = known.jpeg, known.thumb
        else:
            drawn = self._draw(notice.best)
            jpeg = encode_photo(drawn, ".jpg", jpeg_quality=_JPEG_QUALITY)
            thumb = encode_thumb(drawn, _THUMB_PX)
        with self._lock:
            self._events[event.id] = RecentEvent(facts, number, jpeg, thumb)
            self._changes += 1
            if len(self._events) > KEPT:
                self._events.popitem(last=False)


def _describe(kept: RecentEvent) -> dict[str, Any]:
    # Another frame has another address: a page that shows the old one sees that there is a new.
    address = f"/events/{kept.facts['id']}"
    return kept.facts | {
        "picture": f"{address}.jpg?frame={kept.frame_number}",
        "thumbnail": f"{address}.thumb.jpg?frame={kept.frame_number}",
    }
