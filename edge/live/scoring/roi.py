"""The part of a frame that is looked at, in px or in shares of its size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from edge.files.errors import InputError

# One window of the model in the middle of the frame, for machines that cannot score more.
CENTER: Final = "center"

_SHAPE = (
    "center, or LEFT,UPPER,RIGHT,LOWER in px or percent, such as 100,0,540,480 or 10%,0,90%,100%"
)
_SIDE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)(%?)", re.ASCII)


@dataclass(frozen=True)
class RoiSide:
    """Where one side of the part lies.

    Attributes:
        value: px, or percent of the frame's width or height.
        is_share: it is percent.
    """

    value: float
    is_share: bool

    def px(self, length: int) -> int:
        """Return it in whole px of a frame of that width or height, inside the frame."""
        px = self.value * length / 100 if self.is_share else self.value
        return min(length, round(px))

    def __str__(self) -> str:
        return f"{self.value:.10g}" + ("%" if self.is_share else "")


@dataclass(frozen=True)
class Roi:
    """A part of a frame; the right and the lower side lie just outside of it."""

    left: RoiSide
    upper: RoiSide
    right: RoiSide
    lower: RoiSide

    def box(self, size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return left, upper, right and lower side in px of a frame.

        What lies beyond the frame is left out.

        Raises:
            InputError: nothing of the part lies in the frame.
        """
        width, height = size_wh
        box = (
            self.left.px(width),
            self.upper.px(height),
            self.right.px(width),
            self.lower.px(height),
        )
        if box[0] >= box[2] or box[1] >= box[3]:
            raise InputError(
                f"--roi {self}: lies outside the frame of {width} x {height} px; "
                "use percentages such as 10%, or set the camera's --size"
            )
        return box

    def __str__(self) -> str:
        return f"{self.left},{self.upper},{self.right},{self.lower}"


FramePart = Roi | Literal["center"]


def parse_roi(text: str) -> FramePart:
    """Read a part of a frame from the words of a user.

    Args:
        text: ``center``, or four numbers with commas between them, each px or, with a percent
            sign, a share.

    Raises:
        ValueError: it is something else; says what was expected.
    """
    if text == CENTER:
        return CENTER
    found = [_SIDE.fullmatch(part.strip()) for part in text.split(",")]
    sides = [RoiSide(float(match[1]), bool(match[2])) for match in found if match]
    if len(found) != 4 or len(sides) != 4:
        raise ValueError(f"{text!r}: expected {_SHAPE}")
    if any(side.is_share and side.value > 100 for side in sides):
        raise ValueError(f"{text!r}: a percentage is above 100%; expected {_SHAPE}")
    roi = Roi(*sides)
    for low, high in ((roi.left, roi.right), (roi.upper, roi.lower)):
        if high.value == 0 or (low.is_share == high.is_share and low.value >= high.value):
            raise ValueError(f"{text!r}: {low} is not less than {high}; expected {_SHAPE}")
    return roi
