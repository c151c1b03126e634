"""CIFAR-10 from disk to augmented batches."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from protocol import Job

SHIFT = 4


def read(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images [N, 3, 32, 32] of bytes and their labels."""
    records = np.concatenate(
        [np.fromfile(folder / f"data_batch_{part}.bin", np.uint8).reshape(-1, 3073) for part in range(1, 6)])
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(np.int64)


class AugmentedImages(Dataset):
    """One image at a time, shifted and flipped, as torchvision's data sets and transforms give them."""

    def __init__(self, folder: Path) -> None:
        self.images, self.labels = read(folder)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = torch.from_numpy(self.images[index]).float() / 127.5 - 1
        padded = torch.nn.functional.pad(image, [SHIFT] * 4, value=-1)
        row, column = torch.randint(2 * SHIFT + 1, (2,)).tolist()
        image = padded[:, row : row + 32, column : column + 32]
        return image.flip(2) if torch.rand(()) < 0.5 else image, int(self.labels[index])


class WholeBatches:
    """Batches gathered, shifted and flipped at once from images that stay in memory."""

    def __init__(self, folder: Path, size: int) -> None:
        images, labels = read(folder)
        self.images, self.labels, self.size = torch.from_numpy(images), torch.from_numpy(labels), size

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for indices in torch.randperm(len(self.labels)).split(self.size):
            yield self.varied(self.images[indices]).float() / 127.5 - 1, self.labels[indices]

    @staticmethod
    def varied(images: Tensor) -> Tensor:
        count = len(images)
        padded = torch.nn.functional.pad(images, [SHIFT] * 4)
        steps = torch.arange(32)
        rows = steps + torch.randint(2 * SHIFT + 1, (count, 1))
        columns = torch.where(torch.rand(count, 1) < 0.5, steps, 31 - steps) + torch.randint(2 * SHIFT + 1, (count, 1))
        channels_last = padded.permute(0, 2, 3, 1)
        return channels_last[torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]].permute(
            0, 3, 1, 2)


class Loading:
    """`loading`: from nothing to the first batch. `assembly`: one batch after the other."""

    version = torch.__version__

    def __init__(self, job: Job) -> None:
        torch.set_num_threads(job.threads)
        self.form, self.size, self.kind = job.form, job.work["batchSize"], job.work["kind"]
        self.folder = Path(os.environ["SPARRING_BENCH_CIFAR10"])
        self.batches = self.endless()

    def check(self, steps: int) -> list[list[float]]:
        return []

    def open(self) -> Iterable:
        if self.form == "pytorch-tensors":
            return WholeBatches(self.folder, self.size)
        workers = int(self.form.removeprefix("pytorch-dataloader-"))
        return DataLoader(AugmentedImages(self.folder), self.size, shuffle=True, num_workers=workers)

    def measure(self, steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            next(iter(self.open()) if self.kind == "loading" else self.batches)
        return time.perf_counter() - start

    def endless(self) -> Iterator:
        loader = self.open()
        while True:
            yield from loader
