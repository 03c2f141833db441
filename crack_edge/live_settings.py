"""What a user asks of a live watch, checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from crack_edge.live_types import ServeAddress
from edge.live.roi import Roi
from edge.live.secret import read_secret

if TYPE_CHECKING:
    from ssl import SSLContext

    from edge.live.mqtt.address import MqttAddress

View = Literal["center", "grid", "dense"]


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
class LiveOptions:
    """What a user asks of a live watch. Each is checked by itself and with the others.

    Attributes:
        source: what it looks at; may hold a password.
        model: file or name of a shipped one.
        view: which windows of a frame.
        roi: part of the frame; None for all of it.
        scale: of a frame before it is scored.
        threshold: smoothed score at which an event begins; None for the usual one.
        release: smoothed score below which it is about to end; None for the usual one.
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
        workers: threads that score; None for those that tune chose, or all cores.
        config: file of settings that was read.
    """

    source: str
    model: str
    view: View
    roi: Roi | None
    scale: float
    threshold: float | None
    release: float | None
    smooth_s: float
    hold_s: float
    max_fps: float | None
    max_temp_c: float | None
    fps: float | None
    loop: bool
    size_wh: tuple[int, int] | None
    serve: ServeAddress | None
    token: str | None
    token_file: Path | None
    record: Path | None
    record_max_mb: float
    record_max_days: float
    record_min_free_mb: float
    mqtt: str | None
    mqtt_user: str | None
    mqtt_password_file: Path | None
    mqtt_ca: Path | None
    mqtt_discovery: bool
    workers: int | None
    config: Path | None

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


def check_together(options: LiveOptions) -> None:
    """Refuse settings that do not go together.

    Raises:
        UsageError: says which.
        InputError: a token that can be guessed.
    """
    from edge.live.web.access import check_access

    if options.token and options.token_file:
        raise click.UsageError("--token and --token-file: give one of them")
    has_token = options.token or options.token_file
    if options.serve and not options.serve.is_loopback and not has_token:
        raise click.UsageError(
            f"--serve {options.serve}: others than this machine could look on; add --token-file "
            "FILE or --token TOKEN, or serve 127.0.0.1 only"
        )
    if options.serve and options.token:
        check_access(options.serve.host, options.token)
    if options.threshold and options.release and options.release > options.threshold:
        raise click.UsageError(
            f"--release {options.release:g} is above --threshold {options.threshold:g}"
        )
    if not options.mqtt:
        for name in ("mqtt_user", "mqtt_password_file", "mqtt_ca"):
            if getattr(options, name):
                raise click.UsageError(f"--{name.replace('_', '-')} is for --mqtt")
