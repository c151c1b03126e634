#!/usr/bin/env python3
"""What scikit-image, OpenCV and scikit-learn reach on a run's very labels: beside handcrafted-hog and handcrafted-sift.

    python3 -m venv /tmp/handcrafted
    /tmp/handcrafted/bin/pip install -r Benchmarks/peers/requirements-handcrafted.txt
    ./sparring train handcrafted-hog --labels 1000 --set dataset.heldOut=5000 --name hog
    /tmp/handcrafted/bin/python Benchmarks/peers/handcrafted_sklearn.py hog runs/hog FOLDER

FOLDER holds the four files of MNIST or of its like. The labelled images are those of the run's split.json; C is chosen on
the held-out images of that split, and the test images are looked at once, with that C.

hog:  skimage.feature.hog (9 orientations, cells of 4x4 pixels, blocks of 2x2 cells, L2-Hys) and LinearSVC.
hog-opencv: OpenCV's HOGDescriptor of the same sizes, which shares a pixel between neighbouring cells and orientations.
sift: OpenCV's SIFT descriptors, upright, on a grid, their square roots after division by the sum; KMeans; counts in the
      whole image and its four quarters, square roots, length 1; LinearSVC. Bins, step and words as the run has them.
"""

import argparse
import gzip
import json
import pathlib

import numpy as np


def idx(folder, name):
    path = pathlib.Path(folder) / name
    data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(name + ".gz").read_bytes())
    sizes = np.frombuffer(data, ">i4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(sizes)


def hog_features(images):
    from skimage.feature import hog

    return np.stack([
        hog(image, orientations=9, pixels_per_cell=(4, 4), cells_per_block=(2, 2), block_norm="L2-Hys")
        for image in images]).astype(np.float32)


def opencv_hog_features(images):
    import cv2

    height, width = (side // 4 * 4 for side in images.shape[1:])
    descriptor = cv2.HOGDescriptor((width, height), (8, 8), (4, 4), (4, 4), 9)
    return np.stack([
        descriptor.compute(np.ascontiguousarray(image[:height, :width])).ravel() for image in images]).astype(np.float32)


class Words:
    def __init__(self, vocabulary_images, words, bins, step, seed):
        import cv2
        from sklearn.cluster import KMeans

        self.sift, (height, width) = cv2.SIFT_create(), vocabulary_images.shape[1:]
        # OpenCV's bins are 3 times half a keypoint's size; patches lie inside the image as far as bin centres go.
        self.points = [
            cv2.KeyPoint(float(x), float(y), 2 * size / 3, 0)
            for size in bins
            for y in np.arange(1.5 * size, height - 1.5 * size, step)
            for x in np.arange(1.5 * size, width - 1.5 * size, step)]
        self.places = np.array([[p.pt[0] / width, p.pt[1] / height] for p in self.points])
        sample = np.concatenate([self.patches(image)[0] for image in vocabulary_images])
        chosen = np.random.default_rng(seed).permutation(len(sample))[:50_000]
        self.clusters = KMeans(words, n_init=1, max_iter=30, random_state=seed).fit(sample[chosen])

    def patches(self, image):
        _, values = self.sift.compute(image, self.points)
        sums = values.sum(1)
        kept = sums > 0
        return np.sqrt(values[kept] / sums[kept, None]), self.places[kept]

    def __call__(self, images):
        words, features = self.clusters.n_clusters, []
        for image in images:
            values, places = self.patches(image)
            counts = np.zeros((5, words))
            if len(values):
                found = self.clusters.predict(values)
                quarter = 1 + (places[:, 0] >= 0.5) + 2 * (places[:, 1] >= 0.5)
                np.add.at(counts, (0, found), 1)
                np.add.at(counts, (quarter, found), 1)
            row = np.sqrt(counts.ravel())
            features.append(row / max(np.linalg.norm(row), 1e-12))
        return np.stack(features).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", choices=["hog", "hog-opencv", "sift"])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--words", type=int, default=256)
    parser.add_argument("--bins", type=int, nargs="+", default=[4])
    parser.add_argument("--step", type=int, default=2)
    parser.add_argument("--vocabulary-images", type=int, default=1000)
    arguments = parser.parse_args()
    from sklearn.svm import LinearSVC

    split = json.loads((arguments.run / "split.json").read_text())
    images, labels = (idx(arguments.data, f"train-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1"))
    tests, truths = (idx(arguments.data, f"t10k-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1"))
    if arguments.features.startswith("hog"):
        describe = hog_features if arguments.features == "hog" else opencv_hog_features
    else:
        others = np.random.default_rng(split["seed"]).permutation(split["unlabelled"])
        describe = Words(
            images[others[:arguments.vocabulary_images]], arguments.words, arguments.bins, arguments.step, split["seed"])

    labelled, held = np.array(split["labelled"]), np.array(split["validation"])
    shown, validation = describe(images[labelled]), describe(images[held])
    best = (0.0, None)
    for cost in (0.01, 0.03, 0.1, 0.3, 1, 3, 10):
        machine = LinearSVC(C=cost, max_iter=20_000).fit(shown, labels[labelled])
        accuracy = machine.score(validation, labels[held])
        print(f"C {cost}: {accuracy:.4f} on {len(held)} held-out images")
        if accuracy > best[0]:
            best = (accuracy, machine)
    print(f"C {best[1].C}: {best[1].score(describe(tests), truths):.4f} on {len(tests)} test images, "
          f"{len(labelled)} labels, split {split['hash'][:12]}")


main()
