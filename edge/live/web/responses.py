"""Answers in JSON, and bodies of requests that do not grow and do not last."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import Receive

from edge.files.strict_json import dump_strictly

# More than a token or a threshold takes.
_MAX_BODY = 2048
_BODY_S = 10.0


class BodyError(Exception):
    """Report a body that is too long, came too slowly, or never whole."""


def json_response(value: Any, status: int = 200) -> Response:
    """Return plain values as an answer."""
    return Response(dump_strictly(value), status, media_type="application/json")


def refuse(status: int, why: str) -> Response:
    """Return an answer that says what was wrong."""
    return json_response({"error": why}, status)


async def read_body(receive: Receive) -> bytes:
    """Return the body of a request.

    Raises:
        BodyError: it is too long, came too slowly, or its sender went away.
    """
    try:
        return await asyncio.wait_for(_read_body(receive), _BODY_S)
    except asyncio.TimeoutError as error:
        raise BodyError("too slow") from error


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise BodyError("gone")
        body += message.get("body", b"")
        if len(body) > _MAX_BODY:
            raise BodyError("too long")
        if not message.get("more_body", False):
            return bytes(body)
