"""All of it at once: a camera made here, the command, a real browser, a real broker."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="needs crack-edge[live]")
pytest.importorskip("paho.mqtt.client", reason="needs crack-edge[live]")

from edge.live.loop.controls import THRESHOLDS
from tests.unit.browsers import started_browser
from tests.unit.crack_edge.commands.live_process import LiveProcess
from tests.unit.edge.live.mqtt.brokers import Broker, Listener, needs_mosquitto
from tests.unit.edge.live.waiting import until

TOKEN = "a-token-for-the-bridge"
# Moves faster than the usual 30 frames a second: a crack passes in some seconds.
FAST = ("--source", "drawn", "--fps", "90", "--size", "640x480", "--model", "small")


@pytest.fixture
def watching(tmp_path: Path, broker: Broker) -> Iterator[LiveProcess]:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    started = LiveProcess(
        *(*FAST, "--serve", "127.0.0.1:0", "--token-file", token),
        *("--mqtt", f"mqtt://127.0.0.1:{broker.port}/rig", "--record", tmp_path / "events"),
        *("--record-min-free-mb", "0"),
    )
    yield started
    started.end()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from started_browser()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page()
    yield opened
    opened.close()


def fetch(address: str, token: str = TOKEN) -> Any:
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


def picture_of(page: Any) -> str:
    """Return what the page shows as the live picture."""
    return str(page.evaluate("document.querySelector('canvas').toDataURL()"))


@needs_mosquitto
def test_a_crack_that_passes_reaches_page_broker_and_disk(
    watching: LiveProcess, broker: Broker, page: Any, tmp_path: Path
) -> None:
    with Listener(broker) as listener:
        watching.wait_for("page: ")
        address = watching.find(r"page: (\S+)")
        page.goto(f"{address}?token={TOKEN}")
        page.wait_for_selector("#event-list img", timeout=60_000)
        watching.wait_for("ended after")
        before = picture_of(page)
        until(lambda: picture_of(page) != before)
        event = fetch(f"{address}api/events")[-1]
        page.focus("#threshold")
        page.keyboard.press("Home")
        until(lambda: fetch(f"{address}api/state")["threshold"] == THRESHOLDS[0])
        with pytest.raises(urllib.error.HTTPError, match="401"):
            fetch(f"{address}api/state", token="another-token")
        watching.send(signal.SIGTERM)
        assert watching.wait() == 0
        told = [json.loads(data) for data in listener.heard("rig/event")]
        assert event["id"] in {one["id"] for one in told if one["phase"] == "begin"}
        assert listener.heard("rig/availability")[-1] == b"offline"
    assert (tmp_path / "events" / f"{event['id']}.plain.jpg").stat().st_size > 10_000
    lines = (tmp_path / "events" / "events.jsonl").read_text().splitlines()
    assert event["id"] in {json.loads(line)["id"] for line in lines}
