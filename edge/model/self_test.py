"""A model proves on each machine that it gives the scores it gave when it was converted.

A wrong runtime, colour order or quantization shows here before it misses a crack.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.files.errors import SelfTestError
from edge.model.backends import LITERT
from edge.model.card import SelfTest

TILES = 4
SEED = 7

# All are for the logit of a whole tile. The colours swapped move one of the four by 0.6 in the
# shipped models, 1.4 and 2.4 of their steps: what is allowed in logits stays below that.

_INTEGER = ("int8", "int16x8")
# Integer arithmetic on LiteRT is bitwise equal on x86 and arm64: only the rounding of the card's
# decimals is left.
_EXACT = 1e-5
# Others round activations differently, and from one processor to the next. Seen: 0.4 steps in
# tflite-runtime, 0.6 between ONNX Runtime's integer kernels and the same file run in float; where
# a tile is a single cell the rounding of the output itself comes on top.
_STEPS_ELSEWHERE = 2
# Swapped colours could hide in that: who deviates by more than this, and with swapped tiles by less
# than half as much, has another colour order.
_STEPS_OF_RIGHT_COLOURS = 1
# float32 and float16, which is computed in float32, differ by the order of summation.
_FLOAT_TOLERANCE = 0.01
# Dynamic files round activations to int8 by the range of each picture: where float sums differ in
# the last digit one rounds up and the other down. Seen: 0.06 in tflite-runtime, 0.18 on LiteRT
# without XNNPACK.
_DYNAMIC_TOLERANCE = 0.25


def draw_self_test_tiles(input_px: int, seed: int = SEED) -> NDArray[np.uint8]:
    """Draw the tiles of the self-test: rusty ground, noise, every second one with a dark line.

    Only integer arithmetic and a generator whose stream is frozen, so every machine draws the same
    bytes; red, green and blue differ, so that a wrong colour order shows.

    Returns:
        uint8 (TILES, input_px, input_px, 3), RGB.
    """
    tiles = np.empty((TILES, input_px, input_px, 3), np.uint8)
    rows, columns = np.mgrid[:input_px, :input_px].astype(np.int32)
    for number in range(TILES):
        stream = np.random.RandomState(seed + number)  # legacy: its stream never changes
        noise = np.frombuffer(stream.bytes(input_px * input_px), np.uint8).astype(np.int32)
        ground = 110 + 12 * number + (noise.reshape(input_px, input_px) - 128) // 6
        ground += (rows * (number + 1) + columns) * 24 // input_px
        if number % 2:
            middle = input_px // 2 + (rows - input_px // 2) * number // 4
            middle += (noise[:input_px, None] - 128) // 64
            ground[np.abs(columns - middle) <= 2] = 30
        for channel, (gain, offset) in enumerate(((9, 20), (8, 0), (6, -10))):
            tiles[number, :, :, channel] = np.clip(ground * gain // 8 + offset, 0, 255)
    return tiles


def check_self_test(
    test: SelfTest,
    logits: NDArray[np.float64],
    *,
    backend: str,
    quantization: str,
    where: str,
    version: str = "",
    score_swapped: Callable[[], NDArray[np.float64]] | None = None,
) -> None:
    """Compare the logits of the self-test's tiles with those that the card promises.

    Args:
        test: the card's promise.
        logits: float64 (TILES,), mean cell logits given here.
        backend: name of the runtime that gave them.
        quantization: of the model.
        where: the model's name, for messages.
        version: of the runtime.
        score_swapped: gives the logits of the same tiles in BGR, asked where the colour order is
            in doubt; None where nothing can be asked.

    Raises:
        SelfTestError: they differ by more than the runtime may.
    """
    allowed = _allow(test, backend, quantization)
    right = _STEPS_OF_RIGHT_COLOURS * test.step + _EXACT
    deviation = _find_deviation(test, logits)
    if deviation <= (min(allowed, right) if quantization in _INTEGER else allowed):
        return
    failed = f"{where}: self-test failed on {backend} {version}".rstrip()
    fitting = min(allowed, deviation / 2)
    if score_swapped is not None and _find_deviation(test, score_swapped()) < fitting:
        raise SelfTestError(
            f"{failed}: its scores are right for BGR tiles, so the model or the runtime has "
            "another colour order; convert a model that was trained on RGB, or install another "
            "version of the runtime"
        )
    if deviation <= allowed:
        return
    has_steps = quantization in _INTEGER and test.step > 0
    unit, name = (test.step, " quantization steps") if has_steps else (1.0, "")
    bound = "it must be exact" if allowed == _EXACT else f"{allowed / unit:.3g} are allowed"
    raise SelfTestError(
        f"{failed}: off by {deviation / unit:.3g}{name} where {bound} (logits "
        f"{np.round(logits, 4).tolist()} instead of {np.round(test.logits, 4).tolist()}); this "
        "runtime gives other scores than the card promises: install another version of it"
    )


def _allow(test: SelfTest, backend: str, quantization: str) -> float:
    """Return by how much a logit may differ on a runtime."""
    if quantization in _INTEGER:
        is_exact = backend == test.backend == LITERT
        return _EXACT if is_exact else _STEPS_ELSEWHERE * test.step
    return _DYNAMIC_TOLERANCE if quantization == "dynamic" else _FLOAT_TOLERANCE


def _find_deviation(test: SelfTest, logits: NDArray[np.float64]) -> float:
    """Return by how much a logit differs at most; infinite where one is missing or no number."""
    promised = np.array(test.logits)
    if promised.shape != logits.shape or not np.all(np.isfinite(promised - logits)):
        return math.inf
    return float(np.max(np.abs(promised - logits), initial=0))
