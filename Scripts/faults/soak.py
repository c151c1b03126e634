#!/usr/bin/env python3
"""Kills and hampers training runs, and checks that every one goes on to the same bits.

    Scripts/faults/soak.py --kills 200 --faults 500 --seed 1

Each kill ends a run at a random moment, or at a random file operation; each fault makes one file operation fail (a full
disk, a broken one, a quota, permissions) or a write take only half. Afterwards the same command, or --resume, must end
with the weights of a run that nothing happened to, every step and every checkpoint once in metrics.jsonl, no more
checkpoints than asked for, and nothing half-written left. Needs Linux and a C compiler (Swift's clang will do).
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
KINDS = ["ENOSPC", "EIO", "EDQUOT", "EACCES", "short"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tool", type=pathlib.Path, default=HERE.parents[1] / ".build/release/sparring",
                        help="the built tool (./sparring builds it)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sparring-soak-") as folder:
        soak = Soak(pathlib.Path(folder), options.tool.resolve(), random.Random(options.seed))
        for number in range(options.kills):
            soak.attempt(number, "kill")
        for number in range(options.faults):
            soak.attempt(number, "fault")
        print(soak.summary())
        sys.exit(1 if soak.failures else 0)


class Soak:
    def __init__(self, folder, tool, chance):
        self.folder, self.tool, self.chance = folder, str(tool), chance
        self.runs = folder / "runs"
        self.failures, self.done = [], {"kill": 0, "fault": 0}
        self.killed = self.refused = self.unharmed = 0
        write_digits(folder / "digits")
        self.preload = folder / "fail.so"
        compiler = next(name for name in ("cc", "clang", "gcc") if shutil.which(name))
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", self.preload, HERE / "fail.c", "-ldl"], check=True)
        self.prepare()

    def prepare(self):
        """A run that nothing happens to: its weights, its time, and how many file operations it makes."""
        begin = time.monotonic()
        self.run("whole", check=True)
        self.seconds = time.monotonic() - begin
        self.weights = weights_of(self.runs / "whole")
        count = self.folder / "count"
        self.run("counted", {"FAULT_COUNT": str(count)}, check=True)
        self.operations = int(count.read_text())
        print(f"A run takes {self.seconds:.1f} s and {self.operations} file operations.", flush=True)

    def command(self, name):
        return [
            self.tool, "train", "gan", "--dataset", str(self.folder / "digits"), "--name", name, "--steps", "24",
            "--threads", "1"] + [
                word for setting in (
                    "model.generator.width=2", "model.discriminator.width=2", "model.generator.latentSize=4",
                    "options.batchSize=8", "training.logEvery=1", "training.checkpointEvery=3",
                    "training.sampleEvery=6") for word in ("--set", setting)]

    def environment(self, extra):
        found = dict(os.environ, OMP_NUM_THREADS="1", XDG_CACHE_HOME=str(self.folder / "cache"))
        if extra:
            found.update(extra, LD_PRELOAD=str(self.preload), FAULT_BELOW=str(self.runs))
        return found

    def start(self, words, extra=None):
        return subprocess.Popen(
            words, cwd=self.folder, env=self.environment(extra), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)

    def run(self, name, extra=None, check=False):
        process = self.start(self.command(name), extra)
        output, errors = process.communicate(timeout=120)
        if check and process.returncode != 0:
            sys.exit(f"a run without any fault failed: {errors or output}")
        return process.returncode, errors

    def attempt(self, number, what):
        name = f"{what}-{number}"
        try:
            story = self.kill(name) if what == "kill" else self.fail(name)
            problem = self.finish(name) or self.judge(self.runs / name)
        except subprocess.TimeoutExpired:
            story, problem = "", "it hangs"
        self.done[what] += 1
        if problem:
            self.failures.append(f"{name} ({story}): {problem}")
            print(f"FAILED {self.failures[-1]}", flush=True)
        else:
            shutil.rmtree(self.runs / name, ignore_errors=True)
        if (number + 1) % 50 == 0:
            print(f"{number + 1} {what}s, {len(self.failures)} failures", flush=True)

    def kill(self, name):
        """Ends a run up to three times, at a moment or at a file operation."""
        story = []
        for _ in range(self.chance.randint(1, 3)):
            words = self.going_on(name)
            if self.chance.random() < 0.5:
                moment = self.chance.uniform(0, self.seconds)
                story.append(f"after {moment:.3f} s")
                process = self.start(words)
                try:
                    process.communicate(timeout=moment)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
            else:
                place = self.chance.randint(1, self.operations)
                kind = self.chance.choice(["kill", "killed"])
                story.append(f"{kind} at operation {place}")
                process = self.start(words, {"FAULT_AT": str(place), "FAULT_KIND": kind})
                process.communicate(timeout=120)
            self.killed += process.returncode == -signal.SIGKILL
        return ", ".join(story)

    def fail(self, name):
        """Makes one file operation of a run fail: it may stop, in one line, or go on, but not crash."""
        place, kind = self.chance.randint(1, self.operations), self.chance.choice(KINDS)
        code, errors = self.run(name, {"FAULT_AT": str(place), "FAULT_KIND": kind})
        story = f"{kind} at operation {place}"
        if code < 0:
            self.failures.append(f"{name} ({story}): it died of signal {-code}")
        elif code > 0:
            self.refused += 1
            if len(errors.splitlines()) != 1:
                self.failures.append(f"{name} ({story}): it said {errors!r}")
        else:
            self.unharmed += 1
        return story

    def going_on(self, name):
        """What a person would type: --resume where there is a run, else the same command."""
        if (self.runs / name / "config.yaml").exists():
            return [self.tool, "train", "--resume", f"runs/{name}"]
        return self.command(name)

    def finish(self, name):
        process = self.start(self.going_on(name))
        output, errors = process.communicate(timeout=120)
        return None if process.returncode == 0 else f"it does not go on: {errors or output}"

    def judge(self, run):
        """What is wrong with a finished run; None where nothing is."""
        if weights_of(run) != self.weights:
            return "other weights"
        records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        steps = [record["step"] for record in records if record["kind"] == "step"]
        if steps != list(range(1, 25)):
            return f"steps {steps} in metrics.jsonl"
        told = {record["step"] for record in records if record["kind"] == "checkpoint"}
        kept = sorted(int(path.stem[5:]) for path in (run / "checkpoints").glob("step-*.safetensors"))
        if kept != [21, 24] or not told.issuperset(kept):
            return f"checkpoints {kept}, told of {sorted(told)}"
        left = [str(path) for path in run.rglob(".*")] + [str(path) for path in run.rglob("*.damaged")]
        return f"left behind: {left}" if left else None

    def summary(self):
        return (
            f"{self.done['kill']} killed runs ({self.killed} kills) and {self.done['fault']} faults ({self.refused} stopped "
            f"the run, {self.unharmed} did not): {len(self.failures)} failures")


def weights_of(run):
    """A digest of everything in the newest checkpoint but its metadata, which hold the seconds."""
    newest = sorted((run / "checkpoints").glob("step-*.safetensors"))[-1].read_bytes()
    length = struct.unpack("<Q", newest[:8])[0]
    header = json.loads(newest[8:8 + length])
    header.pop("__metadata__")
    return hashlib.sha256(json.dumps(header, sort_keys=True).encode() + newest[8 + length:]).hexdigest()


def write_digits(folder):
    """Dark and bright pictures of 28×28 pixels."""
    folder.mkdir()
    for prefix, count in (("train", 40), ("t10k", 20)):
        images, labels = bytearray(), bytearray()
        for index in range(count):
            images += bytes((pixel * 37 + index * 101) % 90 + index % 2 * 160 for pixel in range(784))
            labels.append(index % 2)
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, count, 28, 28) + images)
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels)


if __name__ == "__main__":
    main()
