"""Write small flatbuffers, and put a named buffer into a TFLite model without moving its weights.

The Python code that is generated from TFLite's schema forgets how weights were aligned when it
writes a model again, so the model is not written again: what is new is put in front of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from edge.model.tflite_file import TFLITE_MARK

# Keys are the places of the fields in the schema, counted from 0.
Table: TypeAlias = "Mapping[int, Value]"
Value: TypeAlias = "Table | Sequence[Value] | str | np.uint8 | np.uint32 | np.float32"

# TFLite aligns the contents of buffers to it.
ALIGNMENT = 16
# Of its root table; all but the first, its version, point to something.
_MODEL_FIELDS = 10


def write_flatbuffer(root: Table, mark: bytes) -> bytes:
    """Write a flatbuffer.

    Args:
        root: its root table, of tables, texts, numbers and vectors of one kind.
        mark: its file identifier, four bytes.
    """
    builder = flatbuffers.Builder()
    builder.Finish(_add(builder, root), file_identifier=mark)
    return bytes(builder.Output())


def _add(builder: flatbuffers.Builder, value: Value) -> int:
    """Add a text, a vector or a table with all that is below it; return where it lies."""
    if isinstance(value, str):
        return int(builder.CreateString(value))
    if isinstance(value, Mapping):
        return _add_table(builder, value)
    if not isinstance(value, Sequence):
        raise ValueError(f"{value!r} has no place of its own; only fields are numbers")
    if value and isinstance(value[0], np.float32):
        return int(builder.CreateNumpyVector(np.array(value, "<f4")))
    return _add_offsets(builder, [_add(builder, item) for item in value])


def _add_table(builder: flatbuffers.Builder, table: Table) -> int:
    # What a table points to lies behind it, so it is written before.
    places = {
        slot: _add(builder, value)
        for slot, value in table.items()
        if not isinstance(value, np.integer)
    }
    builder.StartObject(max(table, default=-1) + 1)
    for slot, place in places.items():
        builder.PrependUOffsetTRelativeSlot(slot, place, 0)
    for slot, value in table.items():
        if isinstance(value, np.uint8):
            builder.PrependUint8Slot(slot, int(value), 0)
        elif isinstance(value, np.uint32):
            builder.PrependUint32Slot(slot, int(value), 0)
    return int(builder.EndObject())


def _add_offsets(builder: flatbuffers.Builder, places: Sequence[int]) -> int:
    builder.StartVector(4, len(places), 4)
    for place in reversed(places):
        builder.PrependUOffsetTRelative(place)
    return int(builder.EndVector())


def put_buffer(model: bytes, name: str, content: bytes) -> bytes:
    """Return a TFLite model with one more buffer, which its metadata lists by name.

    The old model stays as it is, byte for byte, as the end of the new one, and every buffer keeps
    its alignment; only the root table and two short lists are new and point into it.

    Args:
        model: flatbuffer.
        name: of the buffer; an older one of this name is no longer listed.
        content: of the buffer.
    """
    # A builder writes from the end to the front: it goes on where the model's own one stopped.
    old = model + bytes(-len(model) % ALIGNMENT)
    builder = flatbuffers.Builder(0)
    builder.Bytes = bytearray(old)
    builder.minalign = ALIGNMENT
    root = schema.Model.GetRootAs(old, 0)
    table = root._tab

    buffers = [len(old) - root.Buffers(i)._tab.Pos for i in range(root.BuffersLength())]
    listed = [root.Metadata(i) for i in range(root.MetadataLength())]
    entries = [len(old) - entry._tab.Pos for entry in listed if entry.Name() != name.encode()]

    builder.Prep(ALIGNMENT, len(content))
    data = builder.CreateByteVector(content)
    schema.BufferStart(builder)
    schema.BufferAddData(builder, data)
    buffers.append(schema.BufferEnd(builder))
    text = builder.CreateString(name)
    schema.MetadataStart(builder)
    schema.MetadataAddName(builder, text)
    schema.MetadataAddBuffer(builder, len(buffers) - 1)
    entries.append(schema.MetadataEnd(builder))

    fresh = {4: _add_offsets(builder, buffers), 6: _add_offsets(builder, entries)}
    schema.ModelStart(builder)
    schema.ModelAddVersion(builder, root.Version())
    for slot in range(1, _MODEL_FIELDS):
        place = table.Offset(4 + 2 * slot)
        if slot in fresh:
            builder.PrependUOffsetTRelativeSlot(slot, fresh[slot], 0)
        elif place:
            builder.PrependUOffsetTRelativeSlot(
                slot, len(old) - table.Indirect(table.Pos + place), 0
            )
    builder.Finish(schema.ModelEnd(builder), file_identifier=TFLITE_MARK)
    return bytes(builder.Output())
