"""A real MQTT broker on a free port, and somebody who listens there."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pytest

from tests.unit.edge.live.ports import free_port
from tests.unit.edge.live.waiting import until

paho = pytest.importorskip("paho.mqtt.client", reason="needs crack-edge[live]")

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="apt install mosquitto")
USER, PASSWORD = "bridge", "a secret"


class Broker:
    """A mosquitto that forgets everything when it stops, on the same port each time."""

    def __init__(
        self,
        folder: Path,
        *,
        has_password: bool = False,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        """Write its settings.

        Args:
            folder: for them.
            has_password: whether it asks for USER and PASSWORD.
            certificate: its own and the key of it, for TLS.
        """
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        lines = [
            "user root",
            "persistence false",
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'false' if has_password else 'true'}",
        ]
        if has_password:
            passwords = folder / "passwords"
            command = ["mosquitto_passwd", "-b", "-c", str(passwords), USER, PASSWORD]
            subprocess.run(command, check=True, capture_output=True)
            lines.append(f"password_file {passwords}")
        if certificate is not None:
            lines += [f"certfile {certificate[0]}", f"keyfile {certificate[1]}"]
        self._settings = folder / f"mosquitto-{self.port}.conf"
        self._settings.write_text("\n".join(lines) + "\n")

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it listens."""
        assert MOSQUITTO is not None
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._settings)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert until(self._answers)

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Let it hang: its connections stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@dataclass(frozen=True)
class Heard:
    """A message that came."""

    topic: str
    data: bytes
    is_kept: bool


class Listener:
    """Hears all that is told at a broker without a password; it connects again by itself."""

    def __init__(self, broker: Broker) -> None:
        self._guard = threading.Lock()
        self._heard: list[Heard] = []
        self._ready = threading.Event()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        assert self._ready.wait(20)

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, data: bytes) -> None:
        """Tell something that is not kept."""
        self._client.publish(topic, data, qos=1)

    def heard(self, topic: str) -> list[bytes]:
        """Return what was told there so far."""
        with self._guard:
            return [one.data for one in self._heard if one.topic == topic]

    def kept(self, topic: str) -> list[bytes]:
        """Return what had been told there before we listened."""
        with self._guard:
            return [one.data for one in self._heard if one.topic == topic and one.is_kept]

    def _hear(self, client: object, userdata: object, message: object) -> None:
        with self._guard:
            self._heard.append(
                Heard(message.topic, message.payload, bool(message.retain))  # type: ignore[attr-defined]
            )
