"""How a PyTorch user may run the same work, from the plain form to everything tuned."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterable

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from protocol import Job


@dataclass(frozen=True)
class Form:
    """What is switched on."""

    tuned: bool = True
    """Channels-last, bf16 autocast, fused optimisers, no gradients that nobody reads."""
    mode: str | None = None
    """The mode of `torch.compile`; None runs eagerly."""

    def compiled(self, function: Callable) -> Callable:
        """Compiles where the form does; `torch.autograd.grad` inside becomes part of the graph."""
        return torch.compile(function, mode=self.mode) if self.mode else function


FORMS = {
    "pytorch-eager": Form(tuned=False),
    "pytorch-tuned": Form(),
    "pytorch-compile": Form(mode="default"),
    "pytorch-compile-max": Form(mode="max-autotune"),
}


def prepare_process(job: Job, form: Form) -> None:
    torch.set_num_threads(job.threads)
    torch.manual_seed(1)
    if form.tuned:
        torch.set_flush_denormal(True)
    if form.mode:
        # Importing the compiler takes seconds that the other forms need not wait for.
        from torch._dynamo import config as tracing
        from torch._inductor import config as compiling

        # A whole training step in one graph: only what is asked of it is differentiated.
        tracing.trace_autograd_ops = True
        compiling.freezing = job.work["kind"] in ("generate", "classify")


class TorchWorkload:
    """What every PyTorch form of every work shares: weights, fixed inputs, a pool of random ones, a clock."""

    version = torch.__version__

    def __init__(self, job: Job, form: Form) -> None:
        self.job, self.form, self.work = job, form, job.work
        self.device = torch.device(job.device)
        tensors = load_file(job.reference)
        self.inputs = {
            name.removeprefix("inputs."): value for name, value in tensors.items() if name.startswith("inputs.")
        }
        self.weights = {name: value for name, value in tensors.items() if not name.startswith("inputs.")}
        self.position = 0

    def placed(self, network: nn.Module) -> nn.Module:
        return network.to(self.device, memory_format=self.memory_format)

    @property
    def memory_format(self) -> torch.memory_format:
        return torch.channels_last if self.form.tuned else torch.contiguous_format

    def images(self, images: Tensor) -> Tensor:
        return images.to(self.device, memory_format=self.memory_format)

    def autocast(self) -> contextlib.AbstractContextManager:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.form.tuned)

    def pool(self, *shape: int, count: int = 8) -> list[Tensor]:
        """Batches of random pixels on [-1, 1], on the device as the data would be."""
        return [(torch.randint(256, shape) / 127.5 - 1).to(self.device) for _ in range(count)]

    def next(self, pool: list[Any]) -> Any:
        self.position += 1
        return pool[self.position % len(pool)]

    def repeat(self) -> Any:
        """One repetition of the work; what it returns is waited for."""
        raise NotImplementedError

    def measure(self, steps: int) -> float:
        self.synchronize()
        start = time.perf_counter()
        for _ in range(steps):
            self.repeat()
        self.synchronize()
        return time.perf_counter() - start

    def synchronize(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def apply(optimizer: torch.optim.Optimizer, parameters: Iterable[nn.Parameter], gradients: Iterable[Tensor]) -> None:
    """One step from gradients that no backward pass has put in place."""
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = gradient
    optimizer.step()


class MovingAverage:
    """Averages of a network's parameters whose decay warms up; buffers are copied."""

    def __init__(self, average: nn.Module, network: nn.Module, decay: float) -> None:
        self.average = average.eval().requires_grad_(False)
        self.decay, self.age = decay, 0
        self.parameters = [(a.data, p.data) for a, p in zip(average.parameters(), network.parameters())]
        self.buffers = list(zip(average.buffers(), network.buffers()))

    @torch.no_grad()
    def update(self) -> None:
        share = 1 - min(self.decay, (1 + self.age) / (10 + self.age))
        averages, parameters = zip(*self.parameters)
        torch._foreach_lerp_(averages, parameters, share)
        for average, buffer in self.buffers:
            average.copy_(buffer)
        self.age += 1
