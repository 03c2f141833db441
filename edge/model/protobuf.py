"""Read the fields of a protobuf message without its schema and without the protobuf package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_BYTES = {_FIXED64: 8, _FIXED32: 4}
_MAX_VARINT_BYTES = 10


@dataclass(frozen=True)
class Field:
    """One field of a message.

    Attributes:
        number: of the field, from the schema.
        content: a number, or the bytes of a text, a packed list or a message.
        start: where the field begins in the message, its tag included.
        end: where the next one begins.
    """

    number: int
    content: int | bytes
    start: int
    end: int


def read_fields(message: bytes) -> Iterator[Field]:
    """Walk over the fields of a message, in the order of the file.

    Raises:
        ValueError: the bytes are not a protobuf message.
    """
    place = 0
    while place < len(message):
        start = place
        tag, place = _read_varint(message, place)
        number, kind = tag >> 3, tag & 7
        content: int | bytes
        if number == 0:
            raise ValueError("a field has the number 0")
        if kind == _VARINT:
            content, place = _read_varint(message, place)
        else:
            if kind == _BYTES:
                size, place = _read_varint(message, place)
            elif kind in _FIXED_BYTES:
                size = _FIXED_BYTES[kind]
            else:
                raise ValueError(f"a field is of the unknown kind {kind}")
            content = message[place : place + size]
            place += size
            if place > len(message):
                raise ValueError("the last field is truncated")
        yield Field(number, content, start, place)


def _read_varint(message: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(_MAX_VARINT_BYTES):
        if place >= len(message):
            raise ValueError("the last number is truncated")
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, place
    raise ValueError("a number is too long")


def texts_of(message: bytes, number: int) -> list[str]:
    """Return the texts in a repeated field; what is not UTF-8 is shown as such."""
    return [content.decode(errors="replace") for content in messages_of(message, number)]


def messages_of(message: bytes, number: int) -> list[bytes]:
    """Return the bytes of each message, or text, in a repeated field."""
    return [
        field.content
        for field in read_fields(message)
        if field.number == number and isinstance(field.content, bytes)
    ]


def numbers_of(message: bytes, number: int) -> list[int]:
    """Return the numbers in a repeated field, packed or not."""
    found: list[int] = []
    for field in read_fields(message):
        if field.number != number:
            continue
        if isinstance(field.content, int):
            found.append(field.content)
            continue
        place = 0
        while place < len(field.content):
            value, place = _read_varint(field.content, place)
            found.append(value)
    return found
