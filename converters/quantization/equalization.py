"""Equalize the channels of a network's linear outputs, without changing what it computes.

An int8 tensor has one step for all its channels, so a channel of small numbers gets few of its
values. Between convolutions without activation, a channel may be scaled up where it is made and
down where it is taken (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and
Bias Correction"; here by ranges seen on pictures). Tensors that are added share their scales.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from converters.quantization.network import Network

Peaks = Mapping[int, NDArray[np.float32]]  # largest absolute value of each channel, by place

# Channels that are almost always zero are not blown up without limit.
_MAX_GAIN = 1000.0


def equalize(network: Network, peaks: Peaks) -> None:
    """Scale the channels of linear outputs so that each reaches as far as the widest.

    Args:
        network: its kernels and biases are replaced.
        peaks: float32 (channels,) for each place, seen on pictures.
    """
    consumers = network.consumers()
    for members in _find_streams(network, consumers):
        takers = sorted({t for m in members for t in consumers[m] if t not in members})
        linear = all(_is_linear(network, member) for member in members)
        if not (linear and takers and all(_has_kernel(network, taker) for taker in takers)):
            continue
        shares = np.max([peaks[m] / max(float(peaks[m].max()), 1e-9) for m in members], axis=0)
        gains = (1 / np.maximum(shares, 1 / _MAX_GAIN)).astype(np.float32)
        for member in members:
            _scale_output(network, member, gains)
        for taker in takers:
            _scale_input(network, taker, gains)


def _find_streams(network: Network, consumers: Mapping[int, list[int]]) -> list[list[int]]:
    """Gather the outputs that additions tie together; others stand alone."""
    stream = {place: place for place in range(len(network.nodes))}
    for place, node in enumerate(network.nodes):
        if node.kind == "add":
            tied = {stream[source] for source in node.inputs if source in stream} | {stream[place]}
            stream = {p: min(tied) if s in tied else s for p, s in stream.items()}
    groups: dict[int, list[int]] = {}
    for place, name in stream.items():
        if network.nodes[place].kind != "padding" and consumers[place]:
            groups.setdefault(name, []).append(place)
    return list(groups.values())


def _is_linear(network: Network, place: int) -> bool:
    node = network.nodes[place]
    if node.kind == "add":
        return all(
            source >= 0 and network.nodes[source].kind != "padding" for source in node.inputs
        )
    return _has_kernel(network, place) and node.activation == "linear"


def _has_kernel(network: Network, place: int) -> bool:
    return network.nodes[place].kernel is not None


def _scale_output(network: Network, place: int, gains: NDArray[np.float32]) -> None:
    node = network.nodes[place]
    if node.kernel is not None and node.bias is not None:
        node.kernel = node.kernel * (gains[:, None] if node.kind == "depthwise" else gains)
        node.bias = node.bias * gains


def _scale_input(network: Network, place: int, gains: NDArray[np.float32]) -> None:
    node = network.nodes[place]
    assert node.kernel is not None
    node.kernel = node.kernel / gains[:, None]
