"""What the page's server answers to which address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from edge.live.loop.controls import THRESHOLDS, Controls
from edge.live.loop.latest_observation import LatestObservation
from edge.live.loop.live_state import LiveState, describe_state
from edge.live.timing.clock import Clock
from edge.live.web.access import AccessToken, FailedLogins
from edge.live.web.auth import AuthConfig, AuthMiddleware
from edge.live.web.frame_feed import FrameFeed
from edge.live.web.metrics import MEDIA_TYPE, format_metrics
from edge.live.web.no_picture import why_no_picture
from edge.live.web.recent_events import KEPT, RecentEvent, RecentEvents
from edge.live.web.responses import BodyError, json_response, read_body, refuse
from edge.live.web.snapshot_encoder import SnapshotEncoder
from edge.live.web.stream import Stream, ViewerLimits

_THUMB = ".thumb.jpg"
_JPEG = "image/jpeg"
_SCRIPT = ("common.js", "picture.js", "state.js", "tools.js", "events.js", "page.js")
# Pages ask for the state so often, and less often when there are many of them.
_POLL_S = 1.0
_POLL_VIEWERS = 20


@dataclass(frozen=True)
class PageParts:
    """What the routes show and set.

    Attributes:
        latest: newest observation and state.
        controls: of the loop.
        clock: for waiting times, and for names of snapshots.
        feed: of the live picture.
        recent_events: of events.
        snapshots: single pictures.
        executor: of the thread in which these are made.
        tell_state: the state as the page shows it: the loop's, and what is known here.
    """

    latest: LatestObservation
    controls: Controls
    clock: Clock
    feed: FrameFeed
    recent_events: RecentEvents
    snapshots: SnapshotEncoder
    executor: Executor
    tell_state: Callable[[], LiveState]


def make_app(
    parts: PageParts, *, token: str | None, closing: asyncio.Event, limits: ViewerLimits
) -> ASGIApp:
    """Return the whole application, behind its authentication.

    Args:
        parts: what it shows.
        token: None where only this machine can come.
        closing: ends the streams.
        limits: of viewers.
    """
    routes = Routes(parts)
    get = ["GET"]
    app = Starlette(
        routes=[
            Route("/", _still(["page.html"], "text/html"), methods=get),
            Route("/page.css", _still(["page.css"], "text/css"), methods=get),
            Route("/page.js", _still(_SCRIPT, "text/javascript"), methods=get),
            Route("/favicon.ico", _no_icon, methods=get),
            Route("/stream.mjpg", Stream(parts.feed, closing, limits), methods=get),
            Route("/snapshot.jpg", routes.snapshot, methods=get),
            Route("/api/state", routes.state, methods=get),
            Route("/api/events", routes.events, methods=get),
            Route("/api/threshold", routes.set_threshold, methods=["POST"]),
            Route("/events/{name}", routes.event_picture, methods=get),
            Route("/healthz", routes.health, methods=get),
            Route("/metrics", routes.metrics, methods=get),
        ]
    )
    app.router.redirect_slashes = False
    auth = AuthConfig(
        key=None if token is None else AccessToken(token),
        failed_logins=FailedLogins(parts.clock.monotonic),
        form=_read("login.html"),
        entered=_read("entered.html"),
    )
    return AuthMiddleware(app, auth)


class Routes:
    """The answers that change."""

    def __init__(self, parts: PageParts) -> None:
        self._parts = parts

    async def state(self, _: Request) -> Response:
        """Return the state, and what only the page knows."""
        parts = self._parts
        age_s, observation = parts.latest.age_s, parts.latest.fresh_observation()
        state = parts.tell_state()
        extra = {
            "viewers": parts.feed.viewers,
            "frame_age_s": None if age_s is None else round(age_s, 3),
            "absence": None if observation else why_no_picture(state, age_s),
            "wanted_threshold": parts.controls.threshold,
            "event_changes": parts.recent_events.changes,
            "poll_s": max(_POLL_S, parts.feed.viewers / _POLL_VIEWERS),
        }
        return json_response(describe_state(state) | extra)

    async def events(self, request: Request) -> Response:
        """Return the newest events, the newest first."""
        text = request.query_params.get("limit", str(KEPT))
        if not (text.isascii() and text.isdigit() and len(text) < 7):
            return refuse(400, "limit: expected a whole number")
        return json_response(self._parts.recent_events.newest(int(text)))

    async def event_picture(self, request: Request) -> Response:
        """Return the picture of an event that is in memory; no file is opened for it."""
        name = request.path_params["name"]
        for suffix, pick in ((_THUMB, _thumb_of), (".jpg", _jpeg_of)):
            kept = self._parts.recent_events.find(name.removesuffix(suffix))
            if name.endswith(suffix) and kept:
                return Response(pick(kept), media_type=_JPEG)
        return refuse(404, f"no such picture; only those of the latest {KEPT} events are kept")

    async def snapshot(self, request: Request) -> Response:
        """Return the newest picture, or say that there is none that is fresh."""
        parts = self._parts
        observation = parts.latest.fresh_observation()
        if observation is None:
            return refuse(503, why_no_picture(parts.latest.state, parts.latest.age_s))
        is_plain = request.query_params.get("plain", "0") not in ("", "0")
        loop = asyncio.get_running_loop()
        jpeg = await loop.run_in_executor(
            parts.executor, lambda: parts.snapshots.encode(observation, is_plain=is_plain)
        )
        headers = {"X-Frame-Number": str(observation.frame.number)}
        return Response(jpeg, media_type=_JPEG, headers=headers)

    async def set_threshold(self, request: Request) -> Response:
        """Set the threshold at which an event begins."""
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return refuse(415, "expected Content-Type: application/json")
        try:
            value = _read_threshold(await read_body(request.receive))
        except (BodyError, ValueError):
            low, high = THRESHOLDS
            return refuse(400, f'expected {{"threshold": NUMBER}}, a number from {low} to {high}')
        self._parts.controls.threshold = value
        return json_response({"threshold": value})

    async def health(self, _: Request) -> Response:
        """Return whether a fresh picture is looked at, and nothing else."""
        latest = self._parts.latest
        if latest.fresh_observation() is not None:
            return json_response({"ok": True})
        reason = why_no_picture(latest.state, latest.age_s, with_reason=False)
        return json_response({"ok": False, "reason": reason}, 503)

    async def metrics(self, _: Request) -> Response:
        """Return figures for Prometheus."""
        parts = self._parts
        text = format_metrics(
            parts.tell_state(), viewers=parts.feed.viewers, frame_age_s=parts.latest.age_s
        )
        return Response(text, headers={"Content-Type": MEDIA_TYPE})


def _read_threshold(body: bytes) -> float:
    """Return the threshold in a body of JSON.

    Raises:
        ValueError: there is none.
    """
    try:
        given: Any = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested") from error
    value = given.get("threshold") if isinstance(given, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number")
    if not THRESHOLDS[0] <= value <= THRESHOLDS[1]:
        raise ValueError("out of range")
    return float(value)


def _jpeg_of(kept: RecentEvent) -> bytes:
    return kept.jpeg


def _thumb_of(kept: RecentEvent) -> bytes:
    return kept.thumb


async def _no_icon(_: Request) -> Response:
    return Response(status_code=204)


def _still(names: Sequence[str], media_type: str) -> Callable[[Request], Awaitable[Response]]:
    """Return a route to files of the package, one after the other, read once."""
    text = "".join(map(_read, names))

    async def answer(_: Request) -> Response:
        return Response(text, media_type=media_type)

    return answer


def _read(name: str) -> str:
    return files("edge.live.web").joinpath(name).read_text(encoding="utf-8")
