"""Find the int8 weights of a network: layer by layer, on pictures, as the file will run.

Each layer is fitted to what it gets in the int8 file: inputs that were quantized before it. Its
weights are rounded so that its output stays near its own, and its bias takes up what quantization
changed in the mean (Nagel et al. 2019, "bias correction").
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from converters.quantization.equalization import equalize
from converters.quantization.network import INPUT, Network, Node
from converters.quantization.rounding import round_weights
from edge.files.progress import Progress

_BATCH = 8
# Memory for the outputs that are held between layers, of all pictures; in float16, whose steps are
# far below those of int8.
_MAX_HELD_BYTES = 2 << 30
# A share of the mean's square stays among the moments: other pictures are lighter or darker.
_MEAN_SHARE = 0.05
_TINY = 1e-6
# Kernels with more inputs than this keep plain rounding: their moments would not fit.
_MAX_INPUTS = 4608


def fit_int8_weights(
    network: Network,
    exact: NDArray[np.float32],
    seen: NDArray[np.float32],
    progress: Progress,
) -> Network:
    """Return a network whose kernels lie on the int8 grid of their channels.

    Args:
        network: folded, float; its channels are equalized in place, which changes no output.
        exact: float32 (N, P, P, 3), RGB, pictures scaled as the parent sees them.
        seen: the same on the grid of the file's input.
        progress: where progress is reported.
    """
    count = min(len(exact), _count_that_fit(network, exact))
    evenly = np.linspace(0, len(exact) - 1, count).round().astype(int)
    exact, seen = exact[evenly], seen[evenly]
    equalize(network, find_peaks(network, exact))
    fitted = copy.deepcopy(network)
    walk = _Walk(fitted, network, list(_batches(exact)), list(_batches(seen)))
    for place, node in enumerate(fitted.nodes):
        if node.kernel is not None:
            _fit_node(node, list(walk.inputs_of(place)))
        walk.step(place)
        progress.step("fitting int8 weights", place + 1, len(fitted.nodes))
    return fitted


def find_peaks(network: Network, pictures: NDArray[np.float32]) -> dict[int, NDArray[np.float32]]:
    """Return the largest absolute value of each channel of each output, float32 (channels,)."""
    peaks: dict[int, NDArray[np.float32]] = {}
    for batch in _batches(pictures):
        for place, output in enumerate(network.outputs(batch)):
            peak = tf.reduce_max(tf.abs(output), axis=tuple(range(len(output.shape) - 1))).numpy()
            peaks[place] = np.maximum(peaks.get(place, np.float32(0)), peak)
    return peaks


def _batches(pictures: NDArray[np.float32]) -> Iterator[Any]:
    for start in range(0, len(pictures), _BATCH):
        yield tf.constant(pictures[start : start + _BATCH])


def _count_that_fit(network: Network, pictures: NDArray[np.float32]) -> int:
    """Say of how many pictures the outputs of two layers can be held, exact and quantized."""
    largest = max(int(np.prod(output.shape)) for output in network.outputs(pictures[:1]))
    return max(_BATCH, _MAX_HELD_BYTES // (4 * largest * np.dtype(np.float16).itemsize))


@dataclass
class _Walk:
    """Both networks run side by side, one layer at a time, over all pictures.

    Attributes:
        network: whose weights are being fitted; its outputs are quantized to 8 bits.
        reference: the same with exact weights.
        exact: batches of pictures for the reference.
        seen: batches of pictures for the network.
    """

    network: Network
    reference: Network
    exact: Sequence[Any]
    seen: Sequence[Any]

    def __post_init__(self) -> None:
        self._exact = {INPUT: list(self.exact)}
        self._seen = {INPUT: list(self.seen)}
        self._last = {
            source: place for place, node in enumerate(self.network.nodes) for source in node.inputs
        }

    def inputs_of(self, place: int) -> Iterator[tuple[Any, Any]]:
        """Yield a layer's input as the int8 file has it and as it should be, batch by batch."""
        source = self.network.nodes[place].inputs[0]
        for seen, exact in zip(self._seen[source], self._exact[source], strict=True):
            yield tf.cast(seen, tf.float32), tf.cast(exact, tf.float32)

    def step(self, place: int) -> None:
        """Compute a layer's outputs, and forget those that no later layer takes."""
        node, reference = self.network.nodes[place], self.reference.nodes[place]
        sources = node.inputs
        outputs = [reference.compute(batch) for batch in _transpose(self._exact, sources)]
        low, high = range_of(outputs)
        self._exact[place] = [tf.cast(output, tf.float16) for output in outputs]
        self._seen[place] = [
            tf.cast(quantize(node.compute(batch), low, high), tf.float16)
            for batch in _transpose(self._seen, sources)
        ]
        for source in sources:
            if self._last[source] == place:
                self._exact.pop(source, None)
                self._seen.pop(source, None)


