"""Random affine maps of a batch: one grid, one bilinear interpolation."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample


def augmented(images: Tensor, settings: dict[str, Any]) -> Tensor:
    """Rotation, scale, shear and shift of images [N, C, H, W] on [-1, 1]; black appears at the border."""
    count, side = len(images), images.shape[-1]

    def draw(largest: float) -> Tensor:
        return torch.empty(count, device=images.device).uniform_(-largest, largest)

    angle, size = draw(settings["rotation"]).deg2rad(), 1 + draw(settings["scale"])
    slant = draw(settings["shear"])
    across, down = draw(settings["maximumShift"] * 2 / side), draw(settings["maximumShift"] * 2 / side)
    cosine, sine = angle.cos() / size, angle.sin() / size
    rows = [cosine, slant * cosine - sine, across, sine, slant * sine + cosine, down]
    grid = affine_grid(torch.stack(rows, 1).view(-1, 2, 3), list(images.shape), align_corners=False)
    return grid_sample(images + 1, grid, align_corners=False) - 1
