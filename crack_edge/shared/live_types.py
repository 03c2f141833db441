"""Types of values that only a live watch is told."""

from __future__ import annotations

import re
from typing import Any

import click

from edge.live.run.settings import ServeAddress
from edge.live.scoring.roi import FramePart, parse_roi

_PORT_MAX = 65535


class RoiType(click.ParamType):  # type: ignore[type-arg]
    """A part of a frame."""

    name = "left,upper,right,lower"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> FramePart | None:
        """Read it from the words of a user."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        try:
            return parse_roi(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class SourceType(click.types.StringParamType):
    """What to watch."""

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Say what a user may give who gave nothing."""
        return "0 is the first camera, drawn needs none; crack-edge doctor lists the cameras."


class SizeType(click.ParamType):  # type: ignore[type-arg]
    """A size of frames, px."""

    name = "wxh"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int] | None:
        """Read it from the words of a user."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        found = re.fullmatch(r"([1-9]\d{0,4})[x×]([1-9]\d{0,4})", value, re.ASCII)
        if not found:
            self.fail(f"{value!r}: expected WIDTHxHEIGHT in px, such as 1280x720", param, ctx)
        return int(found[1]), int(found[2])


class ServeType(click.ParamType):  # type: ignore[type-arg]
    """An address for the page; ``off`` for none."""

    name = "host:port"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> ServeAddress | None:
        """Read it from the words of a user."""
        if not isinstance(value, str) or value == "off":
            return None if value == "off" else value
        found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+)):(\d{1,5})", value, re.ASCII)
        if not found or int(found[3]) > _PORT_MAX:
            self.fail(
                f"{value!r}: expected HOST:PORT such as 127.0.0.1:8000 or [::1]:8000, or off",
                param,
                ctx,
            )
        return ServeAddress(found[1] or found[2], int(found[3]))


class MqttType(click.ParamType):  # type: ignore[type-arg]
    """An address of a broker."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it from the words of a user; no message shows it, a password may be in it."""
        from edge.live.mqtt.address import MqttAddressError, parse_mqtt

        try:
            parse_mqtt(str(value))
        except MqttAddressError as error:
            self.fail(str(error), param, ctx)
        return str(value)
