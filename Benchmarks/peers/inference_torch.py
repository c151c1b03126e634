"""Generation and classification without gradients."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from forms_torch import Form, TorchWorkload
from networks_torch import Classifier, Generator, load
from protocol import Job


def folded(network: nn.Module) -> nn.Module:
    """A copy whose batch normalisations are part of the weights before them."""
    network = copy.deepcopy(network)
    transposed = isinstance(network, Generator)
    layers = network.upsamplings if transposed else network.convolutions
    for index, norm in enumerate(network.norms):
        layers[index] = fuse_conv_bn_eval(layers[index], norm, transpose=transposed)
        network.norms[index] = nn.Identity()
    if transposed:
        network.projection = fuse_linear_bn_eval(network.projection, network.projection_norm)
        network.projection_norm = nn.Identity()
    return network


class Inference(TorchWorkload):
    """Batches through a network: bf16 throughout where the form is tuned."""

    def __init__(self, job: Job, form: Form) -> None:
        super().__init__(job, form)
        generates = self.work["kind"] == "generate"
        prefix = "generator." if generates else "classifier."
        network = (Generator if generates else Classifier)(self.work[prefix[:-1]]).eval()
        load(network, self.weights, prefix)
        network = folded(network).to(torch.bfloat16) if form.tuned else network
        self.network = form.compiled(self.placed(network))
        self.given = self.inputs["latents" if generates else "images"]
        self.batches = [batch.to(self.device) for batch in self.given]

    def check(self, steps: int) -> list[list[float]]:
        return [fingerprint(self.infer(batch)) for batch in self.batches[:steps]]

    def repeat(self) -> None:
        self.infer(self.next(self.batches))

    @torch.inference_mode()
    def infer(self, batch: Tensor) -> Tensor:
        if batch.dim() == 4:
            batch = self.images(batch)
        return self.network(batch.bfloat16() if self.form.tuned else batch).float()


def fingerprint(result: Tensor) -> list[float]:
    """The root of the mean square and fifteen elements, evenly spread."""
    flat = result.float().cpu().contiguous().flatten()
    return [flat.square().mean().sqrt().item(), *flat[:: len(flat) // 15][:15].tolist()]
