"""An ONNX file and the card in its metadata, read without the onnx package.

The card's hashes cover the graph and the card itself, not the other keys of the metadata: a user
may say there what his own tools want to know, such as the resolution of a map.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.card import Card, parse_card
from edge.errors import ModelError
from edge.files import sha256_of
from edge.modelfile import read_bytes
from edge.protobuf import read_fields, texts_of

ONNX_CARD_KEY = "crack_edge_card"
ONNX_CARD_HASH_KEY = "crack_edge_card_sha256"
ONNX_STEP_KEY = "crack_edge_step"  # of an int8 file: one quantization step of a cell logit

# Fields of ModelProto and StringStringEntryProto in onnx.proto.
GRAPH = 7
_METADATA = 14
_KEY, _VALUE = 1, 2


@dataclass(frozen=True)
class OnnxFile:
    """An ONNX model without its metadata, its card, and all of the metadata."""

    model: bytes
    card: Card
    metadata: dict[str, str]


def read_onnx(path: Path) -> OnnxFile:
    """Read an ONNX file and its card, and check that the one belongs to the other.

    Raises:
        ModelError: not ONNX, no card, or bytes that differ from those the card was written for.
    """
    data = read_bytes(path)
    try:
        model, metadata = split_metadata(data)
    except ValueError as error:
        raise ModelError(f"{path}: is not an ONNX model, or is cut short ({error})") from error
    text = metadata.get(ONNX_CARD_KEY)
    if text is None:
        raise ModelError(f"{path}: carries no card; make the file with crack-edge convert")
    if metadata.get(ONNX_CARD_HASH_KEY) != sha256_of(text.encode()):
        raise ModelError(f"{path}: damaged: the card is not the one that was written")
    card = parse_card(text, where=str(path))
    if card.model_sha256 != sha256_of(model):
        raise ModelError(f"{path}: damaged: the model is not the one that its card was written for")
    return OnnxFile(model, card, metadata)


def split_metadata(data: bytes) -> tuple[bytes, dict[str, str]]:
    """Divide an ONNX file into the model, which stays as it is, and its metadata by key.

    Raises:
        ValueError: the bytes are no protobuf message, or one without a graph.
    """
    kept: list[bytes] = []
    metadata: dict[str, str] = {}
    has_graph = False
    for field in read_fields(data):
        if field.number == _METADATA and isinstance(field.content, bytes):
            keys, values = texts_of(field.content, _KEY), texts_of(field.content, _VALUE)
            metadata["".join(keys)] = "".join(values)
        else:
            kept.append(data[field.start : field.end])
            has_graph |= field.number == GRAPH
    if not has_graph:
        raise ValueError("it holds no graph")
    return b"".join(kept), metadata
