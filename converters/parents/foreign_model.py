"""Third-party Keras models: opened without code, compared with the scores they give themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from converters.parents.find import require_complete
from converters.parents.heads import Head
from converters.parents.keras_file import load_keras_file
from converters.parents.keras_model import KerasModel
from converters.parents.model_spec import (
    ORIGIN_KEY,
    ModelSpec,
    crack_class,
    order_labels,
)
from converters.parents.preprocessing import PREPROCESSINGS, Preprocessing
from converters.parents.rebuild import rebuild
from edge.files.errors import ModelError
from edge.files.hashing import sha256_of
from edge.model.card import CELL_LOGITS, TILE_LOGIT, Card
from edge.model.logits import sigmoid
from edge.model.self_test import draw_self_test_tiles
from edge.model.tflite_file import read_bytes

_DEFAULT_THRESHOLD = 0.5
_DEFAULT_RULE = "0.5, as nothing was said; not chosen on data"
_GIVEN_RULE = "given when the model was converted"
# float32 sums in another order.
_TOLERANCE = 1e-4


def load_foreign(path: Path, spec: ModelSpec) -> KerasModel:
    """Load a third-party ``.keras`` or ``.h5`` file.

    Args:
        path: the file.
        spec: what it does not say.

    Raises:
        ModelError: damaged, with code inside, not a classifier of two classes, or the
            specification is not complete.
    """
    data = read_bytes(path)
    theirs = load_keras_file(path)
    require_complete(spec, path)
    side = find_side(_shape_of_input(theirs, path), spec, path)
    preprocessing = PREPROCESSINGS[str(spec.preprocessing)]
    rebuilt = rebuild(
        theirs, preprocessing, side=side, crack=crack_class(spec.labels), where=str(path)
    )
    card = make_card(
        path,
        spec,
        side,
        rebuilt.cell_px,
        rebuilt.why_no_cells,
        outputs=rebuilt.head.outputs,
        activation=rebuilt.head.activation,
    )
    parent = KerasModel(path, sha256_of(data), card, rebuilt.model, rebuilt.scaled_range)
    _require_same_scores(parent, theirs, preprocessing, rebuilt.head)
    return parent


def _shape_of_input(model: Any, path: Path) -> tuple[int | None, ...]:
    inputs = getattr(model, "inputs", None)
    if not inputs or len(inputs) != 1:
        raise ModelError(f"{path}: has {len(inputs or ())} inputs; expected one, a picture")
    return tuple(inputs[0].shape)


def find_side(shape: tuple[int | None, ...], spec: ModelSpec, path: Path) -> int:
    """Return the side of a model's tiles in px.

    Args:
        shape: of its input, (N, H, W, 3).
        spec: may give the side where the model takes any.
        path: of the model, for messages.

    Raises:
        ModelError: not square RGB pictures, a side that is not known or not the one given.
    """
    if len(shape) != 4 or shape[-1] != 3 or shape[1] != shape[2]:
        raise ModelError(f"{path}: takes {shape}; expected square RGB pictures, (None, P, P, 3)")
    side = shape[1]
    if side is None and spec.input_px is None:
        raise ModelError(f"{path}: takes pictures of any size; give the side of a tile: --input-px")
    if None not in (side, spec.input_px) and side != spec.input_px:
        raise ModelError(f"{path}: takes {side} px; leave out --input-px {spec.input_px}")
    return int(side or spec.input_px or 0)


def make_card(
    path: Path,
    spec: ModelSpec,
    side: int,
    cell_px: int,
    why_no_cells: str,
    *,
    outputs: int,
    activation: str,
) -> Card:
    """Write the card of a third-party model, with what was said of it.

    Args:
        path: of the model.
        spec: what was said of it.
        side: of a tile in px.
        cell_px: side of a cell in px of the tile.
        why_no_cells: why it has only the tile view; empty if it has cells.
        outputs: how many it ends in.
        activation: what it makes of its logits.
    """
    labels = order_labels(spec.labels)
    return Card(
        name=path.resolve().stem,
        input_px=side,
        window_px=spec.window_px or side,
        threshold=spec.threshold or _DEFAULT_THRESHOLD,
        threshold_rule=_GIVEN_RULE if spec.threshold else _DEFAULT_RULE,
        labels=labels,
        positive=labels[crack_class(spec.labels)],
        output=TILE_LOGIT if why_no_cells else CELL_LOGITS,
        cell_px=cell_px,
        recipe={
            ORIGIN_KEY: spec.to_dict()
            | {"file": path.name, "outputs": outputs, "activation": activation}
        },
        notes=(f"tile view only: {why_no_cells}",) if why_no_cells else (),
    )


def _require_same_scores(
    parent: KerasModel, theirs: Any, preprocessing: Preprocessing, head: Head
) -> None:
    """Compare the rebuilt model with the original on drawn tiles.

    Raises:
        ModelError: they differ.
    """
    tiles = draw_self_test_tiles(parent.card.input_px)
    low, high = preprocessing.range
    pictures = tiles.astype(np.float32) * ((high - low) / 255) + low
    pictures = (pictures - preprocessing.mean) / preprocessing.std
    given = pictures[..., ::-1] if preprocessing.is_bgr else pictures
    outputs = theirs.predict_on_batch(np.asarray(given, np.float32)).astype(np.float64)
    crack = crack_class(tuple(parent.card.labels))
    if head.outputs == 1:
        expected = outputs[:, 0]
        if crack == 0:
            expected = -expected if head.activation == "linear" else 1 - expected
    elif head.activation == "linear":
        expected = outputs[:, crack] - outputs[:, 1 - crack]
    else:
        expected = outputs[:, crack]
    cells = np.asarray(parent.cells(tiles), np.float64)
    logits = cells.mean(axis=(1, 2, 3))
    if head.activation == "linear":
        got, allowed = logits, _TOLERANCE * max(1.0, float(np.abs(expected).max()))
    else:
        got, allowed = sigmoid(logits), _TOLERANCE
    if not np.all(np.abs(got - expected) <= allowed):
        raise ModelError(
            f"{parent.path}: cannot be taken apart: rebuilt from its layers it gives "
            f"{np.round(got, 4).tolist()} on drawn tiles, not {np.round(expected, 4).tolist()}"
        )
