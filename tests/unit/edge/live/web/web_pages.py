"""What tests of the live page share: an observation, a page that is served, and clients."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.live.loop.controls import Controls
from edge.live.loop.latest_observation import LatestObservation
from edge.live.scoring.observation import Observation
from edge.live.timing.clock import Clock
from edge.live.web.live_page import LivePage
from tests.unit.edge.live.observations_made import make_fresh_observation, plain_picture
from tests.unit.edge.live.states_made import make_state

TOKEN = "a-token-of-tests"
# What a card looks like here: nothing else is of this level.
CARD_LEVEL = 30


def make_latest(
    observation: Observation | None = None, *, clock: Clock | None = None, **changes: Any
) -> LatestObservation:
    """Return a latest observation that shows an observation and a state with changes."""
    latest = LatestObservation(make_state(**changes), clock=clock)
    latest.show(observation, make_state(**changes))
    return latest


def draw(observation: Observation) -> NDArray[np.uint8]:
    """Return the frame with a white bar, so that one sees that it was drawn over."""
    drawn = observation.frame.picture.copy()
    drawn[-8:] = 255
    return drawn


class Cards:
    """Draws cards, and remembers what they said."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, size_wh: tuple[int, int], text: str) -> NDArray[np.uint8]:
        self.texts.append(text)
        return plain_picture(CARD_LEVEL, size_wh)


@contextlib.contextmanager
def served(
    latest: LatestObservation | None = None,
    *,
    host: str = "127.0.0.1",
    controls: Controls | None = None,
    cards: Cards | None = None,
    **options: Any,
) -> Iterator[LivePage]:
    page = LivePage(
        latest or make_latest(make_fresh_observation()),
        controls or Controls(0.5),
        draw_no_picture=cards or Cards(),
        **{"draw": draw, "token": None} | options,
    )
    page.start(host, 0)
    try:
        yield page
    finally:
        page.close(timeout_s=5)


def close_wholly(page: LivePage) -> None:
    """Close a page; fails if its server's thread does not end."""
    own = page._server._thread
    page.close(timeout_s=20)
    assert not own.is_alive()


def port_of(page: LivePage) -> int:
    return int(page.address.rstrip("/").rpartition(":")[2])


class Answer:
    """What a server answered."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.body = answer.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def picture(self) -> NDArray[np.uint8]:
        return decode(self.body)


def ask(
    page: LivePage, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str
) -> Answer:
    """Ask once; words of headers are joined by _ instead of -."""
    connection = http.client.HTTPConnection("127.0.0.1", port_of(page), timeout=20)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with contextlib.closing(connection):
        connection.request(method, path, body, names)
        return Answer(connection.getresponse())


def post_threshold(page: LivePage, body: object, **headers: str) -> Answer:
    headers = {"Content_Type": "application/json"} | headers
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ask(page, "/api/threshold", method="POST", body=data, **headers)


def decode(jpeg: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


class Viewer:
    """Reads the stream, part by part, and gives up after a while."""

    def __init__(self, page: LivePage, *, buffer: int | None = None) -> None:
        self._socket = socket.socket()
        if buffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._socket.settimeout(20)
        self._socket.connect(("127.0.0.1", port_of(page)))
        self._socket.sendall(b"GET /stream.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self._file: Any = None

    def read(self) -> tuple[int, NDArray[np.uint8]]:
        """Return number and picture of the next part."""
        if self._file is None:
            self._file = http.client.HTTPResponse(self._socket)
            self._file.begin()
            assert self._file.status == 200
            assert self._line() == b"--crack-edge-picture"
        headers = dict(line.split(b": ") for line in iter(self._line, b""))
        assert headers[b"Content-Type"] == b"image/jpeg"
        jpeg = self._file.read(int(headers[b"Content-Length"]))
        assert self._line() == b""
        assert self._line() == b"--crack-edge-picture"
        return int(headers[b"X-Frame-Number"]), decode(jpeg)

    def is_dropped(self) -> bool:
        """Read all there is; tell whether the server ended it."""
        end = time.monotonic() + 20
        try:
            while time.monotonic() < end:
                if not self._socket.recv(1 << 20):
                    return True
        except ConnectionError:
            return True
        return False

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._socket.close()

    def _line(self) -> bytes:
        line: bytes = self._file.readline()
        assert line.endswith(b"\r\n")
        return line[:-2]
