"""Sizes that follow from a work's description, as Sparring derives them."""

from __future__ import annotations

from typing import Any, Iterator

# Keras's defaults, which the DCGAN family keeps.
LEAKY_SLOPE = 0.3
BATCH_NORM_MOMENTUM = 0.99
BATCH_NORM_EPSILON = 1e-3

Sizes = dict[str, Any]


def base_size(sizes: Sizes) -> int:
    """The side of the generator's smallest feature map."""
    return 7 if sizes["imageSize"] == 28 else 4


def doublings(sizes: Sizes) -> Iterator[int]:
    channels = sizes["width"]
    while True:
        yield min(channels, sizes["maximumWidth"])
        channels *= 2


def generator_widths(sizes: Sizes) -> list[int]:
    """Channels after the projection and after each doubling of the size."""
    widths, side, channels = [], sizes["imageSize"], doublings(sizes)
    while side >= base_size(sizes):
        widths.insert(0, next(channels))
        side //= 2
    return widths


def discriminator_widths(sizes: Sizes) -> list[int]:
    """Channels after each halving, until the map is 4x4."""
    widths, side, channels = [], sizes["imageSize"], doublings(sizes)
    while side > 4:
        widths.append(next(channels))
        side = (side + 1) // 2
    return widths


def same_padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after one dimension, TensorFlow's way."""
    outputs = -(-side // stride)
    total = max(0, (outputs - 1) * stride + kernel - side)
    return total // 2, total - total // 2
