"""TensorFlow's own runtimes are measured in processes of their own, like the device's."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from benchmarks.run.backends import KERAS, TF_LITE, list_subject_backends
from benchmarks.run.worker import Order, open_worker
from edge.model.tflite_file import find_model

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("path", "backend"),
    [(find_model("small"), TF_LITE), (ROOT / "models" / "small.keras", KERAS)],
)
def test_a_runtime_of_tensorflow_opens_checks_and_times_a_file(
    path: Path, backend: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert backend in list_subject_backends(path)
    shapes = ((256, 256), (64, 96))
    worker = open_worker(Order(path, backend, 2, shapes, check=True), threading.Lock())
    try:
        assert [len(worker.run(shape, 2)) for shape in shapes] == [2, 2]
    finally:
        worker.close()
    # No chatter of its start on the user's screen.
    assert capfd.readouterr() == ("", "")
