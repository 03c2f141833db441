"""Where the live page is served: an address that is free, ours, and free again at the end."""

from __future__ import annotations

import socket
import time

import pytest

pytest.importorskip("uvicorn", reason="needs the extra live")

from edge.files.errors import OutputError
from edge.live.loop.controls import Controls
from edge.live.web.live_page import LivePage
from tests.unit.edge.live.web.web_pages import (
    TOKEN,
    Cards,
    ask,
    close_wholly,
    draw,
    make_latest,
    port_of,
    served,
)


def test_an_address_that_is_taken_is_named() -> None:
    with served() as page:
        other = LivePage(
            make_latest(), Controls(0.5), draw=draw, draw_no_picture=Cards(), token=None
        )
        with pytest.raises(OutputError, match=f"127.0.0.1:{port_of(page)}: another program"):
            other.start("127.0.0.1", port_of(page))
        other.close(timeout_s=1)


@pytest.mark.parametrize(
    ("host", "words"),
    [("192.0.2.7", "not an address of this machine"), ("no-such-host.invalid", "no such host")],
)
def test_an_address_that_is_not_ours_is_named(host: str, words: str) -> None:
    page = LivePage(make_latest(), Controls(0.5), draw=draw, draw_no_picture=Cards(), token=None)
    with pytest.raises(OutputError, match=words):
        page.start(host, 8000)
    page.close(timeout_s=1)


def test_others_are_served_with_a_token_under_any_name() -> None:
    with served(host="0.0.0.0", token=TOKEN) as page:
        assert page.address.startswith("http://0.0.0.0:")
        bearer = f"Bearer {TOKEN}"
        assert ask(page, "/api/state", Host="pi.local", Authorization=bearer).status == 200


def test_the_address_is_free_again_after_the_close() -> None:
    with served() as page:
        port = port_of(page)
        assert ask(page, "/healthz").status == 200
        assert page.state.status == "working"
    assert (page.state.status, page.state.reason) == ("stopped", "closed")
    again = LivePage(make_latest(), Controls(0.5), draw=draw, draw_no_picture=Cards(), token=None)
    again.start("127.0.0.1", port)
    assert ask(again, "/healthz").status == 503
    again.close(timeout_s=5)


def test_who_connects_and_says_nothing_is_not_waited_for_at_the_close() -> None:
    with served() as page:
        silent = socket.create_connection(("127.0.0.1", port_of(page)))
        half = socket.create_connection(("127.0.0.1", port_of(page)))
        half.sendall(
            b"POST /api/threshold HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
        )
        time.sleep(0.1)
        close_wholly(page)
        silent.close()
        half.close()
