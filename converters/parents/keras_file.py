"""Open third-party Keras files: what is in them is read before Keras builds anything from it.

Keras refuses lambdas by itself, but that is not enough: some of its layers load files or code that
their configuration names, and older versions did not heed ``safe_mode`` for ``.h5``. So only what
Keras itself brings may stand in the configuration, less those layers.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import keras

from edge.files.errors import ModelError, first_line
from edge.model.training_folder import KERAS_SUFFIX

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_MEMBERS = {_CONFIG, _WEIGHTS, "metadata.json"}
_MAX_CONFIG_BYTES = 32 << 20
_MAX_WEIGHT_BYTES = 4 << 30
_MAX_WEIGHTS = 100_000
_WHOLE = "expected a whole model that model.save wrote"

# Layers of Keras that carry code, import it, or read files that their configuration names.
_UNSAFE = {
    *("Lambda", "__lambda__", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper"),
    *("StringLookup", "IntegerLookup", "TextVectorization", "__typespec__"),
}
_MARKS = {"__keras_tensor__", "__tensor__", "__numpy__", "__tuple__", "__ellipsis__", "__slice__"}
_OLD_NAMES = {"Functional", "Model", "Sequential", "Policy", "TensorShape"}


def load_keras_file(path: Path) -> Any:
    """Load a ``.keras`` or ``.h5`` file without running code that it carries.

    Raises:
        ModelError: not a whole Keras model, a damaged one, or one with code or classes of its own.
    """
    config = read_config(path)
    refuse_code(config, path)
    if path.suffix == KERAS_SUFFIX or not _drop_old_words(config):
        return _load(path, path)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copyfile(path, Path(folder) / "model.h5"))
        with h5py.File(copy, "r+") as file:
            file.attrs["model_config"] = json.dumps(config)
        return _load(copy, path)


def _load(file: Path, path: Path) -> Any:
    try:
        return keras.models.load_model(file, compile=False, safe_mode=True)
    # Which of these it is depends on what does not fit.
    except (
        *(ValueError, TypeError, KeyError, OSError, AttributeError, IndexError),
        *(RuntimeError, MemoryError),
    ) as error:
        raise ModelError(
            f"{path}: Keras {keras.__version__} cannot load it ({first_line(error)})"
        ) from error


def _drop_old_words(config: Any) -> bool:
    """Take out what Keras 2 wrote and Keras 3 refuses; return whether there was any."""
    found = False
    for part, _ in _list_parts(config):
        inner = part.get("config")
        if part["class_name"] == "DepthwiseConv2D" and isinstance(inner, dict):
            found |= inner.pop("groups", None) is not None
    return found


def read_config(path: Path) -> Any:
    """Read the configuration that a Keras file is built from, and check the sizes in the file.

    Raises:
        ModelError: not a whole Keras model, or one that is damaged or too large.
    """
    read = _read_zip if path.suffix == KERAS_SUFFIX else _read_h5
    # What zipfile and h5py raise on damaged bytes depends on the bit.
    try:
        text = read(path)
    except (zipfile.BadZipFile, zlib.error, OSError, KeyError, RuntimeError, EOFError) as error:
        raise ModelError(
            f"{path}: is damaged or not a Keras 3 model ({first_line(error)}); {_WHOLE}"
        ) from error
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: its configuration is not JSON ({first_line(error)})") from error


def _read_zip(path: Path) -> str | bytes:
    with zipfile.ZipFile(path) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
        others = set(sizes) - _MEMBERS
        if others:
            raise ModelError(
                f"{path}: carries files of its own ({min(others)}), which are not read; {_WHOLE}"
            )
        if not {_CONFIG, _WEIGHTS} <= set(sizes):
            raise ModelError(f"{path}: holds no {_CONFIG} and {_WEIGHTS}; {_WHOLE}")
        _require_size(path, sizes[_CONFIG], _MAX_CONFIG_BYTES)
        _require_size(path, sizes[_WEIGHTS], _MAX_WEIGHT_BYTES)
        with h5py.File(io.BytesIO(archive.read(_WEIGHTS)), "r") as weights:
            _check_weights(path, weights)
        return archive.read(_CONFIG)


def _read_h5(path: Path) -> str | bytes:
    with h5py.File(path, "r") as file:
        text = file.attrs.get("model_config")
        if not isinstance(text, str | bytes):
            raise ModelError(f"{path}: holds no model_config, perhaps weights only; {_WHOLE}")
        _require_size(path, len(text), _MAX_CONFIG_BYTES)
        _check_weights(path, file)
        return text


def _check_weights(path: Path, file: Any) -> None:
    """Refuse weights that lie in other files, and more of them than a classifier has."""
    total = count = 0
    groups = [file]
    while groups:
        group = groups.pop()
        for name in group:
            count += 1
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ModelError(f"{path}: its part {name!r} points into another file; {_WHOLE}")
            item = group[name]
            if isinstance(item, h5py.Group):
                groups.append(item)
            elif isinstance(item, h5py.Dataset):
                if item.external or item.is_virtual:
                    raise ModelError(f"{path}: its part {name!r} lies in another file; {_WHOLE}")
                total += item.nbytes
            if count > _MAX_WEIGHTS:
                raise ModelError(
                    f"{path}: has more than {_MAX_WEIGHTS} parts, far more than a classifier"
                )
            _require_size(path, total, _MAX_WEIGHT_BYTES)


def _require_size(path: Path, size: int, limit: int) -> None:
    if size > limit:
        raise ModelError(f"{path}: unpacks to {size} bytes; more than {limit} are not opened")


def refuse_code(config: Any, path: Path) -> None:
    """Stop at the first part of a configuration that is not Keras's own, or that carries code.

    Raises:
        ModelError: names the layer.
    """
    for part, layer in _list_parts(config):
        name = part["class_name"]
        what = part.get("config") if name == "function" else name
        if str(name) in _UNSAFE:
            raise ModelError(
                f"{path}: layer {layer!r} is a {name}, which carries code or reads files; "
                "save the model without it"
            )
        if not _is_of_keras(part):
            raise ModelError(
                f"{path}: layer {layer!r} needs {what!r}, which Keras {keras.__version__} does "
                "not bring; third-party code is not loaded: build the model from Keras layers only"
            )


def _list_parts(config: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each object in a configuration with the name of the layer that it belongs to."""
    todo: list[tuple[Any, str]] = [(config, "model")]
    while todo:
        value, layer = todo.pop()
        if isinstance(value, dict):
            inner = value.get("config")
            if "class_name" in value:
                own = inner.get("name") if isinstance(inner, dict) else None
                layer = str(value.get("name") or own or layer)
                yield value, layer
            todo += [(item, layer) for item in reversed(value.values())]
        elif isinstance(value, list):
            todo += [(item, layer) for item in reversed(value)]


def _is_of_keras(part: dict[str, Any]) -> bool:
    name, module = part["class_name"], part.get("module", "keras")
    if not isinstance(name, str) or not isinstance(module, str):
        return False
    if name in _MARKS:
        return True
    if name == "function":
        is_known = str(part.get("config")) in _names_of_functions()
        return is_known and module.partition(".")[0] in ("keras", "builtins")
    if part.get("registered_name") not in (None, name) or module.partition(".")[0] != "keras":
        return False
    return name in _names_of_classes() or module.startswith(("keras.src.ops.", "keras.ops"))


@cache
def _names_of_classes() -> frozenset[str]:
    homes = (
        *(keras.layers, keras.initializers, keras.regularizers, keras.constraints),
        *(keras.dtype_policies, keras.optimizers, keras.optimizers.schedules),
        *(keras.losses, keras.metrics),
    )
    return frozenset(_OLD_NAMES.union(*map(dir, homes)))


@cache
def _names_of_functions() -> frozenset[str]:
    return frozenset({*dir(keras.activations), *dir(keras.losses), *dir(keras.metrics)})
