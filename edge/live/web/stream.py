"""The live picture as one answer without an end (multipart/x-mixed-replace).

A viewer gets the next picture when the last one is on its way, and then the newest: one with a slow
line gets fewer, and nothing waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from edge.live.web.frame_feed import FrameFeed, StreamPicture
from edge.live.web.responses import refuse

_BOUNDARY = b"crack-edge-picture"
_TYPE = b"multipart/x-mixed-replace; boundary=" + _BOUNDARY

_CANCEL_AGAIN_S = 0.1


@dataclass(frozen=True)
class ViewerLimits:
    """What viewers may take.

    Attributes:
        viewers: at once; who comes then is told so.
        patience_s: a viewer who takes nothing for so long is dropped.
    """

    viewers: int = 100
    patience_s: float = 30.0


class Stream:
    """An ASGI application: the stream for each viewer."""

    def __init__(self, feed: FrameFeed, closing: asyncio.Event, limits: ViewerLimits) -> None:
        """Keep what it needs.

        Args:
            feed: of pictures.
            closing: set when all have to go.
            limits: of viewers.
        """
        self._feed = feed
        self._closing = closing
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one viewer until it goes, takes nothing any more, or the server closes."""
        if self._feed.viewers >= self._limits.viewers:
            await refuse(
                503, f"{self._feed.viewers} viewers are connected already; close one of them"
            )(scope, receive, send)
            return
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", _TYPE), (b"connection", b"close")],
            }
        )
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        with self._feed.look():
            await first_of(self._pump(send), self._closing.wait(), _wait_until_gone(receive))
        transport: asyncio.Transport = scope["state"]["transport"]
        if self._closing.is_set() and not transport.get_write_buffer_size():
            await send({"type": "http.response.body", "body": b""})
            return
        # An end in good order would wait until the viewer took what is buffered: perhaps never.
        transport.abort()
        await _wait_until_gone(receive)

    async def _pump(self, send: Send) -> None:
        """Send pictures; return when one could not be sent for too long."""
        picture: StreamPicture | None = None
        # With the boundary after a picture the browser knows that it is whole, and shows it.
        await self._send(send, b"--" + _BOUNDARY + b"\r\n")
        while True:
            picture = await self._feed.newer(picture)
            try:
                await self._send(send, _frame(picture))
            except asyncio.TimeoutError:
                return

    async def _send(self, send: Send, data: bytes) -> None:
        """Send bytes and wait until there is room for more."""
        await send({"type": "http.response.body", "body": data, "more_body": True})
        # The server waits for room before it takes a piece, so an empty one is sent when there is.
        empty = send({"type": "http.response.body", "body": b"", "more_body": True})
        await asyncio.wait_for(_as_coroutine(empty), self._limits.patience_s)


def _frame(picture: StreamPicture) -> bytes:
    return b"".join(
        (
            b"Content-Type: image/jpeg\r\n",
            b"Content-Length: %d\r\n" % len(picture.jpeg),
            b"X-Frame-Number: %d\r\n\r\n" % picture.number,
            picture.jpeg,
            b"\r\n--" + _BOUNDARY + b"\r\n",
        )
    )


async def _as_coroutine(awaitable: Any) -> None:
    await awaitable


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def first_of(*works: Coroutine[Any, Any, object]) -> None:
    """Wait until one of them is done; the others are given up."""
    tasks = {asyncio.ensure_future(work) for work in works}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        left = tasks
        while left:
            for task in left:
                task.cancel()
            # Again, if need be: before Python 3.12 a cancellation gets lost where the work that
            # wait_for waits for is done in the same moment.
            _, left = await asyncio.wait(left, timeout=_CANCEL_AGAIN_S)
    for task in done:
        task.result()
