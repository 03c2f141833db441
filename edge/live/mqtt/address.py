"""Where a broker is and under which topic we speak: ``mqtts://user@host:8883/bridge/7``."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from edge.files.errors import InputError
from edge.live.systemd.secret_file import read_secret

PORTS = {"mqtt": 1883, "mqtts": 8883}
FORM = "mqtt://[USER@]HOST[:PORT]/PREFIX (or mqtts:// for TLS)"
# A topic may have 65,535 bytes; nobody means such a long one.
_MAX_PREFIX_BYTES = 200
_ADDRESS = re.compile(
    r"(?P<scheme>[a-z]+)://(?:(?P<user>[^@/]*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^@/:\[\]]*)(?::(?P<port>[^/:]*))?(?:/(?P<prefix>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9.])?|[0-9A-Fa-f:.%]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class MqttAddressError(InputError):
    """Report text that is not the address of a broker."""


class MqttSecretError(InputError):
    """Report a password or a certificate that cannot be used."""


@dataclass(frozen=True)
class MqttAddress:
    """A broker and the topics of this device there.

    Attributes:
        host: name or address.
        port: TCP.
        prefix: of its topics, without slashes at its ends.
        user: None for a broker that asks for none.
        is_tls: whether the connection is encrypted.
    """

    host: str
    port: int
    prefix: str
    user: str | None = None
    is_tls: bool = False

    @property
    def place(self) -> str:
        """Return host and port as messages show them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_mqtt(text: str) -> MqttAddress:
    """Read an address.

    Raises:
        MqttAddressError: it is none, or has a password, a wildcard or no prefix.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        # Not the text itself: who mistypes it may have put a password in.
        raise MqttAddressError(f"not the address of an MQTT broker; expected {FORM}")
    scheme, user = found["scheme"].lower(), found["user"]
    if user is not None and ":" in user:
        raise MqttAddressError(
            "the address holds a password, which other users can see in the process list;"
            " put it into a file and add --mqtt-password-file FILE"
        )
    if scheme not in PORTS:
        raise MqttAddressError(f"{text}: unknown scheme {scheme}://; expected {FORM}")
    if user == "":
        raise MqttAddressError(f"{text}: the user name before @ is missing; expected {FORM}")
    host = found["host"].strip("[]")
    if not _HOST.fullmatch(host):
        raise MqttAddressError(f"{text}: the host is missing or not valid; expected {FORM}")
    return MqttAddress(
        host=host,
        port=_read_port(found["port"], text, PORTS[scheme]),
        prefix=_read_prefix(found["prefix"] or "", text),
        user=None if user is None else _unquote(user, text, "user name"),
        is_tls=scheme == "mqtts",
    )


def _read_port(port: str | None, text: str, default: int) -> int:
    if port is None:
        return default
    is_number = port.isascii() and port.isdigit() and len(port) <= 5
    if not is_number or not 1 <= int(port) <= 65535:
        raise MqttAddressError(f"{text}: port {port!r} is not valid; expected 1 to 65535")
    return int(port)


def _read_prefix(quoted: str, text: str) -> str:
    prefix = _unquote(quoted.strip("/"), text, "prefix")
    if not prefix:
        raise MqttAddressError(
            f"{text}: the topic prefix, which tells this device apart from others, is missing;"
            f" expected {FORM}, such as mqtt://broker/bridge-7"
        )
    if wild := next((sign for sign in "+#" if sign in prefix), None):
        raise MqttAddressError(f"{text}: prefix {prefix} holds the wildcard {wild}; leave it out")
    if prefix.startswith("$"):
        raise MqttAddressError(
            f"{text}: prefix {prefix} begins with $, which is reserved for the broker"
        )
    if len(prefix.encode()) > _MAX_PREFIX_BYTES:
        raise MqttAddressError(f"{text}: the prefix is longer than {_MAX_PREFIX_BYTES} bytes")
    return prefix


def _unquote(quoted: str, text: str, what: str) -> str:
    try:
        plain = unquote(quoted, errors="strict")
    except UnicodeDecodeError as error:
        raise MqttAddressError(f"{text!r}: the {what} is not valid UTF-8") from error
    if _CONTROL.search(plain):
        raise MqttAddressError(f"{text!r}: the {what} holds a control character")
    return plain


def read_password(path: Path, address: MqttAddress) -> str:
    """Return the password of an address's user from its file.

    Raises:
        InputError: as ``read_secret``; or the address has no user, without whom no broker takes a
            password.
    """
    if address.user is None:
        raise MqttSecretError(
            f"--mqtt-password-file {path}: the password needs a user name; add --mqtt-user NAME"
        )
    return read_secret(path)


def make_tls(address: MqttAddress, ca: Path | None) -> ssl.SSLContext | None:
    """Return how the broker's certificate is checked; None where the address has no TLS.

    Args:
        address: of the broker.
        ca: certificates (PEM) of who signed the broker's; None for those of this machine.

    Raises:
        MqttSecretError: the file holds none, or the address has no TLS.
    """
    if not address.is_tls:
        if ca is not None:
            raise MqttSecretError(
                f"--mqtt-ca {ca}: certificates need TLS; write mqtts:// instead of mqtt://"
            )
        return None
    try:
        context = ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise MqttSecretError(f"--mqtt-ca {ca}: expected certificates in PEM format") from error
    except OSError as error:
        raise MqttSecretError(f"--mqtt-ca {ca}: cannot be read ({error.strerror})") from error
    if ca is not None:
        # Python 3.13 asks of a home-made authority for fields that many a recipe leaves out.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
