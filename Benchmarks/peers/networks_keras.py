"""The networks as a Keras user writes them: functional models, NHWC."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

import configuration as sizes_of
from configuration import Sizes


def batch_norm() -> layers.Layer:
    return layers.BatchNormalization(
        momentum=sizes_of.BATCH_NORM_MOMENTUM, epsilon=sizes_of.BATCH_NORM_EPSILON)


def generator(sizes: Sizes) -> keras.Model:
    """Latents [N, Z] to images [N, H, W, C]."""
    widths, base = sizes_of.generator_widths(sizes), sizes_of.base_size(sizes)
    stack = [
        keras.Input((sizes["latentSize"],)),
        layers.Dense(base * base * widths[0], use_bias=False),
        batch_norm(),
        layers.LeakyReLU(sizes_of.LEAKY_SLOPE),
        layers.Reshape((base, base, widths[0])),
    ]
    for width in widths[1:]:
        stack += [
            layers.Conv2DTranspose(width, 4, strides=2, padding="same"),
            batch_norm(),
            layers.LeakyReLU(sizes_of.LEAKY_SLOPE),
        ]
    stack += [
        layers.Conv2D(sizes["channels"], 3, padding="same"),
        layers.Activation("tanh", dtype="float32"),
    ]
    return keras.Sequential(stack)


def discriminator(sizes: Sizes) -> keras.Model:
    """Images [N, H, W, C] to logits [N, 1]."""
    stack = [keras.Input((sizes["imageSize"], sizes["imageSize"], sizes["channels"]))]
    for width in sizes_of.discriminator_widths(sizes):
        stack += [layers.Conv2D(width, 3, strides=2, padding="same"), layers.LeakyReLU(sizes_of.LEAKY_SLOPE)]
    stack += [layers.Flatten(), layers.Dense(1, use_bias=False), layers.Activation("linear", dtype="float32")]
    return keras.Sequential(stack)


def classifier(sizes: Sizes) -> keras.Model:
    """Images [N, H, W, C] to class logits [N, K]."""
    stack = [keras.Input((sizes["imageSize"], sizes["imageSize"], sizes["channels"]))]
    for width in sizes["widths"]:
        stack += [
            layers.Conv2D(width, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
            layers.LeakyReLU(sizes["leakyReLUSlope"]),
        ]
    stack += [layers.Flatten(), layers.Dense(sizes["classCount"]), layers.Activation("linear", dtype="float32")]
    return keras.Sequential(stack)


# Where Sparring keeps what each kind of layer holds, in the order of Keras's weights.
PARTS = {
    "Dense": ("weight", "bias"),
    "Conv2D": ("weight", "bias"),
    "Conv2DTranspose": ("weight", "bias"),
    "BatchNormalization": ("weight", "bias", "running_mean", "running_var"),
}


def load(model: keras.Model, tensors: dict[str, np.ndarray], prefix: str) -> None:
    """Takes Sparring's weights; both count flat features row, column, channel."""
    counts = {"upsamplings": 0, "convolutions": 0, "norms": 0}
    for layer in model.layers:
        kind = type(layer).__name__
        if kind not in PARTS:
            continue
        name = prefix + name_of(kind, prefix, counts, layer)
        values = [tensors[f"{name}.{part}"] for part in PARTS[kind] if f"{name}.{part}" in tensors]
        # Kernels are [out, in, rows, columns] there (transposed ones [in, out, …]), and the other way round here.
        values[0] = {2: lambda v: v.T, 4: lambda v: v.transpose(2, 3, 1, 0)}.get(values[0].ndim, lambda v: v)(values[0])
        layer.set_weights(values)


def name_of(kind: str, prefix: str, counts: dict[str, int], layer: layers.Layer) -> str:
    if kind == "Dense":
        return "projection" if prefix == "generator." else "output"
    if kind == "BatchNormalization":
        if len(layer.input.shape) == 2:
            return "projection_norm"
        group = "norms"
    elif kind == "Conv2DTranspose":
        group = "upsamplings"
    elif prefix == "generator.":
        return "output"
    else:
        group = "convolutions"
    counts[group] += 1
    return f"{group}.{counts[group] - 1}"
