#!/usr/bin/env python3
"""Makes a folder of small photographs for the figures of docs/complete-and-enhance.md: random square crops of large ones, those
for testing of photographs that are not trained on.

    apt-get download mate-backgrounds && dpkg -x mate-backgrounds_*.deb photographs
    python3 -m venv /tmp/crop && /tmp/crop/bin/pip install pillow
    /tmp/crop/bin/python Scripts/photograph-crops.py crops --size 64 --train 1500 --test 200 photographs/usr/share/backgrounds/mate/nature/*.jpg
"""

import argparse
import pathlib
import random

from PIL import Image

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", type=pathlib.Path, help="where train/ and test/ are made")
parser.add_argument("photographs", type=pathlib.Path, nargs="+")
parser.add_argument("--size", type=int, default=64, help="height and width of a crop (64)")
parser.add_argument("--train", type=int, default=1500, help="crops to train on")
parser.add_argument("--test", type=int, default=200, help="crops to test on")
parser.add_argument("--test-photographs", type=int, default=4, help="of so many photographs, the last by name (4)")
parser.add_argument("--seed", type=int, default=1)
choices = parser.parse_args()

photographs = sorted(choices.photographs, key=lambda path: path.name)
if len(photographs) <= choices.test_photographs:
    parser.error(f"{len(photographs)} photographs, of which {choices.test_photographs} are for testing: give more")
draw = random.Random(choices.seed)
parts = {
    "train": (photographs[: -choices.test_photographs], choices.train),
    "test": (photographs[-choices.test_photographs :], choices.test),
}
for name, (sources, count) in parts.items():
    (choices.folder / name).mkdir(parents=True, exist_ok=True)
    images = [Image.open(path).convert("RGB") for path in sources]
    for index in range(count):
        image = images[index % len(images)]
        # From the crop's own size to five times that, as far as the photograph goes.
        side = min(*image.size, draw.randint(choices.size, 5 * choices.size))
        left, top = draw.randint(0, image.width - side), draw.randint(0, image.height - side)
        crop = image.crop((left, top, left + side, top + side)).resize((choices.size, choices.size), Image.Resampling.LANCZOS)
        crop.save(choices.folder / name / f"{index:05}.png")
    print(f"{count} crops of {len(images)} photographs in {choices.folder / name}")
