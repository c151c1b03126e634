"""The line protocol that every worker of the bench speaks: one JSON object a line.

Asked on standard input, answered on standard output:

    (start)                        {"ready": {"form": ..., "version": ...}}
    {"do": "check", "steps": 5}    {"values": [[...], ...]}
    {"do": "measure", "steps": 3}  {"seconds": 1.02}
    {"do": "memory"}               {"bytes": 123456789}
    {"do": "quit"}                 (the process ends)

Whatever goes wrong is answered as {"error": "one line"}.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Protocol


@dataclass(frozen=True)
class Job:
    """What the bench asks of a worker."""

    form: str
    folder: Path
    threads: int
    device: str
    work: dict[str, Any]

    @property
    def reference(self) -> Path:
        """Initial weights and fixed inputs, written by Sparring."""
        return self.folder / "reference.safetensors"


class Workload(Protocol):
    """The work in one form."""

    version: str

    def check(self, steps: int) -> list[list[float]]:
        """Numbers to compare with Sparring's: the losses of each step from the given weights and inputs."""

    def measure(self, steps: int) -> float:
        """Seconds that so many repetitions take, the device's queue empty at both ends."""


def serve(make: Callable[[Job], Workload]) -> None:
    """Builds the workload named on the command line and answers until the other side closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--form", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--first-step", action="store_true", help="be ready only after one finished step")
    arguments = parser.parse_args()

    # Libraries print as they like: only answers may reach the bench.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def answer(**content: Any) -> None:
        answers.write(json.dumps(content) + "\n")

    try:
        work = json.loads((arguments.folder / "work.json").read_text())
        job = Job(arguments.form, arguments.folder, arguments.threads, arguments.device, work)
        workload = make(job)
        if arguments.first_step:
            workload.measure(1)
        answer(ready={"form": job.form, "version": workload.version})
        for line in sys.stdin:
            request = json.loads(line)
            if request["do"] == "quit":
                break
            answer(**perform(workload, request))
    except Exception as error:  # the bench reports it in the table
        traceback.print_exc()
        answer(error=one_line(error))
    answers.close()
    # Not every library ends its threads when asked to.
    sys.stderr.flush()
    os._exit(0)


def perform(workload: Workload, request: dict[str, Any]) -> dict[str, Any]:
    match request["do"]:
        case "check":
            return {"values": workload.check(request["steps"])}
        case "measure":
            return {"seconds": workload.measure(request["steps"])}
        case "memory":
            return {"bytes": peak_resident_bytes()}
        case other:
            raise ValueError(f"no request is called {other}")


def peak_resident_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def one_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:300]
