"""The networks as a PyTorch user writes them: NCHW, `nn.Module`, weights under Sparring's names."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import configuration as sizes_of
from configuration import Sizes


def batch_norm(features: int, dimensions: int) -> nn.Module:
    kind = nn.BatchNorm1d if dimensions == 1 else nn.BatchNorm2d
    return kind(features, eps=sizes_of.BATCH_NORM_EPSILON, momentum=1 - sizes_of.BATCH_NORM_MOMENTUM)


class SameConv2d(nn.Conv2d):
    """A strided convolution with TensorFlow's `same` padding for one size of image."""

    def __init__(self, inputs: int, outputs: int, side: int, kernel: int, stride: int = 1, bias: bool = True) -> None:
        before, after = sizes_of.same_padding(side, kernel, stride)
        symmetric = before == after
        super().__init__(inputs, outputs, kernel, stride, before if symmetric else 0, bias=bias)
        self.margin = None if symmetric else (before, after, before, after)

    def forward(self, images: Tensor) -> Tensor:
        if self.margin:
            images = nn.functional.pad(images, self.margin)
        return super().forward(images)


class Generator(nn.Module):
    """Latents [N, Z] to images [N, C, H, W]."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        widths = sizes_of.generator_widths(sizes)
        self.base = (widths[0], sizes_of.base_size(sizes), sizes_of.base_size(sizes))
        features = self.base[0] * self.base[1] * self.base[2]
        self.projection = nn.Linear(sizes["latentSize"], features, bias=False)
        self.projection_norm = batch_norm(features, 1)
        pairs = list(zip(widths, widths[1:]))
        self.upsamplings = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1) for a, b in pairs)
        self.norms = nn.ModuleList(batch_norm(b, 2) for _, b in pairs)
        self.output = nn.Conv2d(sizes["width"], sizes["channels"], 3, padding=1)
        self.activation = nn.LeakyReLU(sizes_of.LEAKY_SLOPE, inplace=True)

    def forward(self, latents: Tensor) -> Tensor:
        maps = self.activation(self.projection_norm(self.projection(latents))).unflatten(1, self.base)
        for upsampling, norm in zip(self.upsamplings, self.norms):
            maps = self.activation(norm(upsampling(maps)))
        return torch.tanh(self.output(maps))


class Discriminator(nn.Module):
    """Images [N, C, H, W] to logits [N, 1]."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        widths = sizes_of.discriminator_widths(sizes)
        self.convolutions = nn.ModuleList()
        side = sizes["imageSize"]
        for inputs, outputs in zip([sizes["channels"], *widths], widths):
            self.convolutions.append(SameConv2d(inputs, outputs, side, kernel=3, stride=2))
            side = (side + 1) // 2
        self.map = (widths[-1], side, side)
        self.output = nn.Linear(16 * widths[-1], 1, bias=False)
        self.activation = nn.LeakyReLU(sizes_of.LEAKY_SLOPE, inplace=True)

    def forward(self, images: Tensor) -> Tensor:
        maps = images
        for convolution in self.convolutions:
            maps = self.activation(convolution(maps))
        return self.output(maps.flatten(1))


class Classifier(nn.Module):
    """Images [N, C, H, W] to class logits [N, K]: strided convolutions with batch normalisation."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        side, self.slope = sizes["imageSize"], sizes["leakyReLUSlope"]
        self.convolutions, self.norms = nn.ModuleList(), nn.ModuleList()
        for inputs, outputs in zip([sizes["channels"], *sizes["widths"]], sizes["widths"]):
            self.convolutions.append(SameConv2d(inputs, outputs, side, kernel=4, stride=2, bias=False))
            self.norms.append(nn.BatchNorm2d(outputs))
            side = (side + 1) // 2
        self.map = (sizes["widths"][-1], side, side)
        self.output = nn.Linear(self.map[0] * side * side, sizes["classCount"])

    def features(self, images: Tensor, moves_statistics: bool = True) -> Tensor:
        maps = images
        for convolution, norm in zip(self.convolutions, self.norms):
            maps = convolution(maps)
            maps = norm(maps) if moves_statistics else by_own_statistics(norm, maps)
            maps = nn.functional.leaky_relu(maps, self.slope, inplace=True)
        return maps.flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        return self.output(self.features(images))


def by_own_statistics(norm: nn.BatchNorm2d, maps: Tensor) -> Tensor:
    """Batch normalisation as in training that leaves the running statistics alone."""
    return nn.functional.batch_norm(maps, None, None, norm.weight, norm.bias, training=True, eps=norm.eps)


def load(network: nn.Module, tensors: dict[str, Tensor], prefix: str) -> None:
    """Takes Sparring's weights, whose flat features count row, column, channel, into a network that counts
    channel, row, column."""
    own = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    for name in own:
        if name.startswith("projection"):
            own[name] = to_channels_first(own[name], network.base, dimension=0)
        elif name == "output.weight" and isinstance(network, Discriminator | Classifier):
            own[name] = to_channels_first(own[name], network.map, dimension=1)
    missing = set(own) ^ {name for name in network.state_dict() if not name.endswith("num_batches_tracked")}
    if missing:
        raise ValueError(f"the networks differ in {sorted(missing)}")
    network.load_state_dict(own, strict=False)


def to_channels_first(value: Tensor, shape: tuple[int, int, int], dimension: int) -> Tensor:
    channels, rows, columns = shape
    split = value.unflatten(dimension, (rows, columns, channels))
    return split.movedim(dimension + 2, dimension).flatten(dimension, dimension + 2)
