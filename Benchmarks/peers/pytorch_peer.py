#!/usr/bin/env python3
"""PyTorch's side of the bench."""

from classifiers_torch import SemiSupervisedStep, SupervisedStep
from forms_torch import FORMS, prepare_process
from gan_torch import GANStep
from inference_torch import Inference
from protocol import Job, Workload, serve

WORKS = {
    "gan": GANStep,
    "supervised": SupervisedStep,
    "semiSupervised": SemiSupervisedStep,
    "generate": Inference,
    "classify": Inference,
}


def make(job: Job) -> Workload:
    if job.work["kind"] in ("loading", "assembly"):
        from loading_torch import Loading

        return Loading(job)
    form = FORMS[job.form]
    prepare_process(job, form)
    return WORKS[job.work["kind"]](job, form)


if __name__ == "__main__":
    serve(make)
