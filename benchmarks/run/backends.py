"""Every runtime that opens a model file here: those of the device, and TensorFlow's own."""

from __future__ import annotations

import importlib.util
import os
import warnings
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edge.model.backends
from edge.files.errors import EnvironmentLacksError, ModelError
from edge.files.native_output import silence
from edge.model.backends import OPENCV_DNN, Backend, Runner, list_backends, open_backend
from edge.model.classifier import Classifier, check_classifier
from edge.model.onnx_file import read_onnx
from edge.model.tflite_runner import open_tflite
from edge.model.training_folder import KERAS_SUFFIX

TF_LITE = "tf.lite"
KERAS = "Keras"
# The packages that bring them. Each of their processes takes seconds to start and 0.8 GB.
TENSORFLOW_BACKENDS = {TF_LITE: "tensorflow", KERAS: "keras"}


def list_subject_backends(path: Path) -> list[str]:
    """Return the names of the installed runtimes that run a file, the preferred one first.

    Raises:
        ModelError: an ONNX file that is damaged or without a card.
    """
    has_tensorflow = importlib.util.find_spec("tensorflow") is not None
    if path.suffix == KERAS_SUFFIX:
        return [KERAS] if has_tensorflow else []
    names = list_backends(path)
    if path.suffix == ".onnx" and read_onnx(path).card.quantization != "float32":
        names.remove(OPENCV_DNN)
    return names + [TF_LITE] * (path.suffix == ".tflite" and has_tensorflow)


def find_backend_version(path: Path, backend: str) -> str:
    """Return the version of a runtime for a file, without loading the one or opening the other.

    Raises:
        ModelError: the runtime does not run its format.
        EnvironmentLacksError: it is not installed.
    """
    if backend in TENSORFLOW_BACKENDS:
        _require_tensorflow(path, backend)
        return metadata.version(TENSORFLOW_BACKENDS[backend])
    return edge.model.backends.find_backend_version(path, backend)


def open_subject(path: Path, backend: str, *, threads: int = 1) -> Backend:
    """Open a model file with a runtime.

    Args:
        path: of the file.
        backend: name of the runtime.
        threads: that it may use for one piece. Keras takes them from the whole process: there it
            must be the same number each time.

    Raises:
        ModelError: the file is damaged, or the runtime does not run it.
        EnvironmentLacksError: the runtime is not installed.
    """
    if backend not in TENSORFLOW_BACKENDS:
        if path.suffix == KERAS_SUFFIX:
            raise ModelError(f"{path}: {backend} does not run it; a Keras model runs on {KERAS}")
        return open_backend(path, name=backend, threads=threads)
    _require_tensorflow(path, backend)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    version = find_backend_version(path, backend)
    if backend == KERAS:
        return _open_keras(path, version, threads)
    return open_tflite(path, _tf_lite, name=TF_LITE, version=version, threads=threads)


def open_tested(path: Path, backend: str, *, threads: int = 1) -> Classifier:
    """Open a file and run its self-test; a file without one (Keras) is taken as it is.

    Args:
        path: of the file.
        backend: name of the runtime.
        threads: that score side by side.

    Raises:
        ModelError: a damaged file, or one that the backend cannot run.
        EnvironmentLacksError: the backend is not installed.
        SelfTestError: the model gives other scores here than when it was verified.
    """
    # TensorFlow writes to stderr when it is imported.
    with silence():
        opened = open_subject(path, backend)
    classifier = Classifier(opened, threads=threads, path=path)
    if classifier.card.self_test is not None:
        check_classifier(classifier)
    return classifier


def _require_tensorflow(path: Path, backend: str) -> None:
    expected = KERAS_SUFFIX if backend == KERAS else ".tflite"
    if path.suffix != expected:
        raise ModelError(f"{path}: {backend} does not run it; expected a {expected} file")
    if importlib.util.find_spec("tensorflow") is None:
        raise EnvironmentLacksError(
            f"{path}: {backend} needs TensorFlow: pip install 'crack-edge[convert]'"
        )


def _tf_lite(model: bytes, threads: int) -> Any:
    import tensorflow as tf

    with warnings.catch_warnings():
        # Its successor is LiteRT, which is measured beside it.
        warnings.filterwarnings("ignore", message=r"(?s).*tf\.lite\.Interpreter is deprecated")
        return tf.lite.Interpreter(model_content=model, num_threads=threads)


def _open_keras(path: Path, version: str, threads: int) -> Backend:
    import tensorflow as tf

    # Before anything runs: later TensorFlow refuses.
    if tf.config.threading.get_intra_op_parallelism_threads() != threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    # Devices have none; on a workstation with one it would be another machine that is measured.
    tf.config.set_visible_devices([], "GPU")

    from converters.parents.keras_model import KerasScorer
    from converters.parents.load import load_parent

    parent = load_parent(path)
    scorer = KerasScorer(parent)

    def open_runner(shape_hw: tuple[int, int]) -> Runner:
        return _KerasRunner(scorer, shape_hw)

    return Backend(KERAS, version, parent.card, open_runner)


class _KerasRunner:
    """A view of the scorer for pieces of one size."""

    step = 0.0

    def __init__(self, scorer: Any, shape_hw: tuple[int, int]) -> None:
        self._scorer = scorer
        self._shape = (*shape_hw, 3)

    def __call__(self, piece: NDArray[np.uint8]) -> NDArray[np.float32]:
        if piece.shape != self._shape:
            raise ValueError(f"piece is {piece.shape}; the runner was opened for {self._shape}")
        (cells,) = self._scorer.cell_logits([piece])
        return np.asarray(cells, np.float32)
