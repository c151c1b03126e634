#!/usr/bin/env python3
"""Draws docs/collapse.png: two runs' sample distances over their steps, what the first drew last and the second at its best.

    ./sparring train fashion-mnist-collapse --name plain --against fashion-mnist-watched --threads 1
    python3 -m venv /tmp/draw && /tmp/draw/bin/pip install matplotlib pillow
    /tmp/draw/bin/python Scripts/collapse-picture.py runs/plain runs/plain-against-fashion-mnist-watched docs/collapse.png
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from PIL import Image

folders, target = [pathlib.Path(name) for name in sys.argv[1:3]], sys.argv[3]
figure, places = plt.subplots(1, 3, figsize=(10, 3.4), width_ratios=[1.5, 1, 1], dpi=90)
for folder, name, color, place in zip(folders, ["unwatched", "watched"], ["#b4492f", "#1f6f8b"], places[1:]):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    points = [(line["step"], line["values"]["sample-distance"]) for line in lines if line["kind"] == "measurement"]
    places[0].plot(*zip(*points), color=color, label=name)
    step = min(points, key=lambda point: point[1])[0] if name == "watched" else points[-1][0]
    place.imshow(Image.open(folder / "samples" / f"step-{step:06d}.png").convert("L"), cmap="gray", vmin=0, vmax=255)
    place.set_title(f"{name}, {'its best, ' if name == 'watched' else 'at the end, '}step {step:,}", fontsize=9)
    place.axis("off")
places[0].set_yscale("log")
places[0].set_xlabel("step", fontsize=9)
places[0].set_title("kernel distance of samples over random features", fontsize=9)
places[0].tick_params(labelsize=8)
places[0].legend(fontsize=8, frameon=False)
figure.tight_layout()
figure.savefig(target)
image = Image.open(target).convert("RGB").quantize(48)
image.save(target, optimize=True)
print(f"{target}: {pathlib.Path(target).stat().st_size:,} bytes")
