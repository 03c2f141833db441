"""A connection to an MQTT broker: paho's client and its socket, worked by hand in one thread.

Paho's own loop hides why a connection failed, and keeps its memory over connections.
"""

from __future__ import annotations

import selectors
import socket
import ssl
from contextlib import suppress

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.files.errors import first_line
from edge.live.mqtt.address import MqttAddress
from edge.live.mqtt.discovery import ONLINE

# Messages that may be published without asking for room before each.
_SPARE = 8


class Connection:
    """One connection, used once; a lost one leaves nothing behind.

    Attributes:
        is_accepted: whether the broker let us in.
        refusal: why it did not.
        unacknowledged: numbers of messages that the broker has not confirmed.
    """

    def __init__(
        self,
        address: MqttAddress,
        *,
        client_id: str,
        password: str | None,
        tls: ssl.SSLContext | None,
        will: tuple[str, bytes],
        max_unacknowledged: int,
    ) -> None:
        """Make ready; nothing is sent yet.

        Args:
            address: of the broker.
            client_id: unlike any other's there.
            password: of the address's user.
            tls: how the broker's certificate is checked.
            will: topic and message that the broker tells when we are gone without a word.
            max_unacknowledged: messages on their way at once; more are not taken.
        """
        self.is_accepted = False
        self.refusal: str | None = None
        self.unacknowledged: set[int] = set()
        self._acknowledged: list[int] = []
        self._is_asked = False
        self._address = address
        self._max_unacknowledged = max_unacknowledged
        self._client = client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, reconnect_on_failure=False
        )
        client.max_inflight_messages = max_unacknowledged
        client.max_queued_messages = max_unacknowledged
        if address.user is not None:
            client.username_pw_set(address.user, password)
        if tls is not None:
            tls.sslsocket_class = _TlsSocket
            client.tls_set_context(tls)
        topic, data = will
        client.will_set(topic, data, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.on_message = self._on_message

    @property
    def is_free(self) -> bool:
        """Return whether there is room for more: the rest has left us, and most of it came."""
        has_room = len(self.unacknowledged) + _SPARE <= self._max_unacknowledged
        return has_room and not self._client.want_write()

    def open(self, keepalive_s: int) -> str | None:
        """Connect; return why that did not work."""
        address = self._address
        try:
            self._client.connect(address.host, address.port, keepalive=keepalive_s)
        # ValueError: a name that none can be.
        except (OSError, ValueError) as error:
            return _explain(error)
        return None

    def step(self, wakeup: socket.socket, timeout_s: float) -> str | None:
        """Wait for the broker, a wake-up or the timeout; deal with it; return what went wrong."""
        client = self._client
        link = client.socket()
        if link is None:
            return "the connection was lost"
        # Bytes that TLS holds back wake no selector.
        is_ready = isinstance(link, ssl.SSLSocket) and link.pending() > 0
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.want_write() else 0)
        with selectors.DefaultSelector() as selector:
            selector.register(link, wanted)
            selector.register(wakeup, selectors.EVENT_READ)
            ready = {key.fd: mask for key, mask in selector.select(0 if is_ready else timeout_s)}
            mask = ready.get(link.fileno(), 0)
        if wakeup.fileno() in ready:
            with suppress(BlockingIOError):
                wakeup.recv(4096)
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if is_ready or mask & selectors.EVENT_READ:
            code = client.loop_read()
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS and mask & selectors.EVENT_WRITE:
            code = client.loop_write()
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS:
            code = client.loop_misc()
        if self.refusal is not None:
            return self.refusal
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS:
            return None
        return error_string(code).rstrip(".").lower()

    def publish(self, topic: str, data: bytes, *, retain: bool = True) -> int:
        """Send a message to be acknowledged; return its number."""
        number = self._client.publish(topic, data, qos=1, retain=retain).mid
        self.unacknowledged.add(number)
        return number

    def listen(self, topic: str) -> None:
        """Subscribe to a topic."""
        self._client.subscribe(topic, qos=1)

    def take_acknowledged(self) -> list[int]:
        """Return the numbers of messages that were newly acknowledged."""
        numbers, self._acknowledged = self._acknowledged, []
        return numbers

    def take_is_asked(self) -> bool:
        """Return whether somebody came online since this was last asked."""
        is_asked, self._is_asked = self._is_asked, False
        return is_asked

    def disconnect(self) -> None:
        """Disconnect in order: the broker does not publish the last will."""
        self._client.disconnect()

    def close(self) -> None:
        """Close the socket."""
        if (link := self._client.socket()) is not None:
            link.close()

    def _on_connect(
        self,
        client: Client,
        userdata: object,
        flags: ConnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self.is_accepted = not code.is_failure
        if code.is_failure:
            self.refusal = f"the broker refused the connection: {code}"

    def _on_publish(
        self,
        client: Client,
        userdata: object,
        number: int,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self.unacknowledged.discard(number)
        self._acknowledged.append(number)

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        # One that was kept is old news: who came online then has found all that is kept.
        self._is_asked |= bytes(message.payload) == ONLINE and not message.retain


class _TlsSocket(ssl.SSLSocket):
    """Closes itself where the broker is not trusted: paho forgets to."""

    def do_handshake(self, block: bool = False) -> None:
        """Agree on keys."""
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def _explain(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    strerror = error.strerror if isinstance(error, OSError) else None
    return strerror or first_line(error)
