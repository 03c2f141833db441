"""The device that a training runs on, and the precision that is fast there."""

from __future__ import annotations

import importlib

import keras

from edge.files.progress import Progress

_ON_GPU = ("gpu", "cuda")


def choose_precision(progress: Progress) -> str:
    """Say where the training runs and choose the precision that is fast there.

    Half precision pays on a GPU alone; on a CPU it is slower.

    Returns:
        The device in words, for the report.
    """
    devices = _list_devices()
    on_gpu = any(name.lower().startswith(_ON_GPU) for name in devices)
    keras.config.set_dtype_policy("mixed_float16" if on_gpu else "float32")
    precision = "mixed precision" if on_gpu else "float32"
    text = f"{', '.join(devices)} with {keras.backend.backend()}, {precision}"
    progress.say(f"training on {text}")
    return text


def _list_devices() -> list[str]:
    if keras.backend.backend() == "torch":  # of which Keras lists no devices
        torch = importlib.import_module("torch")
        return ["cuda:0"] if torch.cuda.is_available() else ["cpu"]
    return [str(name) for name in keras.distribution.list_devices()]
