"""Viewers of the live picture, all in one process of their own."""

from __future__ import annotations

import contextlib
import multiprocessing
import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

_PATH = "/stream.mjpg"
_PART = b"Content-Type: image/jpeg"
_READ_BYTES = 1 << 18
# How often the process listens to what it is asked for.
_LOOK_S = 0.05
_CONNECT_S = 10.0


@dataclass
class Crowd:
    """The process of viewers, seen from here."""

    connection: Connection

    def come(self, viewers: int) -> None:
        """Let so many look from now on; comes back when all are connected."""
        self._ask(viewers)

    def go(self) -> int:
        """Let all leave; return how many pictures they got."""
        return self._ask(0)

    def _ask(self, viewers: int) -> int:
        try:
            self.connection.send(viewers)
            answer: int = self.connection.recv()
        except (EOFError, BrokenPipeError) as error:
            raise RuntimeError("the process of viewers ended; it says why on stderr") from error
        return answer


@contextmanager
def open_crowd(port: int, *, path: str = _PATH) -> Iterator[Crowd]:
    """Start the process, with no viewer yet, of a page on this machine."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, port, path), daemon=True)
    process.start()
    there.close()
    try:
        here.recv()
        yield Crowd(here)
    finally:
        here.close()
        process.join()


def _serve(connection: Connection, port: int, path: str) -> None:
    connection.send(0)
    # Ends when the pipe does.
    with contextlib.suppress(EOFError):
        while True:
            _look(connection, port, path, connection.recv())


def _look(connection: Connection, port: int, path: str, viewers: int) -> None:
    """Connect viewers, read until they are to go, and say how many pictures came."""
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        for _ in range(viewers):
            viewer = stack.enter_context(_connect(port, path))
            selector.register(viewer, selectors.EVENT_READ)
        connection.send(viewers)
        pictures = _read(connection, selector)
    connection.recv()
    connection.send(pictures)


def _connect(port: int, path: str) -> socket.socket:
    viewer = socket.create_connection(("127.0.0.1", port), _CONNECT_S)
    viewer.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    viewer.setblocking(False)
    return viewer


def _read(connection: Connection, selector: selectors.BaseSelector) -> int:
    """Read what comes until something else is asked for; return the number of pictures."""
    pictures = 0
    while not connection.poll():
        for key, _ in selector.select(_LOOK_S):
            viewer = key.fileobj
            assert isinstance(viewer, socket.socket)
            data = viewer.recv(_READ_BYTES)
            pictures += data.count(_PART)
            if not data:
                selector.unregister(viewer)
    return pictures
