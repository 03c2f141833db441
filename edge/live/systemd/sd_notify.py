"""Notify systemd (started, alive, reloading, stopping), without a library.

The protocol is a line of text for each fact, sent to the datagram socket that NOTIFY_SOCKET names
(sd_notify(3)). Nothing here waits or fails: a service manager that does not listen must not stop
the watch.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

from edge.live.timing.clock import Clock

# Notifications within the time after which systemd takes the program for dead.
_FEEDS = 4
# The status line is for people: they don't read faster.
_SAY_EVERY_S = 2.0
_LONGEST_STATUS = 500


class SystemdNotifier:
    """The notifications to systemd. One thread, that of the loop, uses it.

    Attributes:
        watchdog_s: after so long without a message systemd ends the program and starts it again;
            None if it does not watch.
    """

    def __init__(
        self,
        address: str | None,
        *,
        watchdog_s: float | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Choose who is notified.

        Args:
            address: of a datagram socket: a path, or a name after ``@``; None to notify nobody.
            watchdog_s: how often a message is needed.
            clock: where times come from; its monotonic clock must be the system's.
        """
        self.watchdog_s = watchdog_s
        self._clock = clock or Clock()
        self._address = _read_address(address)
        self._socket: socket.socket | None = None
        self._fed_s: float | None = None
        self._said_s: float | None = None
        self._status = ""

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], *, pid: int | None = None, clock: Clock | None = None
    ) -> SystemdNotifier:
        """Return the notifier that systemd's variables ask for; without them it notifies nobody."""
        own = str(os.getpid() if pid is None else pid)
        wanted_us = environ.get("WATCHDOG_USEC", "")
        is_meant = environ.get("WATCHDOG_PID", own) == own
        has_watchdog = is_meant and wanted_us.isdecimal() and int(wanted_us) > 0
        watchdog_s = int(wanted_us) / 1e6 if has_watchdog else None
        return cls(environ.get("NOTIFY_SOCKET"), watchdog_s=watchdog_s, clock=clock)

    def ready(self, status: str = "") -> None:
        """Notify that it has started, or that what ``reloading`` began is done."""
        self._send("READY=1", *_status_lines(status))

    def reloading(self) -> None:
        """Notify that it opens source and sinks again; ``ready`` must follow."""
        now_us = int(self._clock.monotonic() * 1e6)
        self._send("RELOADING=1", f"MONOTONIC_USEC={now_us}")

    def stopping(self, status: str = "") -> None:
        """Notify that it stops."""
        self._send("STOPPING=1", *_status_lines(status))

    def feed_watchdog(self, status: str = "") -> None:
        """Notify that the loop turns, and its status; called at each turn, sent now and then."""
        now_s = self._clock.monotonic()
        lines: list[str] = []
        is_feed = self.watchdog_s is not None and _is_due(
            self._fed_s, now_s, self.watchdog_s / _FEEDS
        )
        is_news = status != self._status and _is_due(self._said_s, now_s, _SAY_EVERY_S)
        if is_feed:
            lines.append("WATCHDOG=1")
        if is_news:
            lines += _status_lines(status)
        # What could not be sent is sent at the next turn.
        if not lines or not self._send(*lines):
            return
        if is_feed:
            self._fed_s = now_s
        if is_news:
            self._said_s, self._status = now_s, status

    def close(self) -> None:
        """Give the socket back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, *lines: str) -> bool:
        if self._address is None:
            return False
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            self._socket.sendto("\n".join(lines).encode(errors="replace"), self._address)
        except OSError:
            return False
        return True


def _is_due(last_s: float | None, now_s: float, every_s: float) -> bool:
    return last_s is None or now_s - last_s >= every_s


def _read_address(address: str | None) -> str | None:
    """Return the address as the socket wants it; None for one that it cannot reach."""
    if not address or not hasattr(socket, "AF_UNIX"):
        return None
    if address.startswith("@"):
        return "\0" + address[1:]
    return address if address.startswith("/") else None


def _status_lines(status: str) -> tuple[str, ...]:
    text = " ".join(status.split())[:_LONGEST_STATUS]
    return (f"STATUS={text}",) if text else ()
