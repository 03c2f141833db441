"""Open the sinks that a live watch was asked for: recorder, MQTT, page."""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge.files.errors import EnvironmentLacksError
from edge.live.loop.controls import Controls
from edge.live.loop.latest_observation import LatestObservation
from edge.live.loop.sink import Sink
from edge.live.run.settings import LiveSettings, MqttLogin
from edge.live.scoring.observation import Observation
from edge.live.scoring.overlay import draw_no_picture, draw_observation

if TYPE_CHECKING:
    from edge.live.web.live_page import LivePage

# What the extra live brings for the page.
_PAGE_PACKAGES = ("starlette", "uvicorn", "h11", "anyio")
# The picture on the page and of an event is no wider.
_LONGEST_PX = 1280


def open_sinks(
    settings: LiveSettings,
    latest: LatestObservation,
    controls: Controls,
    *,
    say: Callable[[str], None],
) -> Iterator[Sink]:
    """Open one sink after the other: those that are open must be closed if the next one fails.

    Args:
        settings: which, and how.
        latest: newest observation and state.
        controls: of the loop; the page sets the threshold.
        say: takes a line that says where the page is.

    Raises:
        EnvironmentLacksError: the extra ``live`` is not installed.
        InputError: a token, password or certificate that cannot be used.
        OutputError: a folder that cannot be written, or an address that cannot be served.
    """
    draw = partial(draw_observation, longest_px=_LONGEST_PX)
    if settings.record:
        from edge.live.record.folder import RecordSettings
        from edge.live.record.recorder import Recorder

        bounds = RecordSettings(
            settings.record_max_mb, settings.record_max_days, settings.record_min_free_mb
        )
        yield Recorder(settings.record, draw=draw, settings=bounds)
    if login := settings.read_mqtt():
        yield _open_mqtt(login, settings, latest, draw)
    if settings.serve:
        from edge.live.web.access import check_access

        token = settings.read_token()
        check_access(settings.serve.host, token)
        page = _import_live_page()(
            latest, controls, draw=draw, draw_no_picture=draw_no_picture, token=token
        )
        page.start(settings.serve.host, settings.serve.port)
        say(f"live page: {page.address}")
        yield page


def close_side_by_side(sinks: Sequence[Sink], *, timeout_s: float) -> None:
    """Close all sinks at once: the slowest alone decides how long it takes."""
    threads = [
        threading.Thread(target=sink.close, kwargs={"timeout_s": timeout_s}, daemon=True)
        for sink in sinks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout_s)


def _open_mqtt(
    login: MqttLogin,
    settings: LiveSettings,
    latest: LatestObservation,
    draw: Callable[[Observation], NDArray[np.uint8]],
) -> Sink:
    from edge.live.mqtt.discovery import DISCOVERY_PREFIX
    from edge.live.mqtt.sink import MqttSink

    return MqttSink(
        login.address,
        name=f"crack-edge {platform.node()}",
        model=latest.state.model,
        version=latest.state.version,
        draw=draw,
        password=login.password,
        tls=login.tls,
        discovery_prefix=DISCOVERY_PREFIX if settings.mqtt_discovery else None,
    )


def _import_live_page() -> type[LivePage]:
    try:
        from edge.live.web.live_page import LivePage
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _PAGE_PACKAGES:
            raise
        raise EnvironmentLacksError(
            f"--serve needs {error.name}, which is not installed: "
            "pip install 'crack-edge[live]', or add --serve off"
        ) from error
    return LivePage