def _transpose(held: dict[int, list[Any]], sources: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    for batch in zip(*(held[source] for source in sources), strict=True):
        yield tuple(tf.cast(tensor, tf.float32) for tensor in batch)


def range_of(outputs: Sequence[Any]) -> tuple[float, float]:
    """Return the range that an int8 tensor needs for these values; zero always lies in it."""
    low = min(0.0, *(float(tf.reduce_min(output)) for output in outputs))
    return low, max(_TINY, *(float(tf.reduce_max(output)) for output in outputs))


def quantize(output: Any, low: float, high: float) -> Any:
    """Round a float32 tensor to the 256 values of an int8 tensor with this range."""
    return tf.quantization.fake_quant_with_min_max_args(output, min=low, max=high, num_bits=8)


def _fit_node(node: Node, inputs: Sequence[tuple[Any, Any]]) -> None:
    """Replace a layer's kernel and bias by those of the int8 file."""
    assert node.kernel is not None
    assert node.bias is not None
    height, width, channels, outputs = node.kernel.shape
    if height * width * channels > _MAX_INPUTS and node.kind == "convolution":
        return
    groups = channels if node.kind == "depthwise" else 1
    moments, count = _gather_moments(node, inputs, groups)
    kernel = node.kernel.astype(np.float64).reshape(height * width, channels, outputs)
    if groups == 1:
        rows = kernel.reshape(1, -1, outputs).transpose(0, 2, 1)  # (1, out, inputs)
    else:
        rows = kernel.transpose(1, 2, 0)  # (channels, 1, window)
    fitted = np.empty_like(rows)
    shifts = np.empty(rows.shape[:2])
    doubt = rows.shape[2] / count
    for group, (seen_mean, seen, exact_mean) in enumerate(moments):
        integers, steps = round_weights(rows[group], seen, doubt=doubt)
        fitted[group] = integers * steps[:, None]
        shifts[group] = rows[group] @ exact_mean - fitted[group] @ seen_mean
    back = fitted.transpose(0, 2, 1) if groups == 1 else fitted.transpose(2, 0, 1)
    node.kernel = back.reshape(node.kernel.shape).astype(np.float32)
    node.bias = (node.bias + shifts.ravel()).astype(np.float32)


Moments = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _gather_moments(
    node: Node, inputs: Sequence[tuple[Any, Any]], groups: int
) -> tuple[list[Moments], int]:
    """Return for each group: mean and second moments of the inputs seen, mean of the exact ones.

    Second moments are about the mean but for a small share of it: the bias takes up the mean. Last
    comes the number of observations.
    """
    sums: list[Any] = [0.0, 0.0, 0.0]
    count = 0
    for seen, exact in inputs:
        a, b = (_windows(tensor, node, groups) for tensor in (seen, exact))  # (groups, n, inputs)
        count += a.shape[1]
        parts = (tf.reduce_sum(a, 1), tf.matmul(a, a, transpose_a=True), tf.reduce_sum(b, 1))
        sums = [
            total + part.numpy().astype(np.float64) for total, part in zip(sums, parts, strict=True)
        ]
    seen_mean, square, exact_mean = (total / count for total in sums)
    about = (1 - _MEAN_SHARE) * seen_mean[:, :, None] * seen_mean[:, None, :]
    return list(zip(seen_mean, square - about, exact_mean, strict=True)), count


def _windows(tensor: Any, node: Node, groups: int) -> Any:
    """Cut out what each output of a convolution sees: float32 (groups, n, inputs of a group)."""
    assert node.kernel is not None
    height, width = node.kernel.shape[:2]
    channels = tensor.shape[-1]
    if (height, width) == (1, 1):
        across, down = node.strides
        cut = tensor[:, ::across, ::down]
    else:
        cut = tf.image.extract_patches(
            tensor, [1, height, width, 1], [1, *node.strides, 1], [1, 1, 1, 1], node.padding
        )
    if groups == 1:
        return tf.reshape(cut, (1, -1, height * width * channels))
    return tf.transpose(tf.reshape(cut, (-1, height * width, channels)), (2, 0, 1))
