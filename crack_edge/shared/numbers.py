"""Numbers within bounds, as options take them, with errors in plain words."""

from __future__ import annotations

import math
from typing import Any

import click


class Number(click.FloatRange):
    """A number such as 0.4; errors say what is wrong with another word."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Turn a word into a number within the bounds."""
        try:
            is_number = not math.isnan(float(value))
        except ValueError:
            is_number = False
        if not is_number:
            hint = "; write decimals with a point, such as 0.4" if "," in str(value) else ""
            self.fail(f"{value!r} is not a number{hint}", param, ctx)
        return super().convert(value, param, ctx)


class WholeNumber(click.IntRange):
    """A number such as 4; errors say what is wrong with another word."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Turn a word into a whole number within the bounds."""
        try:
            int(value)
        except ValueError:
            self.fail(f"{value!r} is not a whole number", param, ctx)
        return super().convert(value, param, ctx)
