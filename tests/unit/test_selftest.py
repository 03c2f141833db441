"""The self-test: the same tiles everywhere, and no more deviation than a runtime may have."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from edge.backends import LITERT, ONNX_RUNTIME, TFLITE_RUNTIME
from edge.card import SelfTest
from edge.errors import SelfTestError
from edge.selftest import TILES, check_self_test, draw_self_test_tiles

# Cards in the field hold the logits of these very bytes: a change makes all of them fail.
_SHA256_OF_64_PX = "17e06dadfeec36fddc0f9ad507878de3b4600a4f01f9214f3a9685b1a9e03243"


def test_the_tiles_are_the_same_bytes_on_every_machine() -> None:
    tiles = draw_self_test_tiles(64)
    assert hashlib.sha256(tiles.tobytes()).hexdigest() == _SHA256_OF_64_PX


@pytest.mark.parametrize("input_px", [32, 224])
def test_the_tiles_have_the_size_of_the_model(input_px: int) -> None:
    tiles = draw_self_test_tiles(input_px)
    assert tiles.shape == (TILES, input_px, input_px, 3)
    assert tiles.dtype == np.uint8


def test_another_seed_draws_other_tiles() -> None:
    assert not np.array_equal(draw_self_test_tiles(64, 1), draw_self_test_tiles(64, 2))


def test_the_tiles_differ_from_each_other() -> None:
    assert len({tile.tobytes() for tile in draw_self_test_tiles(64)}) == TILES


@pytest.mark.parametrize("number", range(TILES))
def test_the_ground_is_rusty_so_that_a_wrong_colour_order_shows(number: int) -> None:
    red, green, blue = draw_self_test_tiles(64)[number].mean(axis=(0, 1))
    assert red > green + 20
    assert green > blue + 20


def test_every_second_tile_has_a_dark_line() -> None:
    dark = (draw_self_test_tiles(64)[:, :, :, 1] == 30).mean(axis=(1, 2))
    assert np.all(dark[1::2] > 0.05)
    assert np.all(dark[::2] < 0.01)


_STEP = 0.25
# backend that made the card, backend here, quantization, deviation, whether it passes
_CASES = [
    (LITERT, LITERT, "int8", 0.0, True),
    (LITERT, LITERT, "int8", 9e-6, True),
    (LITERT, LITERT, "int8", 1e-4, False),
    (LITERT, LITERT, "int8", _STEP, False),
    (LITERT, TFLITE_RUNTIME, "int8", 2 * _STEP, True),
    (LITERT, TFLITE_RUNTIME, "int8", 2.1 * _STEP, False),
    (TFLITE_RUNTIME, LITERT, "int8", 2 * _STEP, True),
    (TFLITE_RUNTIME, TFLITE_RUNTIME, "int8", 2.1 * _STEP, False),
    (ONNX_RUNTIME, ONNX_RUNTIME, "int8", 2 * _STEP, True),
    (ONNX_RUNTIME, ONNX_RUNTIME, "int8", 2.1 * _STEP, False),
    (LITERT, LITERT, "int16x8", 9e-6, True),
    (LITERT, LITERT, "int16x8", 1e-4, False),
    (LITERT, TFLITE_RUNTIME, "int16x8", 2 * _STEP, True),
    (LITERT, TFLITE_RUNTIME, "int16x8", 2.1 * _STEP, False),
    (LITERT, LITERT, "float32", 0.009, True),
    (LITERT, LITERT, "float32", 0.011, False),
    (ONNX_RUNTIME, ONNX_RUNTIME, "float32", 0.009, True),
    (ONNX_RUNTIME, ONNX_RUNTIME, "float32", 0.011, False),
    (LITERT, LITERT, "float16", 0.009, True),
    (LITERT, ONNX_RUNTIME, "float16", 0.011, False),
    (LITERT, LITERT, "dynamic", 0.24, True),
    (LITERT, TFLITE_RUNTIME, "dynamic", 0.26, False),
]


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("made_by", "backend", "quantization", "deviation", "passes"), _CASES)
def test_a_deviation_passes_only_within_what_the_runtime_may(
    made_by: str, backend: str, quantization: str, deviation: float, passes: bool, sign: int
) -> None:
    test = SelfTest(7, (0.0, 2.0, -2.0, 0.5), _STEP, made_by)
    logits = np.array([0.0, 2.0, -2.0, 0.5])
    logits[2] += sign * deviation
    if passes:
        check_self_test(test, logits, backend=backend, quantization=quantization, where="m")
        return
    with pytest.raises(SelfTestError, match=f"^m: self-test failed on {backend}"):
        check_self_test(test, logits, backend=backend, quantization=quantization, where="m")


@pytest.mark.parametrize("logits", [[0.0], [0.0, np.nan], [np.inf, 1.0], []])
def test_a_missing_or_broken_logit_never_passes(logits: list[float]) -> None:
    test = SelfTest(7, (0.0, 1.0), 100.0, TFLITE_RUNTIME)
    with pytest.raises(SelfTestError):
        check_self_test(
            test, np.array(logits), backend=LITERT, quantization="int8", where="m.tflite"
        )
