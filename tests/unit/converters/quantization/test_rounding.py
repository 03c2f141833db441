"""Rounding of weights by what a layer's inputs have in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from converters.quantization.rounding import MAX_INTEGER, round_weights

Array = NDArray[np.float64]


def _draw(seed: int, rows: int = 6, columns: int = 9, common: float = 0.9) -> tuple[Array, Array]:
    """Draw weights and inputs that, like neighbouring pixels, are mostly alike."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(2000, 1))
    inputs = common * shared + (1 - common) * rng.normal(size=(2000, columns))
    return rng.normal(size=(rows, columns)), inputs


def _square_error(weights: Array, other: Array, inputs: Array) -> float:
    return float(np.mean((inputs @ (weights - other).T) ** 2))


@given(st.integers(0, 10_000))
def test_the_output_is_nearer_than_with_weights_rounded_one_by_one(seed: int) -> None:
    weights, inputs = _draw(seed, rows=40)
    integers, steps = round_weights(weights, inputs.T @ inputs / len(inputs))
    nearest = np.rint(weights / steps[:, None]) * steps[:, None]
    fitted = integers * steps[:, None]
    assert _square_error(fitted, weights, inputs) <= _square_error(nearest, weights, inputs)


def test_inputs_that_are_alike_gain_most() -> None:
    weights, inputs = _draw(1, rows=200, common=0.99)
    integers, steps = round_weights(weights, inputs.T @ inputs / len(inputs))
    nearest = np.rint(weights / steps[:, None]) * steps[:, None]
    gain = _square_error(nearest, weights, inputs) / _square_error(
        integers * steps[:, None], weights, inputs
    )
    assert gain > 5


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 12))
def test_who_quantizes_by_the_largest_weight_finds_the_same_integers(
    seed: int, rows: int, columns: int
) -> None:
    weights, inputs = _draw(seed, rows, columns)
    integers, steps = round_weights(weights, inputs.T @ inputs / len(inputs))
    values = (integers * steps[:, None]).astype(np.float32)
    largest = np.abs(values).max(axis=1)
    again = np.rint(values / (largest[:, None] / MAX_INTEGER))
    np.testing.assert_array_equal(again, integers)
    assert integers.dtype == np.int8
    assert (np.abs(integers).max(axis=1) == MAX_INTEGER).all()


def test_inputs_that_never_change_and_rows_of_zeros_do_no_harm() -> None:
    weights = np.array([[0.0, 0.0, 0.0], [1.0, -0.5, 0.25]])
    integers, steps = round_weights(weights, np.zeros((3, 3)))
    np.testing.assert_allclose(integers * steps[:, None], weights, atol=1 / MAX_INTEGER)


def test_few_observations_move_fewer_weights_from_the_nearest_integer() -> None:
    weights, inputs = _draw(3, rows=50)
    moments = inputs.T @ inputs / len(inputs)
    nearest = np.rint(weights / round_weights(weights, moments)[1][:, None])
    moved = [
        np.count_nonzero(round_weights(weights, moments, doubt=doubt)[0] != nearest)
        for doubt in (0.0, 1.0, 100.0)
    ]
    assert moved[0] > moved[1] > moved[2]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_unit_of_the_weights_does_not_matter(scale: float) -> None:
    weights, inputs = _draw(4)
    moments = inputs.T @ inputs
    np.testing.assert_array_equal(
        round_weights(weights * scale, moments)[0], round_weights(weights, moments)[0]
    )
