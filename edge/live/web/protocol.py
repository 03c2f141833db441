"""uvicorn's HTTP/1.1, with a timeout for those who connect and send no request."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

# More connections than viewers and their requests need are closed at once.
_MAX_CONNECTIONS = 400


class GuardedProtocol(H11Protocol):
    """Puts the transport into each request: only so can a viewer who takes nothing be dropped."""

    # A request's headers come within so long, or the connection is closed.
    headers_s = 10.0
    _silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)
        if len(self.connections) > _MAX_CONNECTIONS:
            transport.abort()
        self._watch_silence()

    def data_received(self, data: bytes) -> None:
        """Take bytes; begin or go on to wait if they are not a whole request yet."""
        super().data_received(data)
        self._watch_silence()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _watch_silence(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._silence is None:
            self._silence = self.loop.call_later(self.headers_s, self._end_silence)

    def _end_silence(self) -> None:
        self._silence = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
