"""The settings of a live watch, from a command line, a file or another program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge.files.errors import InputError
from edge.live.loop.controls import DEFAULT_THRESHOLD
from edge.live.systemd.secret_file import read_secret

if TYPE_CHECKING:
    from ssl import SSLContext

    from edge.detect.settings import View
    from edge.live.mqtt.address import MqttAddress
    from edge.live.scoring.roi import FramePart


@dataclass(frozen=True)
class ServeAddress:
    """Where the page is served.

    Attributes:
        host: name or address, IPv6 without brackets.
        port: 0 for one that is free.
    """

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Return whether only this machine can reach it."""
        from edge.live.web.access import is_loopback

        return is_loopback(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class MqttLogin:
    """How a broker is reached.

    Attributes:
        address: of it, with the user's name.
        password: of the user; None for none.
        tls: how its certificate is checked; None without TLS.
    """

    address: MqttAddress
    password: str | None
    tls: SSLContext | None


@dataclass(frozen=True)
class LiveSettings:
    """What a live watch looks at, how it decides, and where its results go.

    Attributes:
        source: what it looks at; may hold a password.
        model: file or name of a shipped one.
        view: of the model.
        roi: part of the frame, ``CENTER`` for one window in its middle; None for all of it.
        scale: of a frame before it is scored.
        threshold: smoothed score at which an event begins.
        release: smoothed score below which it is about to end; None for an even chance, or the
            threshold where that is lower.
        smooth_s: time constant of the smoothing, s.
        hold_s: how long the score must stay below, s.
        max_fps: frames a second to look at, at most; None for as many as it can.
        max_temp_c: above it the loop is slowed; None for never.
        fps: of a camera, or at which a file is played; None for its own.
        loop: a file begins again at its end.
        size_wh: asked of a camera, px; None for its own.
        serve: of the page; None for no page.
        token: what visitors must show, if it was given itself.
        token_file: file that holds it.
        record: folder for events; None for none.
        record_max_mb: of that folder.
        record_max_days: after which an event is deleted.
        record_min_free_mb: of the disk, below which nothing is recorded.
        mqtt: address of a broker, with the prefix of its topics as path; None for none.
        mqtt_user: name there.
        mqtt_password_file: file that holds its password.
        mqtt_ca: certificates that the broker's must be signed by; None for the system's.
        mqtt_discovery: Home Assistant is told what there is.
        threads: that score; None for all cores.
        config: file of settings that was read.
    """

    source: str
    model: str = "default"
    view: View = "dense"
    roi: FramePart | None = None
    scale: float = 1.0
    threshold: float = DEFAULT_THRESHOLD
    release: float | None = None
    smooth_s: float = 0.5
    hold_s: float = 1.0
    max_fps: float | None = None
    max_temp_c: float | None = 80.0
    fps: float | None = None
    loop: bool = False
    size_wh: tuple[int, int] | None = None
    serve: ServeAddress | None = None
    token: str | None = None
    token_file: Path | None = None
    record: Path | None = None
    record_max_mb: float = 1000.0
    record_max_days: float = 30.0
    record_min_free_mb: float = 500.0
    mqtt: str | None = None
    mqtt_user: str | None = None
    mqtt_password_file: Path | None = None
    mqtt_ca: Path | None = None
    mqtt_discovery: bool = True
    threads: int | None = None
    config: Path | None = None

    def __post_init__(self) -> None:
        """Refuse settings that do not go together.

        Raises:
            InputError: says which, by the names of their options; or a token that can be guessed.
        """
        from edge.live.web.access import check_access

        if self.token and self.token_file:
            raise InputError("give only one of --token and --token-file")
        if self.serve and not (self.serve.is_loopback or self.token or self.token_file):
            raise InputError(
                f"--serve {self.serve}: other machines can reach this address; add --token-file "
                "FILE, or serve on 127.0.0.1 only"
            )
        if self.serve and self.token:
            check_access(self.serve.host, self.token)
        if self.release and self.release > self.threshold:
            raise InputError(
                f"--release {self.release:g} is above --threshold {self.threshold:g}; "
                "give a lower --release"
            )
        if not self.mqtt:
            for name in ("mqtt_user", "mqtt_password_file", "mqtt_ca"):
                if getattr(self, name):
                    raise InputError(f"--{name.replace('_', '-')} needs --mqtt")

    def read_token(self) -> str | None:
        """Return what visitors of the page must show.

        Raises:
            InputError: as ``read_secret`` of its file.
        """
        return self.token if self.token_file is None else read_secret(self.token_file)

    def read_mqtt(self) -> MqttLogin | None:
        """Return how the broker is reached; None where there is none.

        Raises:
            InputError: a password or certificates that cannot be read or used.
        """
        from edge.live.mqtt.address import make_tls, parse_mqtt, read_password

        if not self.mqtt:
            return None
        address = parse_mqtt(self.mqtt)
        if self.mqtt_user:
            address = replace(address, user=self.mqtt_user)
        secret = self.mqtt_password_file
        return MqttLogin(
            address,
            password=read_password(secret, address) if secret else None,
            tls=make_tls(address, self.mqtt_ca),
        )
