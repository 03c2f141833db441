"""The card in an ONNX file, and keys that tools for orthophotos read beside it.

QGIS's plugin Deepness and GeoDeep read the keys below, each value JSON: they say what the model is.
Both tools feed float32 (N, 3, H, W), while this file takes uint8 (N, H, W, 3) and gives cells,
not px: the keys alone do not make it run there. ``resolution`` (cm per px) is left out, because
photos do not say it: Deepness then keeps what its user sets, GeoDeep assumes 10.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import onnx

from edge.files.hashing import sha256_of
from edge.model.card import Card
from edge.model.onnx_file import ONNX_CARD_HASH_KEY, ONNX_CARD_KEY, ONNX_STEP_KEY

# Half a window: the next tile then sees in its middle what this one saw at its border.
_OVERLAP_PERCENT = 50


def put_card_into_onnx(model: bytes, card: Card) -> bytes:
    """Return the ONNX file with the card and the keys of other tools in its metadata.

    Args:
        model: ONNX file; of its metadata only the quantization step stays.
        card: its facts; the hash of the model without metadata is entered here.
    """
    proto = onnx.load_model_from_string(model)
    step = {prop.key: prop.value for prop in proto.metadata_props if prop.key == ONNX_STEP_KEY}
    del proto.metadata_props[:]
    onnx.checker.check_model(proto, full_check=True)
    bare = bytes(proto.SerializeToString(deterministic=True))
    text = dataclasses.replace(card, model_sha256=sha256_of(bare)).to_json()
    keys = {name: json.dumps(value) for name, value in describe_for_maps(card).items()}
    onnx.helper.set_model_props(
        proto, step | keys | {ONNX_CARD_KEY: text, ONNX_CARD_HASH_KEY: sha256_of(text.encode())}
    )
    return bytes(proto.SerializeToString(deterministic=True))


def describe_for_maps(card: Card) -> dict[str, Any]:
    """Return the keys that Deepness and GeoDeep read, with what is true of the model.

    The class with number 1 is the crack. Deepness divides px by 255, subtracts the mean and divides
    by the deviation: a deviation of 1/255 gives back the raw values that the model takes.
    """
    negative = next(label for label in card.labels if label != card.positive)
    return {
        "model_type": "Segmentor",
        "class_names": {"0": negative, "1": card.positive},
        "tile_size": card.input_px,  # so in Deepness's code
        "tiles_size": card.input_px,  # so in its documentation
        "tiles_overlap": _OVERLAP_PERCENT,
        "standardization_mean": [0.0] * 3,
        "standardization_std": [1 / 255] * 3,
    }
