"""Models and runtimes that must be refused, made of the shipped model and the real interpreter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from edge.model.tflite_file import append_card, find_model, read_tflite

SMALL = find_model("small")
_CONVOLUTIONS = (
    schema.BuiltinOperator.CONV_2D,
    schema.BuiltinOperator.DEPTHWISE_CONV_2D,
)


def write_bgr_model(folder: Path) -> Path:
    """Write the shipped model as if it were trained on BGR, its card and hash in good order."""
    file = read_tflite(SMALL)
    path = folder / "bgr.tflite"
    path.write_bytes(append_card(swap_red_and_blue(file.model), file.card))
    return path


def swap_red_and_blue(model: bytes) -> bytes:
    """Exchange the weights of red and blue in the first convolution."""
    data = bytearray(model)
    _, weights, _, _ = next(_find_convolutions(data))
    filters = weights.values.view(np.int8).reshape(weights.shape)
    filters[:] = filters[..., ::-1].copy()
    return bytes(data)


def round_down(model: bytes) -> bytes:
    """Let every convolution round its outputs down, as one does that only shifts its sums.

    A sum that is smaller by half an output step is rounded to where it would be rounded down.
    """
    data = bytearray(model)
    for entry, weights, bias, out in _find_convolutions(data):
        half = np.round(out.scales / (entry.scales * weights.scales) / 2)
        bias.values.view(np.int32)[:] -= half.astype(np.int32)
    return bytes(data)


class _Tensor:
    """A tensor in a flatbuffer; its constant values are a view that may be written to."""

    def __init__(self, model: Any, place: int) -> None:
        tensor = model.Subgraphs(0).Tensors(place)
        self.shape = tensor.ShapeAsNumpy()
        self.scales = tensor.Quantization().ScaleAsNumpy().astype(np.float64)
        self.values = model.Buffers(tensor.Buffer()).DataAsNumpy()


def _find_convolutions(data: bytearray) -> Iterator[tuple[_Tensor, _Tensor, _Tensor, _Tensor]]:
    """Yield input, weights, bias and output of each convolution."""
    model = schema.Model.GetRootAs(data, 0)
    graph = model.Subgraphs(0)
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        if model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode() in _CONVOLUTIONS:
            entry, weights, bias = (_Tensor(model, one) for one in operator.InputsAsNumpy())
            yield entry, weights, bias, _Tensor(model, operator.Outputs(0))


class SwappingInterpreter:
    """Turns the channels of each picture around before the model sees it."""

    def __init__(self, interpreter: Any) -> None:
        self._interpreter = interpreter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._interpreter, name)

    def invoke(self) -> None:
        place = self._interpreter.get_input_details()[0]["index"]
        turned = self._interpreter.get_tensor(place)[..., ::-1]
        self._interpreter.set_tensor(place, np.ascontiguousarray(turned))
        self._interpreter.invoke()


class MisreadingInterpreter:
    """Tells another scale or zero point of its output than the model has."""

    def __init__(self, interpreter: Any, *, steps: int = 0, scale: float = 1.0) -> None:
        self._interpreter = interpreter
        self._steps, self._scale = steps, scale

    def __getattr__(self, name: str) -> Any:
        return getattr(self._interpreter, name)

    def get_output_details(self) -> list[dict[str, Any]]:
        (details,) = self._interpreter.get_output_details()
        scale, zero = details["quantization"]
        return [details | {"quantization": (scale * self._scale, zero - self._steps)}]


Opener = Callable[[bytes, int], Any]


def open_litert(model: bytes, threads: int, **words: Any) -> Any:
    return Interpreter(model_content=model, num_threads=threads, **words)


def open_without_delegate(model: bytes, threads: int) -> Any:
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    return open_litert(model, threads, experimental_op_resolver_type=plain)


def open_reference(model: bytes, threads: int) -> Any:
    return open_litert(model, threads, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)


def open_rounding_down(model: bytes, threads: int) -> Any:
    return open_litert(round_down(model), threads)


def open_swapping(model: bytes, threads: int) -> Any:
    return SwappingInterpreter(open_litert(model, threads))


def open_swapping_reference(model: bytes, threads: int) -> Any:
    return SwappingInterpreter(open_reference(model, threads))


def misread(*, steps: int = 0, scale: float = 1.0) -> Opener:
    """Return an opener of interpreters that take their output for another number."""

    def opener(model: bytes, threads: int) -> Any:
        return MisreadingInterpreter(open_litert(model, threads), steps=steps, scale=scale)

    return opener


_PACKAGE = """
import sys
from pathlib import Path

own = Path(__file__).parent
others = (Path(entry, own.name) for entry in sys.path)
__path__ += [str(other) for other in others if other.is_dir() and other != own]
"""
_INTERPRETER = """
from importlib.util import module_from_spec, spec_from_file_location

import ai_edge_litert

real_file = f"{ai_edge_litert.__path__[1]}/interpreter.py"
spec = spec_from_file_location("ai_edge_litert.real_interpreter", real_file)
real = module_from_spec(spec)
spec.loader.exec_module(real)
OpResolverType = real.OpResolverType

def Interpreter(**words):
    from tests.unit.refused_models import MisreadingInterpreter, SwappingInterpreter

    interpreter = real.Interpreter(**words)
    return WRAPPED
"""


def write_runtime(folder: Path, wrapped: str) -> None:
    """Write a package that wraps LiteRT's interpreter and is imported in its place.

    Args:
        folder: to go first on ``PYTHONPATH``, before the root of this repository.
        wrapped: expression of the wrapped ``interpreter``.
    """
    package = folder / "ai_edge_litert"
    package.mkdir()
    (package / "__init__.py").write_text(_PACKAGE)
    (package / "interpreter.py").write_text(_INTERPRETER.replace("WRAPPED", wrapped))
