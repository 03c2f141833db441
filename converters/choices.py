"""What a user can choose from, for command line and Python API: loads no library."""

from __future__ import annotations

from typing import Literal, get_args

ModelFormat = Literal[
    "tflite-float32",
    "tflite-float16",
    "tflite-dynamic",
    "tflite-int8",
    "tflite-int16x8",
    "onnx-float32",
    "onnx-int8",
]
FORMAT_NAMES: tuple[ModelFormat, ...] = get_args(ModelFormat)
# What devices and other programs run.
DEFAULT_FORMATS: tuple[ModelFormat, ...] = ("tflite-int8", "onnx-float32")
# Pictures from which int8 takes its ranges.
CALIBRATION_PICTURES = 256
# The gates: lowest share of equal verdicts, largest loss of recall.
MIN_AGREEMENT = 0.99
MAX_RECALL_DROP = 0.005
