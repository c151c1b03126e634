#!/usr/bin/env python3
"""Keras 3 on TensorFlow: training steps as in its guides, `tf.function` with and without XLA."""

from __future__ import annotations

import os
import time
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file

import networks_keras as networks
from protocol import Job, Workload, serve


class KerasWorkload:
    """What every form of every work shares: weights, fixed inputs, random pixels, a clock."""

    version = f"{keras.__version__} on TensorFlow {tf.__version__}"

    def __init__(self, job: Job) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(job.threads)
        tf.config.threading.set_inter_op_parallelism_threads(job.threads)
        keras.utils.set_random_seed(1)
        keras.mixed_precision.set_global_policy("mixed_bfloat16" if "bf16" in job.form else "float32")
        self.work = job.work
        self.compiles = "jit" in job.form
        tensors = load_file(job.reference)
        self.inputs = {name.removeprefix("inputs."): v for name, v in tensors.items() if name.startswith("inputs.")}
        self.weights = {name: value for name, value in tensors.items() if not name.startswith("inputs.")}
        self.position = 0

    def function(self, body: Any) -> Any:
        return tf.function(body, jit_compile=self.compiles)

    def begin_anew(self) -> None:
        """The given weights, and optimisers without a past."""

    def check(self, steps: int) -> list[list[float]]:
        values = [self.checked(index) for index in range(steps)]
        self.begin_anew()
        return values

    def checked(self, index: int) -> list[float]:
        raise NotImplementedError

    def repeat(self) -> tf.Tensor:
        raise NotImplementedError

    def measure(self, steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            last = self.repeat()
        tf.nest.map_structure(lambda value: value.numpy(), last)
        return time.perf_counter() - start

    def given(self, name: str, index: int) -> tf.Tensor:
        value = self.inputs[name][index]
        return tf.constant(value.transpose(0, 2, 3, 1) if value.ndim == 4 else value)

    def next(self, pool: list[Any]) -> Any:
        self.position += 1
        return pool[self.position % len(pool)]

    @staticmethod
    def pool(count: int, sizes: dict[str, Any]) -> list[tf.Tensor]:
        shape = (count, sizes["imageSize"], sizes["imageSize"], sizes["channels"])
        pixels = np.random.default_rng(1).integers(256, size=(8, *shape))
        return [tf.constant(batch / 127.5 - 1, tf.float32) for batch in pixels]


class GANStep(KerasWorkload):
    """Both networks moved once from the same forward passes."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        sizes = self.work["generator"]
        self.generator, self.discriminator = networks.generator(sizes), networks.discriminator(sizes)
        self.begin_anew()
        self.latent_shape = (self.work["batchSize"], sizes["latentSize"])
        self.batches = self.pool(self.work["batchSize"], sizes)

    def begin_anew(self) -> None:
        self.optimizers = []
        for network, prefix in ((self.generator, "generator."), (self.discriminator, "discriminator.")):
            networks.load(network, self.weights, prefix)
            optimizer = keras.optimizers.Adam(self.work["learningRate"], beta_1=self.work["beta1"])
            optimizer.build(network.trainable_variables)
            self.optimizers.append(optimizer)
        self.step = self.function(self.train_step)

    def train_step(self, images: tf.Tensor, latents: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            fakes = self.generator(latents, training=True)
            real_logits = self.discriminator(images, training=True)
            fake_logits = self.discriminator(fakes, training=True)
            real_loss = cross_entropy(tf.ones_like(real_logits), real_logits)
            fake_loss = cross_entropy(tf.zeros_like(fake_logits), fake_logits)
            discriminator_loss = tf.reduce_mean(real_loss) + tf.reduce_mean(fake_loss)
            generator_loss = tf.reduce_mean(cross_entropy(tf.ones_like(fake_logits), fake_logits))
        of_generator = generator_tape.gradient(generator_loss, self.generator.trainable_variables)
        of_discriminator = discriminator_tape.gradient(discriminator_loss, self.discriminator.trainable_variables)
        self.optimizers[0].apply(of_generator, self.generator.trainable_variables)
        self.optimizers[1].apply(of_discriminator, self.discriminator.trainable_variables)
        return discriminator_loss, generator_loss

    def checked(self, index: int) -> list[float]:
        return [float(loss) for loss in self.step(self.given("images", index), self.given("latents", index))]

    def repeat(self) -> tuple[tf.Tensor, tf.Tensor]:
        return self.step(self.next(self.batches), tf.random.normal(self.latent_shape))


class SupervisedStep(KerasWorkload):
    """A classifier with Keras's own moving average of the weights."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        sizes, size = self.work["classifier"], self.work["batchSize"]
        self.classifier = networks.classifier(sizes)
        self.begin_anew()
        labels = np.random.default_rng(1).integers(sizes["classCount"], size=(8, size))
        self.batches = list(zip(self.pool(size, sizes), [tf.constant(row) for row in labels]))
        # XLA has no such interpolation: as in a `tf.data` pipeline, it stays outside the compiled step.
        self.augment = tf.function(self.augmented)

    def begin_anew(self) -> None:
        networks.load(self.classifier, self.weights, "classifier.")
        self.optimizer = keras.optimizers.AdamW(
            self.work["learningRate"], weight_decay=0.0, epsilon=1e-8, use_ema=True,
            ema_momentum=self.work["averageDecay"])
        self.optimizer.build(self.classifier.trainable_variables)
        self.step = self.function(self.train_step)

    def train_step(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = self.classifier(images, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        gradients = tape.gradient(loss, self.classifier.trainable_variables)
        self.optimizer.apply(gradients, self.classifier.trainable_variables)
        return loss

    def augmented(self, images: tf.Tensor) -> tf.Tensor:
        """One bilinear interpolation for rotation, scale, shear and shift; black appears at the border."""
        settings, count, center = self.work["augmentation"], tf.shape(images)[0], (images.shape[1] - 1) / 2

        def draw(largest: float) -> tf.Tensor:
            return tf.random.uniform([count], -largest, largest)

        angle, size = draw(settings["rotation"]) * (np.pi / 180), 1 + draw(settings["scale"])
        slant, shift = draw(settings["shear"]), settings["maximumShift"]
        cosine, sine = tf.cos(angle) / size, tf.sin(angle) / size
        a, b, c, d = cosine, slant * cosine - sine, sine, slant * sine + cosine
        across = draw(shift) + center - center * (a + b)
        down = draw(shift) + center - center * (c + d)
        zeros = tf.zeros_like(a)
        maps = tf.stack([a, b, across, c, d, down, zeros, zeros], 1)
        return keras.ops.image.affine_transform(images, maps, fill_mode="constant", fill_value=-1.0)

    def checked(self, index: int) -> list[float]:
        return [float(self.step(self.given("images", index), self.given("labels", index)))]

    def repeat(self) -> tf.Tensor:
        images, labels = self.next(self.batches)
        return self.step(self.augment(images), labels)


class Inference(KerasWorkload):
    """Batches through a network in inference mode."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        name, given = ("generator", "latents") if self.work["kind"] == "generate" else ("classifier", "images")
        self.network = getattr(networks, name)(self.work[name])
        networks.load(self.network, self.weights, name + ".")
        self.infer = self.function(lambda batch: self.network(batch, training=False))
        self.batches = [self.given(given, index) for index in range(len(self.inputs[given]))]

    def checked(self, index: int) -> list[float]:
        result = self.infer(self.batches[index]).numpy()
        result = result.transpose(0, 3, 1, 2) if result.ndim == 4 else result
        flat = np.ascontiguousarray(result).ravel()
        return [float(np.sqrt(np.mean(flat**2))), *flat[:: len(flat) // 15][:15].tolist()]

    def repeat(self) -> tf.Tensor:
        return self.infer(self.next(self.batches))


WORKS = {"gan": GANStep, "supervised": SupervisedStep, "generate": Inference, "classify": Inference}


def make(job: Job) -> Workload:
    return WORKS[job.work["kind"]](job)


if __name__ == "__main__":
    serve(make)
