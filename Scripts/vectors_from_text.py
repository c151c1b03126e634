r"""Writes texts as vectors that `sparring train` reads: TF-IDF of words and pairs of words, reduced by SVD.

    python3 -m venv VENV && VENV/bin/pip install scikit-learn==1.9.1
    VENV/bin/python Scripts/vectors_from_text.py TEXTS.tsv OUTPUT.npy
    VENV/bin/python Scripts/vectors_from_text.py --debian OUTPUT.npy
    ./sparring train few-labels-vectors --dataset OUTPUT.npy --labels 100

TEXTS.tsv has a line for each text: its class, a tab, the text; an empty class is an unlabelled text. `--debian` takes
the descriptions of Debian's packages from this machine's package lists instead (`apt-get update` brings them; with
`-o Acquire::Languages=en` also the long ones), labelled by section.

Beside OUTPUT.npy come OUTPUT.labels.npy (whole numbers, -1 for none), OUTPUT-test.npy and OUTPUT-test.labels.npy (a sixth
of the labelled texts, chosen by a seed). Words and directions are counted on the training part alone, which needs no
labels. Each vector has the length √SIZE, so that its numbers are about 1.
"""

import argparse
import collections
import glob
import re
import subprocess
import sys

import numpy
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

# Sections of Debian that gather packages by what they are, not by what they are about.
NO_TOPICS = {"libs", "libdevel", "oldlibs", "utils", "misc", "doc", "debug", "devel", "introspection", "metapackages"}
CLASSES = 10


def paragraphs(text):
    """The fields of each paragraph of a file of Debian's."""
    for block in text.split("\n\n"):
        fields, name = {}, None
        for line in block.split("\n"):
            if line[:1] in (" ", "\t") and name:
                fields[name] += "\n" + line.strip()
            elif ": " in line or line.endswith(":"):
                name, value = line.split(":", 1)
                fields[name] = value.strip()
        if fields:
            yield fields


def debian():
    """The description of one package of each source package, with its section."""
    long = {}
    for path in sorted(glob.glob("/var/lib/apt/lists/*Translation-en*")):
        text = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", path], capture_output=True, check=True).stdout
        for fields in paragraphs(text.decode("utf-8", "replace")):
            if "Description-en" in fields:
                long[fields.get("Description-md5")] = fields["Description-en"]
    listing = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, check=True).stdout
    sources, found = set(), []
    for fields in paragraphs(listing.decode("utf-8", "replace")):
        source = fields.get("Source", fields.get("Package", "")).split(" ")[0]
        section = fields.get("Section", "").split("/")[-1]
        text = long.get(fields.get("Description-md5"), fields.get("Description", ""))
        # Packages of one source say the same things: a test text must not stand in the training part.
        if source in sources or not text or not section or section in NO_TOPICS:
            continue
        sources.add(source)
        found.append((section, text))
    most = [name for name, _ in collections.Counter(section for section, _ in found).most_common(CLASSES)]
    return [(section, text) for section, text in found if section in most]


def lines(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if "\t" not in line:
                sys.exit(f"{path}, line {number}: there is no tab between a class and a text")
            label, text = line.rstrip("\n").split("\t", 1)
            yield label, text


def main():
    parser = argparse.ArgumentParser(description="Writes texts as vectors.")
    parser.add_argument("texts", nargs="?", help="a line for each text: class, tab, text")
    parser.add_argument("output", help="a file that ends in .npy")
    parser.add_argument("--debian", action="store_true", help="the descriptions of Debian's packages")
    parser.add_argument("--size", type=int, default=200, help="numbers in a vector")
    parser.add_argument("--seed", type=int, default=0, help="chooses the test part")
    options = parser.parse_args()
    if options.debian == (options.texts is not None) or not options.output.endswith(".npy"):
        parser.error("give either TEXTS.tsv or --debian, and an OUTPUT.npy")

    texts = debian() if options.debian else list(lines(options.texts))
    names = sorted({label for label, _ in texts if label})
    labels = numpy.array([names.index(label) if label else -1 for label, _ in texts])
    generator = numpy.random.default_rng(options.seed)
    order = generator.permutation(len(texts))
    labelled = [place for place in order if labels[place] >= 0]
    test = numpy.array(sorted(labelled[: len(labelled) // 6]))
    train = numpy.setdiff1d(numpy.arange(len(texts)), test)

    # Numbers within words, such as versions, say nothing.
    words = [re.sub(r"\d+", " ", text) for _, text in texts]
    counts = TfidfVectorizer(sublinear_tf=True, min_df=3, max_df=0.3, ngram_range=(1, 2), stop_words="english")
    reduction = TruncatedSVD(options.size, random_state=0)
    vectors = {"": reduction.fit_transform(counts.fit_transform([words[place] for place in train]))}
    vectors["-test"] = reduction.transform(counts.transform([words[place] for place in test]))
    for part, places in (("", train), ("-test", test)):
        rows = vectors[part]
        lengths = numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        stem = options.output[: -len(".npy")] + part
        numpy.save(stem + ".npy", (rows / lengths * options.size**0.5).astype("float32"))
        numpy.save(stem + ".labels.npy", labels[places].astype("int64"))
        print(f"{stem}.npy: {len(places)} vectors of {options.size} numbers")
    for place, name in enumerate(names):
        print(f"class {place} is {name}: {(labels == place).sum()} texts")


main()
