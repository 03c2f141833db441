"""The float graph of a Keras model in ONNX: every reader takes it, two runs write the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import onnx
import tensorflow as tf
import tf2onnx
from onnx import helper

from converters.parents.keras_model import KerasModel
from edge.files.native_output import silence

INPUT = "pictures"
OUTPUT = "cell_logits"

_OPSET = 17
# Nodes that move values about and change none.
_SHAPERS = ("Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")


def export_graph(
    parent: KerasModel, view: Callable[[Any], Any], dtype: tf.DType
) -> onnx.ModelProto:
    """Export one view of a Keras model: any number of pictures, of any size with the dense view.

    Args:
        parent: the model.
        view: turns pictures into cell logits.
        dtype: of the pictures.

    Returns:
        ``pictures`` (batch, height, width, 3) in, ``cell_logits`` float32 (batch, rows, columns, 1)
        out, its parts named by their order.

    Raises:
        ValidationError: an operation that ONNX does not have.
    """
    side = parent.free_side
    signature = [tf.TensorSpec((None, side, side, 3), dtype, name=INPUT)]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def cell_logits(pictures: Any) -> Any:
        return tf.identity(view(pictures), name=OUTPUT)

    with silence():
        made, _ = tf2onnx.convert.from_function(
            cell_logits, input_signature=signature, opset=_OPSET
        )
    model: onnx.ModelProto = made
    _turn_output(model)
    _state_shapes(model, side, side and parent.card.window_cells)
    _spell_out_padding(model, parent.card.input_px)
    name_by_order(model)
    # What it does not know tf2onnx writes down under its name in TensorFlow.
    onnx.checker.check_model(model)
    return model


def _turn_output(model: onnx.ModelProto) -> None:
    """Turn the last convolution's logits, (N, 1, rows, columns), by one plain node, in place.

    Of the turn that follows from one channel, tf2onnx makes one to four nodes, by the order of a
    set: the same model would give other bytes in one run of thirty.
    """
    graph = model.graph
    makers = {tensor: node for node in graph.node for tensor in node.output}
    tensor, passed = graph.output[0].name, []
    while tensor in makers and makers[tensor].op_type in _SHAPERS:
        passed.append(makers[tensor])
        tensor = makers[tensor].input[0]
    if tensor not in makers or makers[tensor].op_type != "Conv":
        return
    for node in passed:
        graph.node.remove(node)
    used = {name for node in graph.node for name in node.input}
    for initializer in [item for item in graph.initializer if item.name not in used]:
        graph.initializer.remove(initializer)
    output = graph.output[0].name
    graph.node.append(helper.make_node("Transpose", [tensor], [output], perm=(0, 2, 3, 1)))


def _state_shapes(model: onnx.ModelProto, side: int | None, cells: int | None) -> None:
    """Write the shapes of input and output, which follow the same sets, anew and in place."""
    for value, sizes in (
        (model.graph.input[0], ("batch", side or "height", side or "width", 3)),
        (model.graph.output[0], ("batch", cells or "rows", cells or "columns", 1)),
    ):
        kind = value.type.tensor_type.elem_type
        value.type.CopyFrom(helper.make_tensor_type_proto(kind, sizes))


def _spell_out_padding(model: onnx.ModelProto, input_px: int) -> None:
    """Replace ``auto_pad`` by the same padding in numbers: OpenCV reads it otherwise.

    It depends on the size of the picture only where a stride does not divide that size; there
    ``auto_pad`` stays.
    """
    sides = _sides_at(model, input_px)
    for node in model.graph.node:
        given = {attribute.name: attribute for attribute in node.attribute}
        if "auto_pad" not in given or given["auto_pad"].s != b"SAME_UPPER":
            continue
        kernel = list(given["kernel_shape"].ints)
        strides = list(given["strides"].ints) if "strides" in given else [1] * len(kernel)
        dilations = list(given["dilations"].ints) if "dilations" in given else [1] * len(kernel)
        sizes = sides.get(node.input[0], ())
        known = len(sizes) == len(kernel) and all(sizes)
        if not known or any(n % s for n, s in zip(sizes, strides, strict=True)):
            continue
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
        total = [max(r - s, 0) for r, s in zip(reach, strides, strict=True)]
        pads = [t // 2 for t in total] + [t - t // 2 for t in total]
        node.attribute.remove(given["auto_pad"])
        node.attribute.append(helper.make_attribute("pads", pads))


def _sides_at(model: onnx.ModelProto, input_px: int) -> dict[str, tuple[int, ...]]:
    """Return height and width of each tensor (N, C, H, W) when a tile of the model's size is in."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    for dim, size in zip(
        fixed.graph.input[0].type.tensor_type.shape.dim, (1, input_px, input_px), strict=False
    ):
        dim.dim_value = size
    inferred = onnx.shape_inference.infer_shapes(fixed, data_prop=True)
    return {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim[2:])
        for value in inferred.graph.value_info
    }


def name_by_order(model: onnx.ModelProto) -> None:
    """Name nodes and tensors by their order, in place.

    Converters number what they make through the life of the process, so the same model would give
    other bytes the second time. Input and output keep the names that callers use.
    """
    graph = model.graph
    names = {graph.input[0].name: INPUT, graph.output[0].name: OUTPUT}
    constants = {initializer.name for initializer in graph.initializer}
    for place, node in enumerate(graph.node):
        node.name = f"{node.op_type.lower()}_{place}"
        for slot, tensor in enumerate(node.input):
            if tensor in constants:
                names.setdefault(tensor, f"{node.name}.{slot}")
            node.input[slot] = names.get(tensor, tensor)
        for slot, tensor in enumerate(node.output):
            names.setdefault(tensor, f"{node.name}:{slot}")
            node.output[slot] = names[tensor]
    for value in (graph.input[0], graph.output[0]):
        value.name = names[value.name]
    for initializer in graph.initializer:
        initializer.name = names.get(initializer.name, initializer.name)
    kept = sorted(graph.initializer, key=lambda initializer: initializer.name)
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(kept)
    graph.doc_string = ""
