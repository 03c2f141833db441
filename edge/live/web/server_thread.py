"""A web server in a thread of its own, which ends when it is told to, whoever hangs on it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from edge.files.errors import OutputError, first_line
from edge.live.web.protocol import GuardedProtocol
from edge.live.web.thread_priority import lower_priority

# What a slow viewer finds of old pictures in the system's buffer is no more than about one.
_SEND_BUFFER = 64 * 1024
_MAX_HEADERS = 16 * 1024
# Viewers, and requests beside them.
_MAX_AT_ONCE = 200
_KEEP_ALIVE_S = 10
_START_S = 20.0
# Answers that are on their way when it closes are short.
_LAST_WORDS_S = 0.05


def bind_address(host: str, port: int) -> socket.socket:
    """Open an address for a server.

    Args:
        host: name or address of this machine.
        port: 0 for any that is free.

    Raises:
        OutputError: the address is taken, not ours, or not allowed.
    """
    where = f"--serve {host}:{port}"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or first_line(error)
        raise OutputError(f"{where}: no such host ({why})") from error
    family, kind, protocol, _, address = found[0]
    opened = socket.socket(family, kind, protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    if hasattr(socket, "AF_UNIX"):
        # After a restart at once; on Windows it would mean to share the address.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind(address)
        # Two may bind the same address, but only one may listen.
        opened.listen()
    except (OSError, OverflowError) as error:
        opened.close()
        raise OutputError(f"{where}: {_explain(error)}") from error
    return opened


def _explain(error: Exception) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        return "another program is using this port; choose another one"
    if code == errno.EADDRNOTAVAIL:
        return "not an address of this machine; choose 127.0.0.1 or 0.0.0.0"
    if code == errno.EACCES:
        return "not permitted; choose a port of 1024 or more"
    return f"cannot be opened ({first_line(error)})"


class ServerThread:
    """Runs an application on a socket until it is closed."""

    def __init__(
        self,
        make_app: Callable[[asyncio.Event], ASGIApp],
        on_start: Callable[[asyncio.AbstractEventLoop], None],
        *,
        protocol: type[GuardedProtocol] = GuardedProtocol,
    ) -> None:
        """Keep what it runs.

        Args:
            make_app: gets the event that ends what has no end of its own.
            on_start: gets the loop when it runs.
            protocol: of each connection.
        """
        self._make_app = make_app
        self._on_start = on_start
        self._protocol = protocol
        self._closing = asyncio.Event()
        self._is_started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="live page", daemon=True)
        self._sockets: list[socket.socket] = []

    @property
    def is_running(self) -> bool:
        """Return whether the server's thread runs."""
        return self._thread.is_alive()

    def start(self, opened: socket.socket) -> None:
        """Serve on a socket; back when it takes requests."""
        self._sockets = [opened]
        self._thread.start()
        if not self._is_started.wait(_START_S) or self._loop is None:
            raise RuntimeError("the page's server did not start")

    def close(self, *, timeout_s: float) -> None:
        """End it, whoever still reads or does not; for so long at most."""
        if self._loop is not None:
            # It may have ended by an error before.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join(timeout_s)

    def _run(self) -> None:
        lower_priority()
        try:
            asyncio.run(self._serve())
        finally:
            self._is_started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_start(self._loop)
        config = uvicorn.Config(
            self._make_app(self._closing),
            http=self._protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            access_log=False,
            log_config=None,
            log_level="error",
            server_header=False,
            # Whoever says so could be anyone.
            proxy_headers=False,
            limit_concurrency=_MAX_AT_ONCE,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=_MAX_HEADERS,
        )
        server = uvicorn.Server(config)
        end = asyncio.ensure_future(self._end(server))
        await server.serve(sockets=self._sockets)
        await end

    async def _end(self, server: uvicorn.Server) -> None:
        """Signal that it has started; stop it on request."""
        while not server.started:
            await asyncio.sleep(0.01)
        self._is_started.set()
        await self._closing.wait()
        await asyncio.sleep(_LAST_WORDS_S)
        server.should_exit = True
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()
