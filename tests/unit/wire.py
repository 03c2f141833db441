"""Write protobuf messages and a small ONNX file, as other programs do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from edge.files.hashing import sha256_of
from edge.model.card import Card
from edge.model.onnx_file import ONNX_CARD_HASH_KEY, ONNX_CARD_KEY


def varint(value: int) -> bytes:
    """Write a number, seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, content: int | str | bytes) -> bytes:
    """Write a field that holds a number, a text or a message."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    data = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(data)) + data


def write_properties(properties: Mapping[str, str]) -> bytes:
    """Write the metadata of an ONNX file."""
    return b"".join(field(14, field(1, key) + field(2, value)) for key, value in properties.items())


def write_onnx(model: bytes, card: Card, **others: str) -> bytes:
    """Write an ONNX file: a model, the card, and keys of other tools."""
    text = dataclasses.replace(card, model_sha256=sha256_of(model)).to_json()
    own = {ONNX_CARD_KEY: text, ONNX_CARD_HASH_KEY: sha256_of(text.encode())}
    return model + write_properties(others | own)
