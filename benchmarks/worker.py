"""One engine in a process of its own: a path a line comes in, an answer a line goes out (benchmarks/participant.py).

Its memory, threads and failures are then its own. A picture's time begins with its path and ends with its plates, as a
person would see it; it is given as processor time, which other work on the machine does not lengthen, and by the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TextIO

from benchmarks import simplelpr_engine
from benchmarks.contracts import Answer, Engine, Stages
from shared.errors import PlatewireError


def load(name: str, device: str, threads: int, stages: Stages) -> Engine:
    """Raises PlatewireError when the engine is unknown or something that it needs is missing."""
    if name == simplelpr_engine.NAME:
        return simplelpr_engine.SimpleLprEngine(threads)
    # Not above, because a peer must not carry our libraries in its memory.
    from benchmarks.own_engine import OwnEngine  # noqa: PLC0415

    return OwnEngine(name, device, threads, stages)


def answer(engine: Engine, path: Path, stages: Stages) -> Answer:
    stages.spent.clear()
    wall, processor = time.monotonic(), time.process_time()
    plates = engine.read(path)
    spent = (time.process_time() - processor) * 1000
    return {
        "plates": plates,
        "ms": round(spent, 2),
        "wall_ms": round((time.monotonic() - wall) * 1000, 2),
        "stages": {stage: round(ms, 2) for stage, ms in stages.spent.items()},
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def serve(engine: Engine, stages: Stages, paths: TextIO, answers: TextIO) -> None:
    """Answers until the paths end; an empty line at the start says that the engine is loaded."""
    print(file=answers, flush=True)
    for line in paths:
        print(json.dumps(answer(engine, Path(line.rstrip("\n")), stages)), file=answers, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cpus", help="numbers of the processors to stay on, with commas between them")
    options = parser.parse_args()
    if options.cpus and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(cpu) for cpu in options.cpus.split(",")})
    # Whatever an engine prints must not fall among the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    stages = Stages()
    try:
        engine = load(options.engine, options.device, options.threads, stages)
    except PlatewireError as error:
        sys.exit(str(error))
    serve(engine, stages, sys.stdin, answers)


if __name__ == "__main__":
    main()
