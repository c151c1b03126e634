#!/usr/bin/env python3
"""Holds `sparring measure` to NumPy and SciPy on the same features.

    python3 -m venv /tmp/check && /tmp/check/bin/pip install scipy==1.17.1
    ./sparring measure SUBJECT --against REFERENCE --export-features features.safetensors
    /tmp/check/bin/python Scripts/check-measures.py features.safetensors

Fréchet distance: scipy.linalg.sqrtm of the product of the covariances, as the paper's program has it. Kernel distance: all
pairs at once. Precision, recall, density and coverage: scipy.spatial.distance.cdist and the definitions. Ends with status 1
where a figure differs by more than 0.1%.
"""

import json
import pathlib
import sys

import numpy as np
from scipy import linalg, stats
from scipy.spatial.distance import cdist

TOLERANCE = 1e-3


def read(path):
    """The tensors of a safetensors file of float32, and its metadata."""
    data = pathlib.Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", f"{name} is {entry['dtype']}"
        first, last = (8 + length + place for place in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[first:last], "<f4").reshape(entry["shape"]).astype(np.float64)
    return tensors, metadata


def frechet(x, y):
    # From centred features: `np.cov` of both at once would hold their copies, too.
    def covariance(rows):
        centred = rows - rows.mean(0)
        return centred.T @ centred / (len(rows) - 1)

    first, second = covariance(x), covariance(y)
    gap = x.mean(0) - y.mean(0)
    root = linalg.sqrtm(first @ second)
    if isinstance(root, tuple):
        root = root[0]
    return gap @ gap + np.trace(first) + np.trace(second) - 2 * np.trace(root).real


def discrepancy(x, y):
    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    def among(rows):
        values = kernel(rows, rows)
        return (values.sum() - np.trace(values)) / (len(rows) * (len(rows) - 1))

    return among(x) + among(y) - 2 * kernel(x, y).mean()


def half_interval(x, y):
    size = min(1000, min(len(x), len(y)) // 10)
    parts = [discrepancy(x[i : i + size], y[i : i + size]) for i in range(0, min(len(x), len(y)) - size + 1, size)]
    return stats.t.ppf(0.975, len(parts) - 1) * np.std(parts, ddof=1) / np.sqrt(len(parts))


def neighbours(x, y, k=3, density_k=5):
    """x is generated, y is real."""

    def radius(rows, k):
        return np.partition(cdist(rows, rows), k, axis=1)[:, k]

    far, wide = cdist(x, y), radius(y, density_k)
    return {
        "precision": (far < radius(y, k)).any(1).mean(),
        "recall": (far < radius(x, k)[:, None]).any(0).mean(),
        "density": (far < wide).sum(1).mean() / density_k,
        "coverage": (far.min(0) < wide).mean(),
    }


if len(sys.argv) != 2:
    sys.exit(f"usage: {sys.argv[0]} FEATURES.safetensors (written by sparring measure --export-features)")
tensors, metadata = read(sys.argv[1])
made, real = tensors["generated"], tensors["reference"]
own = json.loads(metadata["measures"])
expected = {"frechetDistance": frechet(made, real), "kernelDistance": discrepancy(made, real), **neighbours(made, real)}
half = half_interval(made, real)
expected["kernelInterval.low"] = expected["kernelDistance"] - half
expected["kernelInterval.high"] = expected["kernelDistance"] + half
passed = True
for name, value in expected.items():
    found = own
    for key in name.split("."):
        found = found[key]
    # An end of the interval may lie near zero, where a share of it says nothing: it is held to the distance's size.
    scale = max(abs(value), abs(expected["kernelDistance"])) if name.startswith("kernelInterval") else abs(value)
    deviation = abs(found - value) / scale if scale > 0 else abs(found - value)
    passed = passed and deviation <= TOLERANCE
    print(f"{name:20} sparring {found:12.6g}   SciPy {value:12.6g}   differ by {deviation:.1e}")
print("every figure agrees within 0.1%" if passed else "a figure differs by more than 0.1%")
sys.exit(0 if passed else 1)
