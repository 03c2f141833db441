"""Events and state published to an MQTT broker, for Home Assistant and others.

One thread connects, sends and listens; the loop only leaves things for it.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge.files.errors import EnvironmentLacksError
from edge.files.strict_json import dump_strictly
from edge.live.events.event import Notice
from edge.live.loop.live_state import LiveState, SinkState, SinkStatus, describe_state
from edge.live.mqtt.address import MqttAddress
from edge.live.mqtt.discovery import (
    DISCOVERY_PREFIX,
    OFF,
    OFFLINE,
    ON,
    ONLINE,
    Topics,
    describe_device,
    discovery_topic,
    encode_event,
    make_device_id,
)
from edge.live.mqtt.outbox import Outbox
from edge.live.scoring.observation import Observation
from edge.live.timing.backoff import Backoff
from edge.live.timing.clock import Clock
from edge.store.thumbnails import encode_thumb

if TYPE_CHECKING:
    from edge.live.mqtt.connection import Connection

# Events that may wait for a broker: an inspection's worth, a few MB.
_CAPACITY = 1000
# Sent and not acknowledged at once: order stays, and memory too.
_MAX_UNACKED = 20
_PICTURE_PX = 640
# How often a connection is looked after where nothing happens.
_TICK_S = 1.0
_CLOSING_TICK_S = 0.05
# A connection that lasted so long was a good one: the next is tried soon.
_GOOD_S = 10.0
# Part of the time to close in which all is sent; after that "offline" is published at once.
_SENDING_SHARE = 0.7


@dataclass(frozen=True)
class MqttTiming:
    """How patient the sink is.

    Attributes:
        first_wait_s: between the first tries to connect; doubled each time.
        longest_wait_s: at most, and where the broker refused us.
        answer_s: that a broker has to answer.
        keepalive_s: without a sign of life until the connection counts as lost.
        state_every_s: between states where nothing changed.
    """

    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    answer_s: float = 10.0
    keepalive_s: int = 30
    state_every_s: float = 10.0


class MqttSink:
    """A sink that publishes to a broker; where there is none, it goes on trying.

    The client's id stays the same over restarts: a broker that still holds an old connection of
    ours ends it first. Otherwise its last will, "offline", could come after our "online".
    """

    def __init__(
        self,
        address: MqttAddress,
        *,
        name: str,
        model: str,
        version: str,
        draw: Callable[[Observation], NDArray[np.uint8]],
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        client_id: str | None = None,
        discovery_prefix: str | None = DISCOVERY_PREFIX,
        timing: MqttTiming | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Begin to connect.

        Args:
            address: of the broker.
            name: of the device, that people read in Home Assistant.
            model: that looks for cracks.
            version: of crack-edge.
            draw: makes the picture to look at, uint8 (h, w, 3) RGB.
            password: of the address's user.
            tls: how the broker's certificate is checked.
            client_id: unlike any other's at the broker; made of the prefix if not given.
            discovery_prefix: where Home Assistant looks for devices; None for nothing there.
            timing: how patient it is.
            clock: where times come from.

        Raises:
            EnvironmentLacksError: paho-mqtt is not installed.
        """
        self._connect = _import_connection()
        device_id = make_device_id(address.prefix)
        self._address = address
        self._password = password
        self._tls = tls
        self._client_id = client_id or device_id
        self._draw = draw
        self._discovery_prefix = discovery_prefix
        self._topics = topics = Topics(address.prefix)
        self._card = describe_device(
            topics, device_id=device_id, name=name, model=model, version=version
        )
        self._card_topic = discovery_topic(device_id, prefix=discovery_prefix or DISCOVERY_PREFIX)
        self._timing = timing or MqttTiming()
        self._clock = clock or Clock()
        self._outbox = Outbox(
            capacity=_CAPACITY, state_every_s=self._timing.state_every_s, clock=self._clock
        )
        self._picture: bytes | None = None
        self._is_offline_sent = False
        self._reason: str | None = f"{address.place}: connecting"
        self._failure: BaseException | None = None
        self._close_s: tuple[float, float] | None = None
        self._is_to_reopen = False
        # Ends a pause between two tries; the sockets end a wait for the broker.
        self._retry_now = threading.Event()
        self._wakeup_receiver, self._wakeup_sender = socket.socketpair()
        self._wakeup_receiver.setblocking(False)
        self._wakeup_sender.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._thread.start()

    @property
    def state(self) -> SinkState:
        """Return its state."""
        outbox, reason = self._outbox, self._reason
        status: SinkStatus = "waiting" if reason else "working"
        if self._failure is not None:
            reason = f"{type(self._failure).__name__}: {self._failure}"
        return SinkState(
            "mqtt",
            "stopped" if self._failure or self._close_s else status,
            reason,
            done=outbox.done,
            dropped=outbox.dropped,
            waiting=outbox.waiting,
        )

    def take(self, notice: Notice) -> None:
        """Take a notice; it is sent when a broker is there."""
        self._require_alive()
        self._outbox.add(notice)
        self._wake()

    def tell(self, state: LiveState) -> None:
        """Receive the state of the watch; publish it now and then, and when it changed."""
        self._require_alive()
        if self._outbox.tell(state):
            self._wake()

    def reopen(self) -> None:
        """Connect anew, at once."""
        self._is_to_reopen = True
        self._retry_now.set()
        self._wake()

    def close(self, *, timeout_s: float) -> None:
        """Send what waits, for this time at most, publish "offline", and disconnect."""
        if self._close_s is None:
            now_s = self._clock.monotonic()
            self._close_s = now_s + _SENDING_SHARE * timeout_s, now_s + timeout_s
            self._retry_now.set()
            self._wake()
        self._thread.join(timeout_s)

    def _require_alive(self) -> None:
        if self._failure is not None:
            raise RuntimeError(f"mqtt: {self._failure}") from self._failure

    def _wake(self) -> None:
        # Full: it is awake. Closed: it has ended.
        with suppress(OSError):
            self._wakeup_sender.send(b"!")

    def _run(self) -> None:
        timing = self._timing
        backoff = Backoff(least_s=timing.first_wait_s, most_s=timing.longest_wait_s, well_s=_GOOD_S)
        try:
            # Once even if it is to be closed by now: an event may wait already.
            has_tried = False
            while self._close_s is None or not has_tried:
                has_tried = True
                self._retry_now.clear()
                self._is_to_reopen = False
                begun_s = self._clock.monotonic()
                is_refused = self._run_connection()
                self._outbox.put_back()
                backoff.note_run(self._clock.monotonic() - begun_s)
                pause_s = timing.longest_wait_s if is_refused else backoff.next_s()
                if self._close_s is None and not self._is_to_reopen:
                    self._retry_now.wait(pause_s)
        except BaseException as error:
            self._failure = error
            raise
        finally:
            self._wakeup_receiver.close()
            self._wakeup_sender.close()

    def _run_connection(self) -> bool:
        """Hold one connection until it ends; return whether the broker refused us."""
        connection = self._connect(
            self._address,
            client_id=self._client_id,
            password=self._password,
            tls=self._tls,
            will=(self._topics.availability, OFFLINE),
            max_unacknowledged=2 * _MAX_UNACKED,
        )
        place = self._address.place
        try:
            trouble = connection.open(self._timing.keepalive_s)
            if trouble is None:
                trouble = self._exchange(connection)
        finally:
            connection.close()
        if trouble is not None:
            self._reason = f"{place}: {trouble}"
        return connection.refusal is not None

    def _exchange(self, connection: Connection) -> str | None:
        """Send what there is until the connection ends; say why it did, where that is news."""
        answer_by_s = self._clock.monotonic() + self._timing.answer_s
        is_published = False
        while True:
            tick_s = _TICK_S if self._close_s is None else _CLOSING_TICK_S
            trouble = connection.step(self._wakeup_receiver, tick_s)
            for number in connection.take_acknowledged():
                self._outbox.mark_acked(number)
            if trouble is not None:
                return trouble
            if self._is_to_reopen:
                connection.disconnect()
                return "connecting"
            if not connection.is_accepted:
                now_s = self._clock.monotonic()
                if self._close_s is not None and now_s > self._close_s[0]:
                    return None
                if now_s > answer_by_s:
                    return f"no answer within {self._timing.answer_s:.0f} s"
                continue
            if not is_published or connection.take_is_asked():
                is_published = True
                self._publish_retained(connection)
            self._send(connection)
            if self._close_s is not None and self._is_finished(connection, *self._close_s):
                return None

    def _publish_retained(self, connection: Connection) -> None:
        """Publish what the broker keeps: description, picture, availability."""
        self._reason = None
        if self._discovery_prefix is not None:
            connection.listen(f"{self._discovery_prefix}/status")
            connection.publish(self._card_topic, dump_strictly(self._card).encode())
        if self._picture is not None:
            connection.publish(self._topics.picture, self._picture)
        connection.publish(self._topics.availability, ONLINE)
        self._outbox.send_all_again()

    def _send(self, connection: Connection) -> None:
        topics, outbox = self._topics, self._outbox
        # What lies in front of a slow network already is enough.
        while (
            connection.is_free
            and outbox.unacked < _MAX_UNACKED
            and (pending := outbox.take_event())
        ):
            data = encode_event(*pending)
            outbox.mark_sent(connection.publish(topics.event, data, retain=False), pending)
        if not connection.is_free:
            return
        if (is_crack := outbox.take_crack()) is not None:
            connection.publish(topics.crack, ON if is_crack else OFF)
        if (best := outbox.take_best()) is not None:
            self._picture = encode_thumb(self._draw(best), _PICTURE_PX)
            connection.publish(topics.picture, self._picture)
        if (state := outbox.take_state()) is not None:
            connection.publish(topics.state, dump_strictly(describe_state(state)).encode())
            # Should the last will of a lost connection have come late, this mends it.
            connection.publish(topics.availability, ONLINE)

    def _is_finished(self, connection: Connection, send_until_s: float, until_s: float) -> bool:
        """Publish "offline" when all is sent or time is up; return whether that is done."""
        now_s = self._clock.monotonic()
        if self._outbox.waiting and now_s < send_until_s:
            return False
        if not self._is_offline_sent:
            self._is_offline_sent = True
            connection.publish(self._topics.availability, OFFLINE)
        if connection.unacknowledged and now_s < until_s:
            return False
        connection.disconnect()
        return True


def _import_connection() -> type[Connection]:
    try:
        from edge.live.mqtt.connection import Connection
    except ImportError as error:
        raise EnvironmentLacksError(
            "--mqtt needs paho-mqtt, which is not installed: pip install 'crack-edge[live]'"
        ) from error
    return Connection
