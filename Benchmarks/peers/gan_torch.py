"""The DCGAN's training step."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from forms_torch import Form, TorchWorkload, apply
from networks_torch import Discriminator, Generator, load
from protocol import Job


class GANStep(TorchWorkload):
    """Both networks moved once from the same forward passes."""

    def __init__(self, job: Job, form: Form) -> None:
        super().__init__(job, form)
        sizes = self.work["generator"]
        self.generator, self.discriminator = Generator(sizes), Discriminator(sizes)
        self.begin_anew()
        self.latent_shape = (self.work["batchSize"], sizes["latentSize"])
        self.batches = self.pool(self.work["batchSize"], sizes["channels"], sizes["imageSize"], sizes["imageSize"])
        self.gradients = form.compiled(self.losses_and_gradients)

    def begin_anew(self) -> None:
        """The given weights, and optimisers without a past."""
        load(self.generator, self.weights, "generator.")
        load(self.discriminator, self.weights, "discriminator.")
        for network in (self.generator, self.discriminator):
            self.placed(network)
        self.generator_parameters = list(self.generator.parameters())
        self.discriminator_parameters = list(self.discriminator.parameters())
        self.generator_optimizer = self.adam(self.generator_parameters)
        self.discriminator_optimizer = self.adam(self.discriminator_parameters)

    def adam(self, parameters: list[torch.nn.Parameter]) -> torch.optim.Adam:
        # PyTorch adds epsilon after the bias correction, Keras and Sparring before: with 1e-7 the first losses
        # agree to the check's tolerance.
        fused = {"fused": True} if self.form.tuned else {}
        return torch.optim.Adam(
            parameters, lr=self.work["learningRate"], betas=(self.work["beta1"], 0.999), eps=1e-7, **fused)

    def check(self, steps: int) -> list[list[float]]:
        values = []
        for images, latents in zip(self.inputs["images"][:steps], self.inputs["latents"][:steps]):
            losses = self.step(images.to(self.device), latents.to(self.device))
            values.append([loss.item() for loss in losses])
        self.begin_anew()
        return values

    def repeat(self) -> None:
        self.step(self.next(self.batches), torch.randn(self.latent_shape, device=self.device))

    def step(self, images: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:
        """The losses of the discriminator and of the generator, before the change."""
        if not self.form.tuned:
            return self.official_step(images, latents)
        if self.form.mode:
            # The last step's gradients, which the optimisers still hold, may be overwritten.
            torch.compiler.cudagraph_mark_step_begin()
        *losses, of_discriminator, of_generator = self.gradients(images, latents)
        apply(self.discriminator_optimizer, self.discriminator_parameters, of_discriminator)
        apply(self.generator_optimizer, self.generator_parameters, of_generator)
        return tuple(losses)

    def losses_and_gradients(self, images: Tensor, latents: Tensor) -> tuple:
        with self.autocast():
            fakes = self.generator(latents)
            real_logits = self.discriminator(self.images(images)).float()
            fake_logits = self.discriminator(fakes).float()
        discriminator_loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()
        generator_loss = softplus(-fake_logits).mean()
        of_discriminator = torch.autograd.grad(
            discriminator_loss, self.discriminator_parameters, retain_graph=True)
        of_generator = torch.autograd.grad(generator_loss, self.generator_parameters)
        return discriminator_loss.detach(), generator_loss.detach(), of_discriminator, of_generator

    def official_step(self, images: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:
        """As in PyTorch's DCGAN example: a pass over the real images, one over the detached fakes, one more over
        the fakes for the generator. Only the order differs: both optimisers step at the end, so the generator's
        pass comes first and what it leaves in the discriminator's gradients is cleared."""
        ones = torch.ones(len(images), 1, device=self.device)
        zeros = torch.zeros(len(images), 1, device=self.device)
        criterion = binary_cross_entropy_with_logits
        fakes = self.generator(latents)

        self.generator.zero_grad()
        generator_loss = criterion(self.discriminator(fakes), ones)
        generator_loss.backward()

        self.discriminator.zero_grad()
        real_loss = criterion(self.discriminator(images), ones)
        real_loss.backward()
        fake_loss = criterion(self.discriminator(fakes.detach()), zeros)
        fake_loss.backward()

        self.discriminator_optimizer.step()
        self.generator_optimizer.step()
        return (real_loss + fake_loss).detach(), generator_loss.detach()
