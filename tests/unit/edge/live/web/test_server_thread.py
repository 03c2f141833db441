"""Those who connect and do not ask, and those who ask for half a thing."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
from collections.abc import Iterator

import pytest

pytest.importorskip("uvicorn", reason="needs the extra live")

from starlette.responses import Response

from edge.files.errors import OutputError
from edge.live.web.protocol import GuardedProtocol
from edge.live.web.server_thread import ServerThread, bind_address

WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Hasty(GuardedProtocol):
    headers_s = 0.3


@pytest.fixture
def port() -> Iterator[int]:
    def make_app(_: asyncio.Event) -> Response:
        return Response("here")

    opened = bind_address("127.0.0.1", 0)
    port = opened.getsockname()[1]
    serving = ServerThread(make_app, lambda _: None, protocol=Hasty)
    serving.start(opened)
    yield port
    serving.close(timeout_s=20)
    assert not serving.is_running


def read_to_the_end(connection: socket.socket) -> bytes:
    """Read until the server closes; fails after a while."""
    connection.settimeout(8)
    data = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(4096):
            data += piece
    return data


@pytest.mark.parametrize("said", [b"", b"GE", WHOLE[:-2], WHOLE[:-2] + b"Odd: 1\r\n"])
def test_who_does_not_ask_in_time_is_let_go(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(said)
        assert read_to_the_end(connection) == b""


def test_who_begins_a_second_request_and_does_not_end_it_is_let_go(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(WHOLE)
        assert b"200 OK" in connection.recv(4096)
        connection.sendall(WHOLE[:-2])
        assert b"200 OK" not in read_to_the_end(connection)


def test_one_connection_may_ask_again_and_again(port: int) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.connect()
        first = connection.sock
        for _ in range(3):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"here"
        assert connection.sock is first


@pytest.mark.parametrize("said", [b"\x16\x03\x01\x00\xff\r\n\r\n", b"x" * 40000])
def test_garbage_is_refused(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(said)
        assert b"200 OK" not in read_to_the_end(connection)


def test_the_same_address_cannot_be_opened_twice(port: int) -> None:
    with pytest.raises(OutputError, match="another program is using this port"):
        bind_address("127.0.0.1", port)
