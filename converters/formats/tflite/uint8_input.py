"""Raw uint8 pictures into an int16 TFLite model: the converter offers only int16 or float."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from converters.formats.tflite.flatbuffer import ALIGNMENT
from edge.model.tflite_file import TFLITE_MARK


class _AligningBuilder(flatbuffers.Builder):  # type: ignore[misc]
    """Aligns vectors of bytes, the weights among them, as the converter does."""

    def CreateNumpyVector(self, x: NDArray[Any]) -> int:  # noqa: N802 - overrides
        if x.dtype == np.uint8:
            self.Prep(ALIGNMENT, x.size)
        return int(super().CreateNumpyVector(x))


def take_uint8(model: bytes, scale: float) -> bytes:
    """Return the model with a uint8 input in place of its int16 one, all of it still integer.

    A cast copies each pixel value p into an int16 tensor that means p * scale, and the runtime's
    own requantization brings it to the scale of the old input. Nothing is left to the caller.

    Args:
        model: flatbuffer with one int16 input.
        scale: what a step of one pixel value is in the units of that input.
    """
    root = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    graph = root.subgraphs[0]
    old = int(graph.inputs[0])
    pictures, pixels = len(graph.tensors), len(graph.tensors) + 1
    graph.tensors += [
        _tensor_like(graph.tensors[old], "pictures", schema.TensorType.UINT8),
        _tensor_like(graph.tensors[old], "pixels", schema.TensorType.INT16, scale),
    ]
    cast, quantize = schema.BuiltinOperator.CAST, schema.BuiltinOperator.QUANTIZE
    options = schema.CastOptionsT()
    options.inDataType, options.outDataType = schema.TensorType.UINT8, schema.TensorType.INT16
    first = _operator(root, cast, pictures, pixels)
    first.builtinOptionsType, first.builtinOptions = schema.BuiltinOptions.CastOptions, options
    second = _operator(root, quantize, pixels, old)
    second.builtinOptionsType = schema.BuiltinOptions.QuantizeOptions
    second.builtinOptions = schema.QuantizeOptionsT()
    graph.operators = [first, second, *graph.operators]
    graph.inputs = np.array([pictures], np.int32)
    for signature in root.signatureDefs or []:
        for entry in signature.inputs:
            entry.tensorIndex = pictures
    builder = _AligningBuilder(len(model))
    builder.Finish(root.Pack(builder), file_identifier=TFLITE_MARK)
    return bytes(builder.Output())


def _tensor_like(given: Any, name: str, kind: int, scale: float | None = None) -> Any:
    """Make a tensor of the same shape, with no contents; quantized where a scale is given."""
    tensor = schema.TensorT()
    tensor.name, tensor.type = name, kind
    tensor.shape, tensor.shapeSignature = given.shape, given.shapeSignature
    tensor.hasRank = given.hasRank
    tensor.buffer = 0  # by the schema, the one that is always empty
    if scale is not None:
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale = np.array([scale], np.float32)
        tensor.quantization.zeroPoint = np.array([0], np.int64)
    return tensor


def _operator(root: Any, builtin: int, given: int, made: int) -> Any:
    """Make an operator from one tensor to another; its code is entered in the model."""
    code = schema.OperatorCodeT()
    code.builtinCode, code.version = builtin, 1
    code.deprecatedBuiltinCode = builtin
    root.operatorCodes.append(code)
    operator = schema.OperatorT()
    operator.opcodeIndex = len(root.operatorCodes) - 1
    operator.inputs = np.array([given], np.int32)
    operator.outputs = np.array([made], np.int32)
    return operator
