"""TensorFlow SavedModels: their serving function, frozen and cut in front of sigmoid or softmax.

Loading a SavedModel can run operations that stand in it, so the operations are read first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from converters.parents.find import require_complete
from converters.parents.foreign_model import find_side, make_card
from converters.parents.heads import require_activation, toward_crack
from converters.parents.keras_model import KerasModel
from converters.parents.model_spec import ModelSpec, crack_class
from converters.parents.preprocessing import PREPROCESSINGS
from converters.parents.rebuild import assemble, prepare
from edge.files.errors import ModelError, first_line
from edge.files.native_output import silence
from edge.model.tflite_file import read_bytes
from edge.model.training_folder import BACKBONE_NAME, SAVED_MODEL_NAME

_SERVING = "serving_default"
# Of the operations with a state or an effect, those that inference, training and checkpoints need.
_EFFECTS = {
    *("VarHandleOp", "ReadVariableOp", "AssignVariableOp", "AssignAddVariableOp"),
    *("AssignSubVariableOp", "VarIsInitializedOp", "DisableCopyOnRead", "Placeholder"),
    *("StatefulPartitionedCall", "If", "While", "Case", "Assert"),
    *("RestoreV2", "SaveV2", "MergeV2Checkpoints"),
    *("RandomUniform", "RandomStandardNormal", "TruncatedNormal", "RandomUniformInt"),
}
# Without a state for TensorFlow, and yet they run code or read files.
_UNSAFE = {"PyFuncStateless", "ReadFile", "MatchingFiles", "LoadDataset", "DebugIdentity", "Copy"}
# Keras exports RandomFlip and its like at work, whatever its own predict does.
_RANDOM = ("Random", "StatelessRandom", "TruncatedNormal", "StatelessTruncatedNormal")
_PASSING = ("Identity", "IdentityN", "StopGradient")


def load_saved_model(path: Path, spec: ModelSpec) -> KerasModel:
    """Load the folder of a SavedModel; only whole tiles can be scored with it.

    Args:
        path: the folder.
        spec: what it does not say.

    Raises:
        ModelError: damaged, with operations that run code or touch files, not a classifier of
            two classes, or the specification is not complete.
    """
    _refuse_effects(path)
    require_complete(spec, path)
    function = _freeze(path)
    side = find_side(tuple(function.entry.shape), spec, path)
    crack = crack_class(spec.labels)
    activation, run, outputs = _cut(function, path)
    preprocessing = PREPROCESSINGS[str(spec.preprocessing)]
    scaled = keras.Input((side, side, 3))
    logits = _Graph(run, outputs)(prepare(scaled, preprocessing))
    backbone = keras.Model(scaled, logits, name=BACKBONE_NAME)
    kernel = toward_crack(outputs, crack)
    model = assemble(backbone, kernel, np.zeros(1, np.float32), preprocessing.range, side=side)
    card = make_card(
        path,
        spec,
        side,
        side,
        "a SavedModel is taken as it is",
        outputs=outputs,
        activation=activation,
    )
    return KerasModel(path, hash_folder(path), card, model, preprocessing.range)


def hash_folder(path: Path) -> str:
    """Return the sha256 over the names and bytes of all files in a folder, in order."""
    digest = hashlib.sha256()
    for file in sorted(item for item in path.rglob("*") if item.is_file()):
        name, data = file.relative_to(path).as_posix().encode(), read_bytes(file)
        digest.update(b"%d %s %d " % (len(name), name, len(data)) + data)
    return digest.hexdigest()


@dataclass(frozen=True)
class _Frozen:
    """A graph with its weights as constants, where pictures go in and where scores come out."""

    graph: Any
    entry: Any
    exit: Any


class _Graph(keras.layers.Layer):  # type: ignore[misc]
    """A frozen function as a layer: float32 (N, P, P, 3) to logits (N, 1, 1, outputs)."""

    def __init__(self, run: Callable[[Any], Any], outputs: int) -> None:
        super().__init__(name="graph", trainable=False)
        self._run = partial(run)  # wrapped, or Keras would track the function and save it
        self._outputs = outputs

    def call(self, pictures: Any, training: bool | None = None) -> Any:
        """Run the function; it is the same in training."""
        return keras.ops.reshape(self._run(pictures), (-1, 1, 1, self._outputs))


def _refuse_effects(path: Path) -> None:
    """Stop at an operation that could do more than compute.

    Raises:
        ModelError: names it, or the file is not a SavedModel of TensorFlow 2.
    """
    file = path / SAVED_MODEL_NAME
    saved = saved_model_pb2.SavedModel()
    try:
        saved.ParseFromString(read_bytes(file))
    except DecodeError as error:
        raise ModelError(f"{file}: is damaged or not a SavedModel") from error
    graphs = list(saved.meta_graphs)
    if len(graphs) != 1 or not graphs[0].HasField("object_graph_def"):
        raise ModelError(
            f"{file}: is not a SavedModel of TensorFlow 2; expected what model.export wrote"
        )
    for kind, name in _list_operations(graphs[0].graph_def):
        known = op_def_registry.get(kind)
        is_harmless = known is not None and (not known.is_stateful or kind in _EFFECTS)
        if kind in _UNSAFE or not is_harmless:
            raise ModelError(
                f"{file}: its operation {name!r} is a {kind}, which may run code or touch files; "
                "export the model without it"
            )


def _list_operations(graph: Any) -> Iterator[tuple[str, str]]:
    functions = {function.signature.name for function in graph.library.function}
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        yield from ((node.op, node.name) for node in nodes if node.op not in functions)


def _freeze(path: Path) -> _Frozen:
    """Load the serving function with its weights as constants."""
    try:
        with silence():
            loaded = tf.saved_model.load(str(path))
    # Which of these it is depends on what is damaged or missing.
    except (
        tf.errors.OpError,
        *(OSError, ValueError, KeyError, TypeError, AttributeError),
    ) as error:
        raise ModelError(f"{path}: TensorFlow cannot load it ({first_line(error)})") from error
    signatures = dict(getattr(loaded, "signatures", {}))
    if _SERVING not in signatures:
        raise ModelError(
            f"{path}: has no signature {_SERVING!r} but {sorted(signatures)}; "
            "expected what model.export wrote"
        )
    serving = signatures[_SERVING]
    inputs, outputs = serving.structured_input_signature[1], serving.structured_outputs
    if len(inputs) != 1 or len(outputs) != 1:
        raise ModelError(
            f"{path}: has {len(inputs)} inputs and {len(outputs)} outputs; expected one of each"
        )
    for kind, name in _list_operations(serving.graph.as_graph_def()):
        if kind.startswith(_RANDOM):
            raise ModelError(
                f"{path}: its scores are random: augmentation layers work in its serving function "
                f"too ({name!r}, a {kind}); export it without them, or convert the .keras file"
            )
    with silence():
        return _drop_gradients(convert_variables_to_constants_v2(serving))


def _drop_gradients(frozen: Any) -> _Frozen:
    """Import a frozen graph again without gradients of its own, which could not be saved."""
    graph_def = frozen.graph.as_graph_def()
    for node in graph_def.node:
        node.attr.pop("_gradient_op_type", None)
    wrapped = tf.compat.v1.wrap_function(partial(tf.import_graph_def, graph_def, name=""), [])
    find = wrapped.graph.get_tensor_by_name
    return _Frozen(wrapped, find(frozen.inputs[0].name), find(frozen.outputs[0].name))


def _cut(function: _Frozen, path: Path) -> tuple[str, Callable[[Any], Any], int]:
    """Cut a frozen function in front of its last activation.

    Returns:
        Name of the activation, the function from scaled pictures to logits, number of outputs.
    """
    entry = _pass_cast(function)
    if entry.dtype != tf.float32 or function.entry.shape[0] is not None:
        raise ModelError(
            f"{path}: takes {entry.dtype.name} {tuple(entry.shape)}; expected any number of "
            "pictures of float32 or uint8"
        )
    shape = tuple(function.exit.shape)
    if len(shape) != 2:
        raise ModelError(f"{path}: gives {shape}; expected (None, 1) or (None, 2)")
    activation, logits = _find_logits(function.exit, path)
    require_activation(activation, shape[1], str(path))
    pruned = function.graph.prune(entry, logits)
    return activation, pruned, int(shape[1])


def _pass_cast(function: _Frozen) -> Any:
    """Return the float tensor that integer pictures are turned into, or the input itself."""
    entry = function.entry
    users = entry.consumers()
    if entry.dtype == tf.uint8 and len(users) == 1 and users[0].type == "Cast":
        return users[0].outputs[0]
    return entry


def _find_logits(output: Any, path: Path) -> tuple[str, Any]:
    tensor = output
    while tensor.op.type in _PASSING:
        tensor = tensor.op.inputs[tensor.value_index]
    kind = tensor.op.type
    if kind in ("Sigmoid", "Softmax"):
        return kind.lower(), tensor.op.inputs[0]
    is_sum = kind in ("BiasAdd", "Add", "AddV2")
    if "MatMul" in (kind, tensor.op.inputs[0].op.type if is_sum else ""):
        return "linear", tensor
    raise ModelError(
        f"{path}: ends in {kind}; cannot distinguish logits from probabilities, expected a "
        "sigmoid, a softmax or a linear layer last"
    )
