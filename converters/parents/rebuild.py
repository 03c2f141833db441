"""Third-party Keras models, rebuilt in the layout of our own: scale, backbone, cell logits.

A head of global average pooling and one linear unit is linear in the mean of its features, so it
comes apart into cells, and the model gets the dense view. Any other model keeps the tile view:
one cell as large as the tile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from converters.parents.heads import Head, find_head
from converters.parents.layers import Trace, run_flat
from converters.parents.preprocessing import Preprocessing
from edge.model.training_folder import BACKBONE_NAME, CELL_LAYER, SCALE_LAYER


@dataclass(frozen=True)
class Rebuilt:
    """A third-party model in our layout.

    Attributes:
        model: Keras model from uint8 pictures to cell logits.
        scaled_range: what its scaling layer makes of the pixel values 0 and 255.
        cell_px: side of a cell; of the whole tile where there is only the tile view.
        why_no_cells: why there is only the tile view; empty where there are cells.
        head: what the model ended in.
    """

    model: Any
    scaled_range: tuple[float, float]
    cell_px: int
    why_no_cells: str
    head: Head


def rebuild(
    theirs: Any, preprocessing: Preprocessing, *, side: int, crack: int, where: str
) -> Rebuilt:
    """Rebuild a Keras classifier in our layout, with its own weights.

    Args:
        theirs: functional or sequential model.
        preprocessing: of its pictures.
        side: of its tiles in px.
        crack: which class means crack, 0 or 1.
        where: the file, for messages.

    Raises:
        ModelError: it is not a classifier of two classes.
    """
    reach = preprocessing.range
    absorbed = _find_plain_rescaling(theirs) if preprocessing.is_plain else None
    if absorbed is not None:
        low, high = (bound * absorbed.scale + absorbed.offset for bound in preprocessing.range)
        reach = float(low), float(high)

    def build(size: int | None) -> tuple[Any, Head, str]:
        trace = Trace()
        scaled = keras.Input((size, size, 3))
        output = run_flat(theirs, prepare(scaled, preprocessing), trace, skip=absorbed)
        head = find_head(trace, output, crack=crack, where=where)
        nonlocal_name = trace.find_nonlocal(head.features) if head.is_pooled else None
        return scaled, head, nonlocal_name or ""

    scaled, head, nonlocal_name = build(side)
    grid = head.features.shape[1:3]
    why = _why_no_cells(head, side, nonlocal_name)
    if not why:
        try:
            wide, wide_head, _ = build(None)
        except (ValueError, TypeError) as error:
            why = f"it does not take larger pictures ({str(error).splitlines()[0]})"
        else:
            backbone = keras.Model(wide, wide_head.features, name=BACKBONE_NAME)
            why = _why_it_does_not_grow(backbone, side, grid[0])
    if why:
        features = head.features
        if head.is_pooled:
            features = layers.GlobalAveragePooling2D()(features)
        features = layers.Reshape((1, 1, features.shape[-1]))(features)
        backbone = keras.Model(scaled, features, name=BACKBONE_NAME)
    model = assemble(backbone, head.kernel, head.bias, reach, side=side if why else None)
    return Rebuilt(model, reach, side if why else side // grid[0], why, head)


def _find_plain_rescaling(model: Any) -> Any:
    """Return a Rescaling with one factor that a model begins with: it becomes our scaling layer."""
    trace = Trace()
    pictures = keras.Input(model.inputs[0].shape[1:])
    run_flat(model, pictures, trace)
    users = [layer for layer, given, _ in trace.calls if given is pictures]
    if len(users) != 1 or type(users[0]) is not layers.Rescaling:
        return None
    is_plain = np.ndim(users[0].scale) == np.ndim(users[0].offset) == 0
    return users[0] if is_plain else None


def prepare(scaled: Any, preprocessing: Preprocessing) -> Any:
    """Apply what the preprocessing asks for beyond its range: means, deviations, BGR.

    One 1 x 1 convolution: a single layer in every format, exact in int8 weights too.
    """
    if preprocessing.is_plain:
        return scaled
    layer = layers.Conv2D(3, 1, name="channels")
    prepared = layer(scaled)
    turn = np.eye(3)[::-1] if preprocessing.is_bgr else np.eye(3)
    kernel = np.diag(1 / np.array(preprocessing.std)) @ turn
    layer.set_weights([kernel[None, None], -np.array(preprocessing.mean) @ kernel])
    return prepared


def _why_no_cells(head: Head, side: int, nonlocal_name: str) -> str:
    if not head.is_pooled:
        return "its head is not global average pooling and one linear layer"
    rows, columns = head.features.shape[1:3]
    if nonlocal_name:
        return f"its layer {nonlocal_name} sees more of a picture than what is around a cell"
    if rows != columns or side % rows:
        return f"{side} px do not divide into its {rows} x {columns} features"
    return ""


def _why_it_does_not_grow(backbone: Any, side: int, cells: int) -> str:
    """Say what is wrong with the grid of a larger picture; empty if it has a cell more."""
    cell_px = side // cells
    shape = backbone.compute_output_shape((1, side + cell_px * 2, side * 2, 3))
    if tuple(shape[1:3]) != (cells + 2, cells * 2):
        return f"{cells + 2} x {cells * 2} cells of {cell_px} px give {shape[1]} x {shape[2]}"
    return ""


def assemble(
    backbone: Callable[[Any], Any],
    kernel: NDArray[np.float32],
    bias: NDArray[np.float32],
    reach: tuple[float, float],
    *,
    side: int | None,
) -> Any:
    """Put scaling, backbone and unit together: uint8 (N, H, W, 3) to float32 (N, h, w, 1).

    Args:
        backbone: layer or model; float32 (N, H, W, 3) to (N, h, w, C).
        kernel: float32 (C, 1).
        bias: float32 (1,).
        reach: what the pixel values 0 and 255 become.
        side: of the pictures in px; None for any.
    """
    low, high = reach
    pictures = keras.Input((side, side, 3), dtype="uint8", name="pictures")
    x = layers.Rescaling((high - low) / 255, offset=low, name=SCALE_LAYER)(pictures)
    unit = layers.Conv2D(1, 1, name=CELL_LAYER, dtype="float32")
    model = keras.Model(pictures, unit(backbone(x)), name="crack_edge")
    unit.set_weights([kernel[None, None], bias])
    return model
