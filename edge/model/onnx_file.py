"""An ONNX file and the card in its metadata, read without the onnx package.

The card's hashes cover the graph and the card itself, not the other keys of the metadata: a user
may say there what his own tools want to know, such as the resolution of a map.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.files.errors import ModelError
from edge.files.hashing import sha256_of
from edge.model.card import Card, SelfTest, parse_card
from edge.model.protobuf import read_fields, texts_of
from edge.model.tflite_file import NO_CARD, OTHER_MODEL, make_damage, read_bytes

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
        ModelError: not ONNX, or no card.
        DamagedModelError: bytes that differ from those that were written.
    """
    data = read_bytes(path)
    # The key stands in the file twice, the second time within the key of the hash.
    is_ours = ONNX_CARD_KEY.encode() in data
    try:
        model, metadata = split_metadata(data)
    except ValueError as error:
        if is_ours:
            raise make_damage(path, f"its structure cannot be read, {error}") from error
        raise ModelError(
            f"{path}: is not an ONNX model, or is damaged ({error}); copy it again"
        ) from error
    text = metadata.get(ONNX_CARD_KEY)
    if text is None:
        if is_ours:
            raise make_damage(path, "the name of its card was changed")
        raise ModelError(f"{path}: {NO_CARD}")
    if metadata.get(ONNX_CARD_HASH_KEY) != sha256_of(text.encode()):
        raise make_damage(path, "its card was changed")
    card = parse_card(text, where=str(path))
    if card.model_sha256 != sha256_of(model):
        raise make_damage(path, OTHER_MODEL)
    if card.self_test is not None and not _is_step(metadata.get(ONNX_STEP_KEY), card.self_test):
        raise make_damage(path, f"{ONNX_STEP_KEY} does not match the card")
    return OnnxFile(model, card, metadata)


def _is_step(text: str | None, test: SelfTest) -> bool:
    """Tell whether the step beside the card, which no hash covers, is the one in the card."""
    try:
        return float(text or "0") == test.step
    except ValueError:
        return False


def split_metadata(data: bytes) -> tuple[bytes, dict[str, str]]:
    """Divide an ONNX file into the model, which stays as it is, and its metadata by key.

    Raises:
        ValueError: the bytes are not a protobuf message, or one without a graph.
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
        raise ValueError("it has no graph")
    return b"".join(kept), metadata
