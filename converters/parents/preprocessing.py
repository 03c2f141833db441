"""What a model expects of its pixels, by the names that frameworks use for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Preprocessing:
    """How raw pixel values become the input of a model.

    Attributes:
        range: what the pixel values 0 and 255 become.
        mean: subtracted after that, for each channel, RGB.
        std: by which is then divided.
        is_bgr: whether the channels are then reversed.
    """

    range: tuple[float, float]
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    is_bgr: bool = False

    @property
    def is_plain(self) -> bool:
        """Return whether the range is all there is to it."""
        return not self.is_bgr and set(self.mean) == {0.0} and set(self.std) == {1.0}


# The modes of keras.applications.imagenet_utils.preprocess_input, and what layers do themselves.
PREPROCESSINGS: Mapping[str, Preprocessing] = {
    "-1..1": Preprocessing((-1.0, 1.0)),
    "0..1": Preprocessing((0.0, 1.0)),
    "0..255": Preprocessing((0.0, 255.0)),
    "imagenet": Preprocessing((0.0, 1.0), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    "caffe": Preprocessing((0.0, 255.0), mean=(123.68, 116.779, 103.939), is_bgr=True),
}
