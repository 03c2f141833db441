"""Who may open the page: this machine without a token, all others with one."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections import OrderedDict
from collections.abc import Callable

from edge.files.errors import InputError

MIN_TOKEN = 12
MAX_TOKEN = 256
COOKIE = "crack_edge_live"

# Wrong tokens from one address: so many at once, then one each so many seconds.
_TRIES = 10
_TRY_S = 6.0
# Addresses remembered; a flood from more of them forgets the oldest.
_ADDRESSES = 256
_LOCAL_NAMES = ("localhost", "localhost.")


def check_access(host: str, token: str | None) -> None:
    """Refuse to serve others than this machine without a token, or with one that can be guessed.

    Raises:
        InputError: the token is missing, too short, or cannot be sent in a header.
    """
    if token is None:
        if not is_loopback(host):
            raise InputError(
                f"--serve {host}: other machines can reach this address; add --token-file FILE with"
                f" {MIN_TOKEN} characters or more, or serve on 127.0.0.1 only"
            )
        return
    if not MIN_TOKEN <= len(token) <= MAX_TOKEN:
        raise InputError(
            f"the token (--token or --token-file) has {len(token)} characters; expected "
            f"{MIN_TOKEN} to {MAX_TOKEN}"
        )
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise InputError(
            "the token (--token or --token-file): expected ASCII letters, digits and punctuation,"
            " without spaces"
        )


def is_loopback(host: str) -> bool:
    """Return whether a name or address, without port, can be reached from this machine only."""
    if host.lower() in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_loopback_header(host_header: str) -> bool:
    """Return whether a Host header names this machine; others are a web site's name for it."""
    host, colon, port = host_header.rpartition(":")
    if colon and port.isascii() and port.isdigit():
        return is_loopback(host)
    return is_loopback(host_header)


class AccessToken:
    """A token, and the cookie that stands for it: from the one nobody gets to the other."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        # The same after a restart: who was let in stays in.
        self.cookie = hmac.new(self._token, b"crack-edge live cookie", hashlib.sha256).hexdigest()

    def fits_token(self, given: str) -> bool:
        """Compare a token in a time that tells nothing."""
        return hmac.compare_digest(self._token, given.encode("utf-8", "replace"))

    def fits_cookie(self, given: str) -> bool:
        """Compare a cookie in a time that tells nothing."""
        return hmac.compare_digest(self.cookie.encode(), given.encode("utf-8", "replace"))


class FailedLogins:
    """Counts wrong tokens of each address; who fails too often waits."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        # When the last of the failed logins of an address will be forgiven.
        self._until: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Return for how long an address has to wait before its next try; 0 if not at all."""
        left = self._until.get(_network_of(address), 0.0) - self._monotonic()
        return max(0.0, left - (_TRIES - 1) * _TRY_S)

    def add_wrong(self, address: str) -> None:
        """Count a wrong token."""
        network, now = _network_of(address), self._monotonic()
        self._until[network] = max(now, self._until.pop(network, now)) + _TRY_S
        if len(self._until) > _ADDRESSES:
            self._until.popitem(last=False)


def _network_of(address: str) -> str:
    """Return what one household has: all its IPv6 addresses count as one."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.version == 6 and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(ip)
