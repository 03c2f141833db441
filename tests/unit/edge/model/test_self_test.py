"""The self-test: the same tiles everywhere, and no more deviation than a runtime may have."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.files.errors import SelfTestError
from edge.model.backends import LITERT, ONNX_RUNTIME, TFLITE_RUNTIME
from edge.model.card import SelfTest
from edge.model.self_test import TILES, check_self_test, draw_self_test_tiles

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


def _check(deviation: list[float], swapped: list[float], backend: str, **facts: str) -> None:
    """Check logits that deviate by so many steps, and by others where the tiles are in BGR."""
    test = SelfTest(7, (0.0, 2.0, -2.0, 0.5), _STEP, LITERT)
    promised = np.array(test.logits)
    check_self_test(
        test,
        promised + _STEP * np.array(deviation),
        backend=backend,
        version="2.1",
        score_swapped=lambda: promised + _STEP * np.array(swapped),
        **{"quantization": "int8", "where": "m.tflite"} | facts,
    )


@pytest.mark.parametrize(
    ("backend", "quantization", "deviation", "said"),
    [
        (
            LITERT,
            "int8",
            0.25,
            r"on LiteRT 2\.1: off by 0\.25 quantization steps where it must be exact ",
        ),
        (
            LITERT,
            "int16x8",
            3,
            r"on LiteRT 2\.1: off by 3 quantization steps where it must be exact ",
        ),
        (
            TFLITE_RUNTIME,
            "int8",
            -3,
            r"on tflite-runtime 2\.1: off by 3 quantization steps where 2 are allowed ",
        ),
        (LITERT, "float32", 2, r"on LiteRT 2\.1: off by 0\.5 where 0\.01 are allowed "),
        (LITERT, "int8", np.nan, r"on LiteRT 2\.1: off by inf quantization steps"),
    ],
)
def test_a_failure_names_file_and_runtime_and_counts_the_steps(
    backend: str, quantization: str, deviation: float, said: str
) -> None:
    with pytest.raises(SelfTestError, match=rf"^m\.tflite: self-test failed {said}") as got:
        _check([0, 0, deviation, 0], [9] * TILES, backend, quantization=quantization)
    assert got.value.exit_code == 3
    assert "\n" not in str(got.value)


# backend, quantization, steps off, steps off where the tiles are in BGR, whether colours are blamed
_COLOURS = [
    (LITERT, "int8", [1.4, 0, 0, 0], [0, 0, 0, 0], True),
    (LITERT, "int8", [0.1, 0, 0, 0], [0, 0, 0, 0], True),
    (LITERT, "int8", [1.4, 0, 0, 0], [0.1, 0, 0, 0], False),
    (LITERT, "int8", [1, 1, 1, 1], [1.4, 1, 1, 1], False),
    (TFLITE_RUNTIME, "int8", [2.4, 0, 0, 0], [0.6, 0, 0, 0], True),
    (TFLITE_RUNTIME, "int8", [3, 3, 3, 3], [1.6, 2, 2, 2], False),
    (TFLITE_RUNTIME, "int8", [9, 9, 9, 9], [3, 3, 3, 3], False),
    (TFLITE_RUNTIME, "int8", [np.nan, 0, 0, 0], [9, 9, 9, 9], False),
    (LITERT, "float32", [1.4, 0, 0, 0], [0.01, 0, 0, 0], True),
    (LITERT, "float32", [1.4, 0, 0, 0], [0.5, 0, 0, 0], False),
    (LITERT, "dynamic", [1.4, 0, 0, 0], [0.5, 0, 0, 0], True),
]


@pytest.mark.parametrize(("backend", "quantization", "deviation", "swapped", "blamed"), _COLOURS)
def test_colours_are_blamed_where_bgr_tiles_keep_the_promise(
    backend: str, quantization: str, deviation: list[float], swapped: list[float], blamed: bool
) -> None:
    said = "its scores are right for BGR tiles" if blamed else "off by "
    with pytest.raises(SelfTestError, match=rf"^m\.tflite: self-test failed on {backend} .*{said}"):
        _check(deviation, swapped, backend, quantization=quantization)


def test_swapped_colours_do_not_hide_in_the_steps_that_another_runtime_may_be_off() -> None:
    with pytest.raises(SelfTestError, match="has another colour order"):
        _check([1.4, 0, 0, 0], [0.4, 0, 0, 0], TFLITE_RUNTIME)


@pytest.mark.parametrize(
    ("deviation", "swapped"),
    [([0.6, 0, 0, 0], [0, 0, 0, 0]), ([1, 0, 0, 0], [0, 0, 0, 0]), ([1.4, 0, 0, 0], [1, 0, 0, 0])],
)
def test_a_runtime_that_rounds_otherwise_is_not_taken_for_one_with_other_colours(
    deviation: list[float], swapped: list[float]
) -> None:
    _check(deviation, swapped, TFLITE_RUNTIME)


def test_where_the_promise_is_kept_nobody_asks_for_bgr() -> None:
    def never() -> NDArray[np.float64]:
        raise AssertionError("asked")

    test = SelfTest(7, (0.0, 2.0), _STEP, LITERT)
    logits = np.array(test.logits)
    for backend in (LITERT, TFLITE_RUNTIME):
        check_self_test(
            test, logits, backend=backend, quantization="int8", where="m", score_swapped=never
        )
