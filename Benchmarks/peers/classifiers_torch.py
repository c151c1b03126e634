"""The steps that train a classifier: on labels alone, and against a generator."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, softplus

from augmentation_torch import augmented
from forms_torch import Form, MovingAverage, TorchWorkload, apply
from networks_torch import Classifier, Generator, load
from protocol import Job


class ClassifierWorkload(TorchWorkload):
    """The averaged classifier and its optimiser, which both steps have."""

    def __init__(self, job: Job, form: Form) -> None:
        super().__init__(job, form)
        self.classifier = Classifier(self.work["classifier"])
        self.averaged = Classifier(self.work["classifier"])
        self.augments = False
        self.augmentation = form.compiled(lambda images: augmented(images, self.work["augmentation"]))
        self.begin_anew()

    def begin_anew(self) -> None:
        for network in (self.classifier, self.averaged):
            load(network, self.weights, "classifier.")
            self.placed(network)
        self.parameters = list(self.classifier.parameters())
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=self.work["learningRate"], weight_decay=0, **self.fused)
        self.average = MovingAverage(self.averaged, self.classifier, self.work["averageDecay"])

    @property
    def fused(self) -> dict[str, bool]:
        return {"fused": True} if self.form.tuned else {}

    def check(self, steps: int) -> list[list[float]]:
        """Without augmentation, whose random numbers no two libraries share."""
        self.augments = False
        values = []
        for index in range(steps):
            given = {name: tensors[index].to(self.device) for name, tensors in self.inputs.items()}
            values.append([loss.item() for loss in self.step(**given)])
        self.begin_anew()
        self.augments = True
        return values

    def varied(self, images: Tensor) -> Tensor:
        return self.augmentation(images) if self.augments else images

    def random_images(self, count: int) -> list[Tensor]:
        sizes = self.work["classifier"]
        return self.pool(count, sizes["channels"], sizes["imageSize"], sizes["imageSize"])

    def random_labels(self, count: int) -> list[Tensor]:
        classes = self.work["classifier"]["classCount"]
        return [torch.randint(classes, (count,), device=self.device) for _ in range(8)]


class SupervisedStep(ClassifierWorkload):
    def __init__(self, job: Job, form: Form) -> None:
        super().__init__(job, form)
        size = self.work["batchSize"]
        self.batches = list(zip(self.random_images(size), self.random_labels(size)))
        self.gradients = form.compiled(self.loss_and_gradients)

    def repeat(self) -> None:
        self.step(*self.next(self.batches))

    def step(self, images: Tensor, labels: Tensor) -> list[Tensor]:
        images = self.varied(images)
        if self.form.tuned:
            loss, gradients = self.gradients(images, labels)
            apply(self.optimizer, self.parameters, gradients)
        else:
            self.optimizer.zero_grad()
            loss = cross_entropy(self.classifier(images), labels)
            loss.backward()
            self.optimizer.step()
        self.average.update()
        return [loss]

    def loss_and_gradients(self, images: Tensor, labels: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        with self.autocast():
            logits = self.classifier(self.images(images))
        loss = cross_entropy(logits.float(), labels)
        return loss.detach(), torch.autograd.grad(loss, self.parameters)


class SemiSupervisedStep(ClassifierWorkload):
    """A classifier that is also the discriminator, taught by its own moving average."""

    def __init__(self, job: Job, form: Form) -> None:
        self.generator = Generator(job.work["generator"])
        super().__init__(job, form)
        self.options = self.work["options"]
        labelled, unlabelled = self.options["labelledBatchSize"], self.options["unlabelledBatchSize"]
        self.batches = list(
            zip(self.random_images(labelled), self.random_labels(labelled), self.random_images(unlabelled)))
        self.latent_shape = (self.options["generator"]["batchSize"], self.work["generator"]["latentSize"])
        self.gradients = form.compiled(self.losses_and_gradients)
        self.teach = form.compiled(self.teacher)

    def begin_anew(self) -> None:
        super().begin_anew()
        load(self.generator, self.weights, "generator.")
        self.placed(self.generator)
        self.generator_parameters = list(self.generator.parameters())
        options = self.work["options"]
        self.generator_optimizer = torch.optim.Adam(
            self.generator_parameters, lr=options["generator"]["learningRate"],
            betas=(options["generator"]["beta1"], 0.999), **self.fused)
        classes = self.work["classifier"]["classCount"]
        self.class_shares = torch.full((classes,), 1 / classes, device=self.device)

    def repeat(self) -> None:
        self.step(*self.next(self.batches), torch.randn(self.latent_shape, device=self.device))

    def step(self, images: Tensor, labels: Tensor, unlabelled: Tensor, latents: Tensor) -> list[Tensor]:
        with torch.no_grad():
            targets, weights = self.teach(unlabelled, self.class_shares)
        everything = torch.cat([self.varied(images), self.varied(unlabelled)])
        if self.form.tuned:
            losses, of_classifier, of_generator = self.gradients(everything, labels, targets, weights, latents)
            apply(self.generator_optimizer, self.generator_parameters, of_generator)
            apply(self.optimizer, self.parameters, of_classifier)
        else:
            losses = self.plain_step(everything, labels, targets, weights, latents)
        self.average.update()
        return losses

    def teacher(self, images: Tensor, class_shares: Tensor) -> tuple[Tensor, Tensor]:
        """The average's labels for images as they are, corrected towards equally frequent classes, and whether
        each is sure enough to count."""
        with self.autocast():
            logits = self.averaged(self.images(images))
        probabilities = logits.float().softmax(1)
        class_shares.lerp_(probabilities.mean(0), 0.05)
        aligned = probabilities / class_shares
        confidence, targets = (aligned / aligned.sum(1, keepdim=True)).max(1)
        return targets, (confidence >= self.options["pseudoLabelThreshold"]).float()

    def losses_and_gradients(
        self, images: Tensor, labels: Tensor, targets: Tensor, weights: Tensor, latents: Tensor
    ) -> tuple[list[Tensor], tuple[Tensor, ...], tuple[Tensor, ...]]:
        with self.autocast():
            features = self.classifier.features(self.images(images))
            logits = self.classifier.output(features).float()
            fake_features = self.classifier.features(self.generator(latents), moves_statistics=False)
            fake_logits = self.classifier.output(fake_features).float()
        labelled, classifier, discriminator = self.classifier_losses(logits, fake_logits, labels, targets, weights)
        generator = feature_matching(features[len(labels):].detach(), fake_features)
        of_classifier = torch.autograd.grad(classifier, self.parameters, retain_graph=True)
        of_generator = torch.autograd.grad(generator, self.generator_parameters)
        losses = [loss.detach() for loss in (labelled, discriminator, generator)]
        return losses, of_classifier, of_generator

    def plain_step(
        self, images: Tensor, labels: Tensor, targets: Tensor, weights: Tensor, latents: Tensor
    ) -> list[Tensor]:
        """With `backward()`: the generator's pass first, whose gradients in the classifier are cleared."""
        features = self.classifier.features(images)
        logits = self.classifier.output(features)
        fakes = self.generator(latents)

        self.generator_optimizer.zero_grad()
        generator = feature_matching(
            features[len(labels):].detach(), self.classifier.features(fakes, moves_statistics=False))
        generator.backward()

        self.optimizer.zero_grad()
        fake_logits = self.classifier.output(self.classifier.features(fakes.detach(), moves_statistics=False))
        labelled, classifier, discriminator = self.classifier_losses(logits, fake_logits, labels, targets, weights)
        classifier.backward()

        self.generator_optimizer.step()
        self.optimizer.step()
        return [labelled, discriminator, generator]

    def classifier_losses(
        self, logits: Tensor, fake_logits: Tensor, labels: Tensor, targets: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Of the labelled images, of everything, and of telling real from generated images."""
        unlabelled = logits[len(labels):]
        labelled = cross_entropy(logits[: len(labels)], labels)
        agreement = (cross_entropy(unlabelled, targets, reduction="none") * weights).mean()
        real, fake = unlabelled.logsumexp(1), fake_logits.logsumexp(1)
        discriminator = (softplus(-real).mean() + softplus(fake).mean()) * 0.5
        options = self.options
        total = labelled + agreement * options["pseudoLabelWeight"] + discriminator * options["adversarialWeight"]
        return labelled, total, discriminator


def feature_matching(real: Tensor, fake: Tensor) -> Tensor:
    return (real.float().mean(0) - fake.float().mean(0)).square().mean()
