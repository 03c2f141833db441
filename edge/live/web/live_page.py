"""The live page: a server that shows what is seen, and the sink that keeps events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from starlette.types import ASGIApp

from edge.live.events.event import Notice
from edge.live.loop.controls import Controls
from edge.live.loop.latest_observation import LatestObservation
from edge.live.loop.live_state import LiveState, SinkState
from edge.live.scoring.observation import Observation
from edge.live.timing.clock import Clock
from edge.live.web.frame_feed import FrameFeed
from edge.live.web.recent_events import RecentEvents
from edge.live.web.routes import PageParts, make_app
from edge.live.web.server_thread import ServerThread, bind_address
from edge.live.web.snapshot_encoder import SnapshotEncoder
from edge.live.web.stream import ViewerLimits
from edge.live.web.thread_priority import lower_priority


class LivePage:
    """Serves the page on an address, and is the sink that shows events on it."""

    def __init__(
        self,
        latest: LatestObservation,
        controls: Controls,
        *,
        draw: Callable[[Observation], NDArray[np.uint8]],
        draw_no_picture: Callable[[tuple[int, int], str], NDArray[np.uint8]],
        token: str | None,
        clock: Clock | None = None,
        limits: ViewerLimits | None = None,
    ) -> None:
        """Keep what it shows; ``start`` opens it.

        Args:
            latest: newest observation and state.
            controls: of the loop; the page sets the threshold.
            draw: returns what was seen as uint8 (h, w, 3), RGB.
            draw_no_picture: the same for a card of a width and height with a text on it.
            token: that everyone needs; None where only this machine can come. See
                ``check_access``.
            clock: where times come from.
            limits: of viewers.
        """
        self._token = token
        self._limits = limits or ViewerLimits()
        self._recent_events = RecentEvents(draw)
        clock = clock or Clock()
        self._feed = FrameFeed(
            latest, draw=draw, draw_no_picture=draw_no_picture, monotonic=clock.monotonic
        )
        self._executor = ThreadPoolExecutor(
            1, thread_name_prefix="live snapshot", initializer=lower_priority
        )
        self._parts = PageParts(
            latest=latest,
            controls=controls,
            clock=clock,
            feed=self._feed,
            recent_events=self._recent_events,
            snapshots=SnapshotEncoder(draw),
            executor=self._executor,
            tell_state=lambda: self._tell_state(latest.state),
        )
        self._server = ServerThread(self._make_app, self._feed.start)
        self._address = ""
        self._is_closed = False

    def start(self, host: str, port: int) -> None:
        """Open the address and begin to serve.

        Args:
            host: name or address of this machine.
            port: 0 for any that is free.

        Raises:
            OutputError: the address is taken or not ours.
        """
        opened = bind_address(host, port)
        name = f"[{host}]" if ":" in host else host
        self._address = f"http://{name}:{opened.getsockname()[1]}/"
        self._server.start(opened)

    @property
    def address(self) -> str:
        """Return where the page is, such as http://127.0.0.1:8000/; empty before the start."""
        return self._address

    @property
    def viewers(self) -> int:
        """Return how many look at the live picture."""
        return self._feed.viewers

    @property
    def state(self) -> SinkState:
        """Return its state."""
        queue = self._recent_events.queue
        reason = (
            None if self._is_whole() else "closed" if self._is_closed else "an unexpected error"
        )
        return SinkState(
            name="page",
            status="stopped" if reason else "working",
            reason=reason,
            done=queue.done,
            dropped=queue.dropped,
            waiting=queue.waiting,
        )

    def take(self, notice: Notice) -> None:
        """Take a notice; it is drawn later, in another thread."""
        self._recent_events.queue.put(notice)

    def tell(self, state: LiveState) -> None:
        """Make sure that the page is served; what it shows is in ``LatestObservation``."""
        if not (self._is_closed or self._is_whole()):
            raise RuntimeError("page: stopped by an unexpected error")

    def reopen(self) -> None:
        """Do nothing: viewers stay."""

    def close(self, *, timeout_s: float) -> None:
        """End the server and all its viewers, for so long at most."""
        self._is_closed = True
        monotonic = self._parts.clock.monotonic
        end_s = monotonic() + timeout_s
        for part in (self._server, self._feed, self._recent_events.queue):
            part.close(timeout_s=max(0.0, end_s - monotonic()))
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _is_whole(self) -> bool:
        is_broken = self._feed.is_broken or self._recent_events.queue.failure is not None
        return self._server.is_running and not is_broken

    def _make_app(self, closing: asyncio.Event) -> ASGIApp:
        return make_app(self._parts, token=self._token, closing=closing, limits=self._limits)

    def _tell_state(self, state: LiveState) -> LiveState:
        """Return a state with this sink as it is now."""
        others = tuple(sink for sink in state.sinks if sink.name != "page")
        return replace(state, sinks=(*others, self.state))
