"""What a TFLite file says of itself to other tools: TFLite Metadata, and the card behind it.

The metadata (schema: tflite-support's metadata_schema.fbs, 1.0.0) is for tools that show a model
or wrap it; crack-edge itself reads only the card.
"""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from converters.formats.tflite.flatbuffer import Table, put_buffer, write_flatbuffer
from edge.model.card import Card
from edge.model.tflite_file import CARD_NAME, LABELS_NAME, append_card

METADATA_NAME = "TFLITE_METADATA"
METADATA_MARK = b"M001"

# The oldest version of a parser that knows all fields written here.
_MIN_PARSER_VERSION = "1.0.0"
_RGB = np.uint8(1)
# Members of the unions ContentProperties and ProcessUnitOptions.
_FEATURE, _IMAGE = np.uint8(1), np.uint8(2)
_NORMALIZATION = np.uint8(1)
# Kinds of associated files.
_DESCRIPTIONS, _AXIS_LABELS = np.uint8(1), np.uint8(2)


def put_card_into_tflite(model: bytes, card: Card) -> bytes:
    """Return a TFLite file with metadata inside and the card behind it.

    Args:
        model: TFLite flatbuffer with one input, uint8 (1, P, P, 3), and one output, cell logits.
        card: its facts; the hash of the model with its metadata is entered here.
    """
    return append_card(put_buffer(model, METADATA_NAME, write_metadata(model, card)), card)


def write_metadata(model: bytes, card: Card) -> bytes:
    """Write the flatbuffer ModelMetadata that describes a model."""
    subgraph: Table = {2: [_input(model, card)], 3: [_output(card)]}
    view = (
        "Takes a tile or a larger piece of a photo and gives one logit for each cell of "
        f"{card.cell_px} x {card.cell_px} px."
        if card.has_dense_view
        else "Takes a tile of a photo and gives its logit."
    )
    text = (
        f"Finds cracks in photos of concrete. {view} Quantization: {card.quantization}. "
        "An aid for an inspector, not a judgement on safety."
    )
    root: dict[int, str | list[Table]] = {
        0: card.name,
        1: text,
        3: [subgraph],
        4: "made with crack-edge",
        6: [{0: CARD_NAME, 1: "the model card of crack-edge, JSON", 2: _DESCRIPTIONS}],
        7: _MIN_PARSER_VERSION,
    }
    if "crack-edge" in card.versions:
        root[2] = f"crack-edge {card.versions['crack-edge']}"
    if card.notes:
        root[5] = "\n".join(card.notes)
    return write_flatbuffer(root, METADATA_MARK)


def _input(model: bytes, card: Card) -> Table:
    mean, std = _normalization(model)
    side = np.uint32(card.input_px)
    sides = (
        f" Both sides may be resized to any multiple of {card.cell_px} px."
        if card.has_dense_view
        else ""
    )
    return {
        0: "picture",
        1: (
            f"A piece of a photo, RGB, raw values from 0 to 255. {card.input_px} px of it cover "
            f"{card.window_px} px of the photo.{sides}"
        ),
        2: ["batch", "row", "column", "channel"],
        3: {0: _IMAGE, 1: {0: _RGB, 1: {0: side, 1: side}}},
        4: [{0: _NORMALIZATION, 1: {0: [mean], 1: [std]}}],
    }


def _normalization(model: bytes) -> tuple[np.float32, np.float32]:
    """Return mean and deviation with which raw values come to the input as they are.

    Tools first normalize, (x - mean) / std, and then quantize, x / scale + zero point, where the
    input has a quantization: the two must cancel.
    """
    graph = schema.Model.GetRootAs(model, 0).Subgraphs(0)
    quantization = graph.Tensors(graph.Inputs(0)).Quantization()
    if quantization is None or not quantization.ScaleLength():
        return np.float32(0), np.float32(1)
    return np.float32(quantization.ZeroPoint(0)), np.float32(1 / quantization.Scale(0))


def _output(card: Card) -> Table:
    labels = (
        f"The labels, one a line: {', '.join(card.labels)}. The output has one channel, not one "
        f"for each label: the logit of {card.positive}."
    )
    meaning = (
        f"A grid with the logit of {card.positive} for each cell of {card.cell_px} x "
        f"{card.cell_px} px, no probabilities. The logit of a window is the mean of the logits "
        f"of its {card.window_cells} x {card.window_cells} cells, its crack probability the "
        "sigmoid of that mean"
        if card.has_dense_view
        else f"The logit of {card.positive}, no probability. The crack probability is its sigmoid"
    )
    return {
        0: card.output,
        1: f"{meaning}; from the threshold in {CARD_NAME} on the verdict is {card.positive}.",
        2: ["batch", "row", "column", "logit"],
        3: {0: _FEATURE, 1: {}},
        6: [{0: LABELS_NAME, 1: labels, 2: _AXIS_LABELS}],
    }
