#!/usr/bin/env python3
"""Holds an exported classifier to the program's own answers, picture by picture.

    python3 -m venv /tmp/check && /tmp/check/bin/pip install onnxruntime numpy pillow torch safetensors
    /tmp/check/bin/python Scripts/check-export.py RUN PICTURES

RUN is a run that `sparring export` was called for, PICTURES a folder. The pictures are prepared by Pillow, so that those
that have to be scaled may differ in a byte here and there; torch is used where it is installed.
"""

import csv
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

run, folder = Path(sys.argv[1]), sys.argv[2]
root = Path(__file__).resolve().parents[1]
text = subprocess.run(
    [root / "sparring", "classify", run, folder, "--format", "csv"], check=True, capture_output=True, text=True).stdout
rows = list(csv.reader(text.splitlines()))
names, own = rows[0][3:], np.array([[float(x) for x in row[3:]] for row in rows[1:]])
files = [row[0] for row in rows[1:]]

session = onnxruntime.InferenceSession(str(run / "export" / "classifier.onnx"))
metadata = session.get_modelmeta().custom_metadata_map
assert json.loads(metadata["classes"]) == names, "the classes differ"
assert metadata["fit"] == "crop", "this check crops"
_, channels, height, width = session.get_inputs()[0].shape


def pixels(path):
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    share = min(picture.width / width, picture.height / height)
    part = (width * share, height * share)
    left, top = (picture.width - part[0]) // 2, (picture.height - part[1]) // 2
    picture = picture.resize((width, height), Image.BILINEAR, (left, top, left + part[0], top + part[1]))
    array = np.asarray(picture.convert("RGB" if channels == 3 else "L"))
    return array.reshape(height, width, channels).transpose(2, 0, 1)


batches = [np.stack([pixels(path) for path in files[start : start + 500]]) for start in range(0, len(files), 500)]
onnx = np.concatenate([session.run(["probabilities"], {"pixels": batch})[0] for batch in batches])


def compare(name, answers):
    same = (answers.argmax(1) == own.argmax(1)).mean()
    largest = np.abs(answers - own).max()
    print(f"{name}: {len(files)} pictures, the same class for {same:.2%}, probabilities differ by at most {largest:.4f}")
    return same >= 0.999


passed = compare("onnxruntime", onnx)
if importlib.util.find_spec("torch") and importlib.util.find_spec("safetensors"):
    specification = importlib.util.spec_from_file_location("classifier", run / "export" / "classifier.py")
    classifier = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(classifier)
    parts = [classifier.probabilities(files[start : start + 500]).numpy() for start in range(0, len(files), 500)]
    passed &= compare("classifier.py", np.concatenate(parts))
else:
    print("classifier.py: not checked, since torch or safetensors is not installed")
sys.exit(0 if passed else 1)
