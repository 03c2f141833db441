"""systemd hears what it must, over a real socket, and nobody waits for it."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.live.systemd.sd_notify import SystemdNotifier
from tests.unit.edge.live.clocks_made import HandClock

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")


class _Manager:
    """The other end of the socket."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return messages


@pytest.fixture
def address() -> Iterator[str]:
    # A socket's path must be short; pytest's own folders need not be.
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder) / "notify")


@pytest.fixture
def manager(address: str) -> Iterator[_Manager]:
    made = _Manager(address)
    yield made
    made.socket.close()


def _notifier(address: str, clock: HandClock, **more: str) -> SystemdNotifier:
    return SystemdNotifier.from_environment({"NOTIFY_SOCKET": address, **more}, clock=clock.clock)


def test_start_reload_and_stop_are_told(manager: _Manager, address: str) -> None:
    notifier = _notifier(address, HandClock())
    notifier.ready("looking")
    notifier.reloading()
    notifier.ready()
    notifier.stopping("bye")
    notifier.close()
    assert manager.heard() == [
        "READY=1\nSTATUS=looking",
        "RELOADING=1\nMONOTONIC_USEC=1000000000",
        "READY=1",
        "STOPPING=1\nSTATUS=bye",
    ]


@pytest.mark.skipif(not os.path.exists("/proc/net/unix"), reason="abstract names are Linux's")  # noqa: PTH110
def test_a_name_after_an_at_sign_is_an_abstract_one() -> None:
    name = f"crack-edge-test-{os.getpid()}"
    manager = _Manager(f"\0{name}")
    notifier = _notifier(f"@{name}", HandClock())
    notifier.ready()
    notifier.close()
    assert manager.heard() == ["READY=1"]
    manager.socket.close()


def test_feeds_come_four_times_in_the_watchdogs_time(manager: _Manager, address: str) -> None:
    clock = HandClock()
    notifier = _notifier(address, clock, WATCHDOG_USEC="8000000")
    assert notifier.watchdog_s == 8
    feeds = 0
    for _ in range(80):
        notifier.feed_watchdog()
        feeds += len(manager.heard())
        clock.advance(0.1)
    notifier.close()
    assert feeds == 4


def test_the_status_is_told_when_it_is_news_and_not_faster_than_people_read(
    manager: _Manager, address: str
) -> None:
    clock = HandClock()
    notifier = _notifier(address, clock)
    for turn in range(30):
        notifier.feed_watchdog(f"{turn // 25} events\nin all")
        clock.advance(0.25)
    notifier.close()
    assert manager.heard() == ["STATUS=0 events in all", "STATUS=1 events in all"]


def test_without_a_watchdog_there_are_no_feeds(manager: _Manager, address: str) -> None:
    notifier = _notifier(address, HandClock(), WATCHDOG_USEC="5000000", WATCHDOG_PID="1")
    assert notifier.watchdog_s is None
    notifier.feed_watchdog()
    notifier.close()
    assert manager.heard() == []


@pytest.mark.parametrize("wrong", ["", "0", "-5", "soon", "²"])
def test_a_watchdog_time_that_is_none_is_left(wrong: str) -> None:
    assert SystemdNotifier.from_environment({"WATCHDOG_USEC": wrong}).watchdog_s is None


@pytest.mark.parametrize("address", ["", "/nonesuch/notify", "vsock:2:1234", "@", "/" + 200 * "x"])
def test_a_manager_who_is_not_there_is_no_error(address: str) -> None:
    notifier = SystemdNotifier.from_environment({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000"})
    notifier.ready("here")
    notifier.feed_watchdog("here")
    notifier.stopping()
    notifier.close()


def test_a_manager_who_does_not_listen_is_not_waited_for_and_hears_the_feed_later(
    manager: _Manager, address: str
) -> None:
    clock = HandClock()
    notifier = _notifier(address, clock, WATCHDOG_USEC="4000000")
    for _ in range(10_000):
        notifier.ready("full " * 80)
    manager.heard()
    notifier.feed_watchdog()
    assert manager.heard() == ["WATCHDOG=1"]
    for _ in range(10_000):
        notifier.ready()
    clock.advance(2)
    notifier.feed_watchdog()
    assert "WATCHDOG=1" not in manager.heard()
    notifier.feed_watchdog()
    assert manager.heard() == ["WATCHDOG=1"]
    notifier.close()
