#!/usr/bin/env python3
"""Draws docs/convergence.png: for each group of runs the Fréchet Inception distances of their checkpoints against the time of one
core and against images seen, and what each drew last. The time of a step is that of a run's quiet stretches, so that a busy
machine changes nothing.

    ./sparring measure runs/ONE --every-checkpoint --samples 2000 --references 5000 --against train       # and so on
    python3 -m venv /tmp/draw && /tmp/draw/bin/pip install matplotlib pillow
    /tmp/draw/bin/python Scripts/convergence-picture.py docs/convergence.png CIFAR-10=runs/ONE,runs/TWO,runs/THREE …
"""

import json
import pathlib
import statistics
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import matplotlib.ticker
from PIL import Image

COLORS = ["#b4492f", "#c79a2b", "#1f6f8b"]
NAMES = ["Keras's DCGAN", "relativistic-gan", "gan as it is"]


def seconds_per_step(folder: pathlib.Path) -> float:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    steps = [(line["step"], line["seconds"]) for line in lines if line["kind"] == "step"]
    costs = ((b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(steps, steps[1:]) if b[0] > a[0])
    return statistics.quantiles(costs, n=10)[0]


def distances(folder: pathlib.Path) -> list[tuple[int, float]]:
    records = json.loads((folder / "measures.json").read_text())
    found = [record for record in records if record["measures"]["compared"]["extractor"].startswith("Inception")]
    return sorted((record["step"], record["measures"]["frechetDistance"]) for record in found)


def batch_size(folder: pathlib.Path) -> int:
    lines = (folder / "config.yaml").read_text().splitlines()
    return next(int(line.split(":")[1]) for line in lines if line.strip().startswith("batchSize:"))


target, groups = sys.argv[1], [argument.split("=") for argument in sys.argv[2:]]
ratios = [1.35, 1.35] + [1] * len(NAMES)
figure, places = plt.subplots(len(groups), len(ratios), figsize=(15.5, 3.1 * len(groups)), width_ratios=ratios, dpi=80, squeeze=False)
for row, (title, folders) in zip(places, groups):
    for folder, name, color, place in zip(map(pathlib.Path, folders.split(",")), NAMES, COLORS, row[2:]):
        cost, batch, found = seconds_per_step(folder), batch_size(folder), distances(folder)
        values = [value for _, value in found]
        row[0].plot([step * cost / 60 for step, _ in found], values, color=color, label=name, marker=".")
        row[1].plot([step * batch / 1000 for step, _ in found], values, color=color, label=name, marker=".")
        samples = sorted((folder / "samples").glob("step-*.png"), key=lambda path: int(path.stem[5:]))
        place.imshow(Image.open(samples[-1]).convert("RGB"))
        place.set_title(f"{name}, step {int(samples[-1].stem[5:]):,}", fontsize=9)
        place.axis("off")
        print(f"{title}, {name}: {cost * 1000:.0f} ms a step; {found}")
    row[0].set_xlabel("minutes of one core", fontsize=9)
    row[1].set_xlabel("thousand images seen", fontsize=9)
    for chart in row[:2]:
        chart.set_title(f"{title}: Fréchet Inception distance", fontsize=9)
        chart.set_yscale("log")
        for axis in (chart.yaxis.set_major_formatter, chart.yaxis.set_minor_formatter):
            axis(matplotlib.ticker.FormatStrFormatter("%g"))
        chart.tick_params(labelsize=8, which="both")
        chart.legend(fontsize=8, frameon=False)
figure.tight_layout()
figure.savefig(target)
Image.open(target).convert("RGB").quantize(160).save(target, optimize=True)
print(f"{target}: {pathlib.Path(target).stat().st_size:,} bytes")
